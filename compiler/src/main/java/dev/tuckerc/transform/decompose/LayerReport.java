package dev.tuckerc.transform.decompose;

import dev.tuckerc.ir.Location;
import java.util.List;
import java.util.Optional;

/// What became of one convolution.
///
/// @param location its source node
/// @param name name of the ONNX node
/// @param weight extents of the dense weight `[O, I/groups, kernel...]`
/// @param ranks empty for a dense layer
/// @param form how the factors run: `dense`, `R-C-E`, `R-CE`, `RC-E` or `RCE` (R reduce, C core, E
///   expand; those written together are merged into one convolution)
/// @param before figures of the dense convolution
/// @param after figures of what runs in its place
/// @param relativeError of the weight's reconstruction, 0 for a dense layer
/// @param reason why the layer has this form
public record LayerReport(
    Location location,
    String name,
    List<Long> weight,
    Optional<RankChoice.Ranks> ranks,
    String form,
    LayerFigures before,
    LayerFigures after,
    double relativeError,
    String reason) {
  /// Form of a layer that was not decomposed.
  public static final String DENSE = "dense";

  public LayerReport {
    weight = List.copyOf(weight);
  }

  /// The same layer in another form.
  LayerReport with(String newForm, LayerFigures newAfter, String newReason) {
    return new LayerReport(
        location, name, weight, ranks, newForm, before, newAfter, relativeError, newReason);
  }
}
