package dev.tuckerc.transform.report;

import dev.tuckerc.ir.Location;
import dev.tuckerc.transform.ranks.RankChoice;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// What became of one layer.
///
/// @param location its source node
/// @param name name of the ONNX node
/// @param operator name of the operation
/// @param weight extents of the dense weight `[O, I/groups, kernel...]`, as the operation has it
/// @param ranks empty for a dense layer
/// @param form how the factors run: `dense`, `R-C-E`, `R-CE`, `RC-E` (R reduce, C core, E expand;
///   those written together are one convolution), `R-E` (singular values), `B-A` (basis and
///   coefficients)
/// @param before figures of the dense layer
/// @param after figures of what runs in its place
/// @param relativeError of the weight's reconstruction, 0 for a dense layer
/// @param outputError of the layer's output on the calibration data, relative to its deviation from
///   its mean; empty without data
/// @param reason why the layer has this form
public record LayerReport(
    Location location,
    String name,
    String operator,
    List<Long> weight,
    Optional<RankChoice> ranks,
    String form,
    LayerFigures before,
    LayerFigures after,
    double relativeError,
    OptionalDouble outputError,
    String reason) {
  /// Form of a layer that was not decomposed.
  public static final String DENSE = "dense";

  public LayerReport {
    weight = List.copyOf(weight);
  }
}
