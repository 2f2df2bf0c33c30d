package dev.tuckerc.transform.ranks;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// What a search for ranks is to achieve. At most one of latency and multiply-accumulates is
/// bounded; then the error is to be least, otherwise the latency.
///
/// The error of a plan is `sqrt(sum e^2)`, with `e` the relative error of each layer: an estimate
/// of the relative error of the network's output when the layers' errors are independent and pass
/// on undamped.
///
/// @param maxError most of it
/// @param maxMicroseconds most predicted time of a run
/// @param maxMultiplyAccumulates most products summed in a run
public record Goal(
    OptionalDouble maxError, OptionalDouble maxMicroseconds, OptionalLong maxMultiplyAccumulates) {
  /// Error allowed where nothing else is asked for. Networks whose weights were trained lose little
  /// of their accuracy at such an error once their factors are fitted to data.
  public static final double DEFAULT_ERROR = 0.3;

  /// The least latency, whatever the error.
  public static final Goal FASTEST =
      new Goal(OptionalDouble.empty(), OptionalDouble.empty(), OptionalLong.empty());

  /// The least latency within an error.
  public static Goal within(double maxError) {
    return new Goal(OptionalDouble.of(maxError), OptionalDouble.empty(), OptionalLong.empty());
  }

  public Goal {
    if (maxError.isPresent() && !(maxError.getAsDouble() >= 0)) {
      throw new RankPolicyException("the error must be 0 or more, not " + maxError.getAsDouble());
    }
    if (maxMicroseconds.isPresent() && !(maxMicroseconds.getAsDouble() > 0)) {
      throw new RankPolicyException(
          "the latency must be above 0, not " + maxMicroseconds.getAsDouble());
    }
    if (maxMultiplyAccumulates.isPresent() && maxMultiplyAccumulates.getAsLong() < 1) {
      throw new RankPolicyException(
          "the multiply-accumulates must be above 0, not " + maxMultiplyAccumulates.getAsLong());
    }
    if (maxMicroseconds.isPresent() && maxMultiplyAccumulates.isPresent()) {
      throw new RankPolicyException("bound either the latency or the multiply-accumulates");
    }
  }

  /// Whether what counts is the number of multiply-accumulates.
  public boolean countsMultiplyAccumulates() {
    return maxMultiplyAccumulates.isPresent();
  }

  /// The most that a run may cost, in microseconds or multiply-accumulates.
  public OptionalDouble mostCost() {
    return maxMultiplyAccumulates.isPresent()
        ? OptionalDouble.of(maxMultiplyAccumulates.getAsLong())
        : maxMicroseconds;
  }

  /// The same goal as text.
  @Override
  public String toString() {
    return Optional.of(this)
        .map(goal ->
            goal.maxMicroseconds.isPresent()
                ? "at most " + goal.maxMicroseconds.getAsDouble() + " us"
                : goal.maxMultiplyAccumulates.isPresent()
                    ? "at most " + goal.maxMultiplyAccumulates.getAsLong() + " multiply-accumulates"
                    : goal.maxError.isPresent()
                        ? "error at most " + goal.maxError.getAsDouble()
                        : "fastest")
        .orElseThrow();
  }
}
