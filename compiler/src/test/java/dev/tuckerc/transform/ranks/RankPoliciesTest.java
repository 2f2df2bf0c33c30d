package dev.tuckerc.transform.ranks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RankPoliciesTest {
  @TempDir Path folder;

  @Test
  void everyFormIsRead() {
    assertThat(RankPolicies.parse("none")).isEqualTo(new NoDecomposition());
    assertThat(RankPolicies.parse("fixed=0.5")).isEqualTo(new FractionOfChannels(0.5));
    assertThat(RankPolicies.parse("energy=0.95")).isEqualTo(new EnergyShare(0.95));
  }

  @ParameterizedTest
  @CsvSource({
    "quickest, unknown ranks 'quickest'", "none=1, takes no value", "fixed, lack a value",
    "fixed=, lack a value", "fixed=0, above 0 and at most 1", "fixed=1.5, above 0 and at most 1",
    "fixed=-1, above 0 and at most 1", "energy=, is no number", "energy=x, is no number",
    "energy=NaN, above 0 and at most 1", "fixed=nothing.json, cannot be read"
  })
  void badTextIsOneClearError(String text, String message) {
    assertThatThrownBy(() -> RankPolicies.parse(text))
        .isInstanceOf(RankPolicyException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({
    "64, 0.5, 32",
    "3, 0.5, 3",
    "16, 0.5, 8",
    "80, 0.7, 56",
    "20, 0.5, 16",
    "512, 0.01, 8",
    "1, 0.5, 1",
    "10, 1, 10"
  })
  void fractionsAreRoundedUpToTheQuantum(int channels, double fraction, int rank) {
    assertThat(new FractionOfChannels(fraction).choose(new Channels(channels, 64)))
        .isEqualTo(new RankChoice.Ranks(rank, RankPolicy.quantized(fraction * 64, 64)));
  }

  @Test
  void ranksAreReadFromAFile() throws IOException {
    RankPolicy policy =
        read("{\"a\": {\"in\": 3, \"out\": 5}, \"b\": \"dense\", \"grouped\": \"dense\"}");
    policy.check(List.of("a", "b"), Map.of("grouped", "grouped (2 groups)"));
    assertThat(policy.choose(layer("a", 8, 8))).isEqualTo(new RankChoice.Ranks(3, 5));
    assertThat(policy.choose(layer("b", 8, 8))).isInstanceOf(RankChoice.KeepDense.class);
    assertThatThrownBy(() -> policy.choose(layer("a", 8, 4)))
        .hasMessageContaining("layer 'a': ranks 3->5 exceed its channels 8->4");
    assertThatThrownBy(() -> policy.check(List.of("a"), Map.of("grouped", "grouped")))
        .hasMessageContaining("no layer named 'b'; it has 'a'");
    policy.check(List.of("a", "b", "c"), Map.of("grouped", "grouped"));
    assertThat(policy.choose(layer("c", 8, 8)))
        .isInstanceOfSatisfying(
            RankChoice.KeepDense.class,
            keep -> assertThat(keep.reason()).contains("does not name it"));
  }

  @Test
  void layersAreNamedByPatterns() throws IOException {
    RankPolicy policy =
        read(
            "{\"stage?.*\": 0.5, \"stage1.a\": \"dense\", \"fc\": {\"rank\": 4},"
                + " \"*\": {\"basis\": 3}}");
    policy.check(List.of("stage1.a", "stage2.b", "stem"), Map.of("fc", "a matrix product"));
    assertThat(policy.choose(layer("stage1.a", 64, 64))).isInstanceOf(RankChoice.KeepDense.class);
    assertThat(policy.choose(layer("stage2.b", 64, 64))).isEqualTo(new RankChoice.Fraction(0.5));
    assertThat(policy.choose(layer("stem", 64, 64))).isEqualTo(new RankChoice.Basis(3));
    assertThat(policy.choose(new Named("fc", 64, 64, LayerKind.PRODUCT, 1)))
        .isEqualTo(new RankChoice.SingularValues(4));
    assertThat(policy.choose(new Named("stage2.1x1", 64, 64, LayerKind.POINTWISE, 1)))
        .isEqualTo(new RankChoice.KeepDense(LayerKind.POINTWISE.reason()));
    assertThat(policy.choose(new Named("stage2.b", 64, 64, LayerKind.FACTOR, 9)))
        .isEqualTo(new RankChoice.KeepDense(LayerKind.FACTOR.reason()));
    assertThatThrownBy(() -> policy.check(List.of("a"), Map.of("fc", "a matrix product")))
        .hasMessageContaining("no layer named 'stage?.*', 'stage1.a'");
  }

  @Test
  void trainsAndSumsOfTermsAreReadFromAFile() throws IOException {
    RankPolicy policy =
        read(
            "{\"a\": {\"terms\": 12}, \"b\": {\"outputs\": [2, 4], \"inputs\": [8], \"ranks\": [2, 6,"
                + " 5]}}");
    assertThat(policy.choose(layer("a", 8, 8))).isEqualTo(new RankChoice.Terms(12));
    assertThat(policy.choose(layer("b", 8, 8)))
        .isEqualTo(new RankChoice.Train(List.of(2, 4), List.of(8), List.of(2, 6, 5)));
    assertThatThrownBy(() -> policy.choose(layer("b", 8, 16)))
        .hasMessageContaining("layer 'b': the modes of the train multiply to 8->8, its channels");
    assertThatThrownBy(() -> policy.choose(new Named("b", 8, 8, LayerKind.POINTWISE, 1)))
        .hasMessageContaining("layer 'b': its train has 2 ranks, not 3");
    assertThatThrownBy(() -> policy.choose(new Named("a", 8, 8, LayerKind.POINTWISE, 1)))
        .hasMessageContaining("layer 'a': a sum of terms needs a convolution of several taps");
    for (String bad :
        List.of("{\"terms\": 0}", "{\"outputs\": [0], \"inputs\": [8], \"ranks\": []}")) {
      assertThatThrownBy(() -> read("{\"a\": " + bad + "}"))
          .hasMessageContaining("layer 'a': expected");
    }
  }

  @Test
  void aChoiceThatDoesNotFitItsLayerSaysWhatWould() throws IOException {
    RankPolicy policy = read("{\"a\": {\"rank\": 3}, \"b\": 0.5, \"c\": {\"basis\": 10}}");
    assertThatThrownBy(() -> policy.choose(layer("a", 8, 8)))
        .hasMessageContaining("layer 'a': it has 9 taps; give {\"in\": rank, \"out\": rank}");
    assertThatThrownBy(() -> policy.choose(new Named("b", 8, 8, LayerKind.POINTWISE, 1)))
        .hasMessageContaining("layer 'b': it has one tap; give {\"rank\": rank}");
    assertThatThrownBy(() -> policy.choose(layer("c", 8, 8)))
        .hasMessageContaining("a basis of 10 kernels does not fit its 9 taps");
    assertThatThrownBy(() -> policy.choose(new Named("a", 8, 8, LayerKind.DEPTHWISE, 9)))
        .hasMessageContaining("it cannot be decomposed: depthwise");
    RankPolicy basis = read("{\"c\": {\"basis\": 4}, \"*\": {\"basis\": 4}}");
    assertThatThrownBy(() -> basis.choose(new Named("c", 8, 8, LayerKind.SPATIAL, 9, 2)))
        .hasMessageContaining("layer 'c': its 2 groups share no basis of kernels");
    assertThat(basis.choose(new Named("d", 8, 8, LayerKind.SPATIAL, 9, 2)))
        .isInstanceOf(RankChoice.KeepDense.class);
    assertThat(basis.choose(layer("d", 8, 8))).isEqualTo(new RankChoice.Basis(4));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a\": | line 1: not valid JSON",
        "[1] | expected an object",
        "{\"a\": 3} | layer 'a': expected",
        "{\"a\": {\"in\": 3}} | layer 'a': expected",
        "{\"a\": {\"in\": 3, \"out\": 0}} | layer 'a': expected",
        "{\"a\": {\"in\": 3, \"out\": 2.5}} | layer 'a': expected",
        "{\"a\": \"sparse\"} | layer 'a': expected",
        "{\"a\": \"dense\", \"a\": \"dense\"} | not valid JSON",
        "{} {} | not valid JSON",
      })
  void badFilesAreOneClearError(String json, String message) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(RankPolicyException.class)
        .hasMessageContaining("ranks.json")
        .hasMessageContaining(message);
  }

  private RankPolicy read(String json) throws IOException {
    Path file = folder.resolve("ranks.json");
    Files.writeString(file, json);
    return RankPolicies.parse("fixed=" + file);
  }

  private static DecomposableLayer layer(String name, int inputs, int outputs) {
    return new Named(name, inputs, outputs, LayerKind.SPATIAL, 9);
  }

  private record Channels(int inputs, int outputs) implements DecomposableLayer {
    @Override
    public String name() {
      return "layer";
    }

    @Override
    public double[] outputSpectrum() {
      throw new AssertionError("not needed");
    }

    @Override
    public double[] inputSpectrum() {
      throw new AssertionError("not needed");
    }
  }

  private record Named(String name, int inputs, int outputs, LayerKind kind, int taps, int groups)
      implements DecomposableLayer {
    Named(String name, int inputs, int outputs, LayerKind kind, int taps) {
      this(name, inputs, outputs, kind, taps, 1);
    }

    @Override
    public double[] outputSpectrum() {
      throw new AssertionError("not needed");
    }

    @Override
    public double[] inputSpectrum() {
      throw new AssertionError("not needed");
    }
  }
}
