package dev.tuckerc.lab.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class SamplesTest {
  @Test
  void percentilesAreSamplesByNearestRank() {
    Samples samples = Samples.of(5, 1, 4, 2, 3);
    assertThat(samples.median()).isEqualTo(3);
    assertThat(samples.percentile(0)).isEqualTo(1);
    assertThat(samples.percentile(20)).isEqualTo(1);
    assertThat(samples.percentile(21)).isEqualTo(2);
    assertThat(samples.percentile(99)).isEqualTo(5);
    assertThat(Samples.of(1, 2).median()).isEqualTo(1);
    assertThatThrownBy(() -> samples.percentile(101)).hasMessage("percentile 101");
  }

  @Test
  void stableMeansEnoughThatAgree() {
    assertThat(Samples.of(DoubleStream.generate(() -> 1).limit(19).toArray()).stable()).isFalse();
    assertThat(Samples.of(DoubleStream.generate(() -> 1).limit(20).toArray()).stable()).isTrue();
    assertThat(Samples.of(DoubleStream.iterate(1, x -> x + 1).limit(50).toArray()).stable())
        .isFalse();
    assertThat(Samples.of(0, 0, 0).spread()).isZero();
    assertThat(Samples.of(-1, 0, 1).spread()).isInfinite();
  }

  @Test
  void samplesThatSayNothingAreRefused() {
    assertThatThrownBy(() -> new Samples(List.of())).hasMessage("no samples");
    assertThatThrownBy(() -> Samples.of(1, Double.NaN)).hasMessage("a sample is NaN");
    assertThatThrownBy(() -> Samples.of(1, 2).map(x -> 1 / (x - 1)))
        .hasMessage("a sample is Infinity");
  }
}
