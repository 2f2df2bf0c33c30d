package dev.tuckerc.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.Output;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplesTest {
  @Test
  void percentilesAreSamples() {
    Samples hundred =
        new Samples(IntStream.rangeClosed(1, 100).mapToDouble(i -> 101 - i).toArray());
    assertThat(hundred.percentile(50)).isEqualTo(50);
    assertThat(hundred.percentile(90)).isEqualTo(90);
    assertThat(hundred.percentile(99)).isEqualTo(99);
    assertThat(hundred.percentile(0)).isEqualTo(1);
    assertThat(hundred.percentile(100)).isEqualTo(100);
    assertThat(hundred.min()).isEqualTo(1);
    assertThat(hundred.max()).isEqualTo(100);
    // With few samples the 99th percentile is the largest: it never hides an outlier.
    Samples few = new Samples(new double[] {3, 1, 50});
    assertThat(few.median()).isEqualTo(3);
    assertThat(few.percentile(99)).isEqualTo(50);
    Samples one = new Samples(new double[] {7});
    assertThat(List.of(one.min(), one.median(), one.percentile(99), one.max())).containsOnly(7.0);
  }

  @Test
  void rawSamplesKeepTheirOrder() {
    ObjectNode node = Output.object();
    double[] raw = {3, 1, 2};
    Samples samples = new Samples(raw);
    raw[0] = 100;
    samples.addTo(node);
    assertThat(node.toString())
        .isEqualTo(
            "{\"min\":1.0,\"p50\":2.0,\"p90\":3.0,\"p99\":3.0,\"max\":3.0,\"samples\":[3.0,1.0,2.0]}");
  }

  @Test
  void noSampleIsMadeUp() {
    assertThatThrownBy(() -> new Samples(new double[0])).hasMessage("no samples");
    assertThatThrownBy(() -> new Samples(new double[] {1, Double.NaN}))
        .hasMessage("a sample of NaN");
    assertThatThrownBy(() -> new Samples(new double[] {1}).percentile(101))
        .hasMessage("percentile 101");
  }

  @Test
  void regretIsAgainstTheBestMeasured() {
    Regret regret = Regret.of(List.of(3.0, 2.0, 2.5));
    assertThat(regret.bestRank()).isEqualTo(1);
    assertThat(regret.share()).isCloseTo(0.5, within(1e-12));
    Regret none = Regret.of(List.of(2.0, 2.0, 4.0));
    assertThat(none.bestRank()).isZero();
    assertThat(none.share()).isZero();
    // Geometric mean of 2/3 and 1.
    assertThat(Regret.attained(List.of(regret, none))).isCloseTo(Math.sqrt(2.0 / 3), within(1e-12));
    assertThatThrownBy(() -> Regret.attained(List.of())).hasMessage("no regrets");
  }
}
