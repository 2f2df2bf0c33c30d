package dev.tuckerc.lab.calibrate.micro;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.lab.results.Samples;
import java.util.Optional;

/// One quantity that a microbenchmark found.
///
/// @param label what it is, such as `mma.sync m16n8k16 f16, 16 warps of 2 chains`
/// @param unit of the samples
/// @param figure the figure of a device file that it is, if it is one
/// @param samples in the unit
public record Reading(String label, String unit, Optional<Figure> figure, Samples samples) {
  /// How the label of a chain's time begins: the edge is that less a first load and a store.
  public static final String CHAIN = "kernel of a chain with a load and a store";
}
