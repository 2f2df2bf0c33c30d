package dev.tuckerc.training.haloc;

import dev.tuckerc.transform.layer.LayerForm;
import dev.tuckerc.transform.ranks.RankChoice;
import java.util.Optional;

/// What a layer may become, and what it costs then.
///
/// @param form with its ranks; empty for the dense layer
/// @param cost in the unit of the target: predicted microseconds, or multiply-accumulates
public record Candidate(Optional<LayerForm> form, double cost) {
  /// The share of the core's rows and columns that a Tucker-2 chain keeps; all of them for the
  /// dense layer, and empty for another chain.
  ///
  /// @param inputs channels
  /// @param outputs channels
  Optional<RankChoice.Ranks> ranks(int inputs, int outputs) {
    if (form.isEmpty()) {
      return Optional.of(new RankChoice.Ranks(inputs, outputs));
    }
    return form.get().choice() instanceof RankChoice.Ranks ranks
        ? Optional.of(ranks)
        : Optional.empty();
  }

  /// Terms of a sum of outer products, 0 for anything else.
  int terms() {
    return form.isPresent() && form.get().choice() instanceof RankChoice.Terms(int count)
        ? count
        : 0;
  }
}
