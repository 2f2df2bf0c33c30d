package dev.tuckerc.lab.calibrate.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/// From synthetic samples, with noise and worse, to figures.
class FitTest {
  private static final double[] LENGTHS = {20, 40, 80, 120, 160, 200, 240, 320};

  @Test
  void pointsThatDetermineNoLine() {
    assertThatThrownBy(() -> Line.through(new double[] {1}, new double[] {1}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two different lengths");
    assertThatThrownBy(() -> Line.through(new double[] {3, 3, 3}, new double[] {1, 2, 3}))
        .hasMessageContaining("two different lengths");
    assertThatThrownBy(() -> Line.through(new double[] {1, 2}, new double[] {1}))
        .hasMessageContaining("2 lengths, but 1 times");
    assertThatThrownBy(() -> Line.through(new double[] {1, 2}, new double[] {1, Double.NaN}))
        .hasMessageContaining("NaN");
  }

  @Property(tries = 200)
  void lineWithoutNoiseIsFound(
      @ForAll @DoubleRange(min = -100, max = 100) double slope,
      @ForAll @DoubleRange(min = -1000, max = 1000) double intercept) {
    double[] times = DoubleStream.of(LENGTHS).map(x -> intercept + slope * x).toArray();
    Line line = Line.through(LENGTHS, times);
    assertThat(line.slope()).isEqualTo(slope, within(1e-9));
    assertThat(line.intercept()).isEqualTo(intercept, within(1e-6));
  }

  /// Two of eight points (25 %) anywhere at all: an interrupt, a context switch.
  @Property(tries = 300)
  void outliersDoNotBendTheLine(
      @ForAll long seed,
      @ForAll @IntRange(max = 7) int first,
      @ForAll @IntRange(max = 7) int second,
      @ForAll @DoubleRange(min = 0, max = 1e9) double delay) {
    Random random = new Random(seed);
    double[] times =
        DoubleStream.of(LENGTHS).map(x -> 5 + 1.3 * x + 0.1 * random.nextGaussian()).toArray();
    times[first] += delay;
    times[second] += delay;
    Line line = Line.through(LENGTHS, times);
    // What is left of 28 slopes when 13 are wrong, all to one side: within the spread of the rest.
    assertThat(line.slope()).isEqualTo(1.3, within(0.05));
  }

  /// Series whose clock drifts and of which a third are disturbed still give the slope.
  @Property(tries = 100)
  void repeatedSeriesGiveTheSlope(
      @ForAll long seed, @ForAll @DoubleRange(min = 0.01, max = 50) double slope) {
    Random random = new Random(seed);
    List<List<Double>> series = new ArrayList<>();
    for (int repetition = 0; repetition < 30; repetition++) {
      double clock = 1 + 0.01 * repetition / 30;
      boolean disturbed = repetition % 3 == 0;
      List<Double> times = new ArrayList<>();
      for (double x : LENGTHS) {
        double noise = 0.002 * slope * x * random.nextGaussian();
        times.add(
            clock * (3 + slope * x) + noise + (disturbed ? slope * x * random.nextInt(5) : 0));
      }
      series.add(times);
    }
    Slopes slopes = new Slopes(DoubleStream.of(LENGTHS).boxed().toList(), series);
    assertThat(slopes.slopes().median()).isEqualTo(slope, within(0.03 * slope));
    assertThat(slopes.slopes().values().size()).isEqualTo(30);
    assertThat(slopes.slopes().stable()).isFalse();
  }

  @Test
  void timeMustGrowWithLength() {
    Slopes falling = new Slopes(List.of(1.0, 2.0), List.of(List.of(5.0, 4.0), List.of(5.0, 5.0)));
    assertThatThrownBy(falling::slopes)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not grow with the length");
    assertThat(falling.intercepts().median()).isEqualTo(5.0);
    assertThatThrownBy(() -> new Slopes(List.of(1.0, 2.0), List.of()).slopes())
        .hasMessageContaining("no samples");
  }
}
