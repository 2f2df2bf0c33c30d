package dev.tuckerc.training.haloc;

import dev.tuckerc.transform.layer.LayerForm;
import dev.tuckerc.transform.ranks.RankChoice;
import java.util.Optional;

/// What a layer may become, and what it costs then.
///
/// @param form with its ranks; empty for the dense layer
/// @param cost in the unit of the target: predicted microseconds, or multiply-accumulates
public record Candidate(Optional<LayerForm> form, double cost) {
  /// The ranks on the input and the output channels.
  ///
  /// @param inputs channels
  /// @param outputs channels
  RankChoice.Ranks ranks(int inputs, int outputs) {
    return form.isPresent() && form.get().choice() instanceof RankChoice.Ranks ranks
        ? ranks
        : new RankChoice.Ranks(inputs, outputs);
  }
}
