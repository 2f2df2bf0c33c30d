package dev.tuckerc.lab.calibrate.micro;

import dev.tuckerc.lab.calibrate.fit.Slopes;
import dev.tuckerc.lab.results.Samples;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;

/// Repeats measurements: first some that do not count, then at least [Samples#ENOUGH] that do, then
/// more until they agree, a limit is reached, or time is up. What is short of samples for lack of
/// time, or disagrees, is not stable and is reported so.
///
/// @param warmUps repetitions that do not count
/// @param most repetitions that do
/// @param timeIsUp whether the time of the microbenchmark is used up
public record Sampler(int warmUps, int most, BooleanSupplier timeIsUp) {
  /// Repetitions stop early when the spread is below this.
  private static final double SMALL_SPREAD = 0.02;

  /// Fewer give no median worth the name.
  private static final int FEWEST = 3;

  /// Repetitions of one measurement.
  ///
  /// @throws IllegalArgumentException when there was no time for three of them
  public Samples samples(DoubleSupplier once) {
    for (int i = 0; i < warmUps && !timeIsUp.getAsBoolean(); i++) {
      double _ = once.getAsDouble();
    }
    List<Double> values = new ArrayList<>();
    while (values.size() < most && !timeIsUp.getAsBoolean()) {
      values.add(once.getAsDouble());
      if (values.size() >= Samples.ENOUGH && new Samples(values).spread() < SMALL_SPREAD) {
        break;
      }
    }
    requireFewest(values.size());
    return new Samples(values);
  }

  /// Repetitions of a series over several lengths.
  ///
  /// @param xs lengths
  /// @param once the time for a length
  public Slopes slopes(double[] xs, DoubleUnaryOperator once) {
    for (int i = 0; i < warmUps && !timeIsUp.getAsBoolean(); i++) {
      for (double x : xs) {
        double _ = once.applyAsDouble(x);
      }
    }
    List<Double> lengths = DoubleStream.of(xs).boxed().toList();
    List<List<Double>> series = new ArrayList<>();
    while (series.size() < most && !timeIsUp.getAsBoolean()) {
      series.add(DoubleStream.of(xs).map(once).boxed().toList());
      if (series.size() >= Samples.ENOUGH
          && new Slopes(lengths, series).slopes().spread() < SMALL_SPREAD) {
        break;
      }
    }
    requireFewest(series.size());
    return new Slopes(lengths, series);
  }

  private void requireFewest(int count) {
    if (count < FEWEST) {
      throw new IllegalArgumentException("time was up after " + count + " samples");
    }
  }
}
