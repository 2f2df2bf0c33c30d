package dev.tuckerc.emulator.machine;

import java.lang.reflect.Method;
import java.util.List;

/// What a [LaneOperation] computes, without the registers it computes on.
///
/// @param chain first the scalar function of the sources, then unary functions of its result
/// @param result home of the destination
/// @param sources homes of the sources, in order
/// @param mode how often it is evaluated
public record LaneFunction(List<Method> chain, Home result, List<Home> sources, Mode mode) {
  /// How often an operation is evaluated.
  public enum Mode {
    /// For each lane.
    VECTOR,
    /// Once; the result is stored in lane 0, where other uniform operations read it.
    UNIFORM,
    /// Once; the result is stored in all lanes.
    UNIFORM_FILL
  }

  public LaneFunction {
    chain = List.copyOf(chain);
    sources = List.copyOf(sources);
  }
}
