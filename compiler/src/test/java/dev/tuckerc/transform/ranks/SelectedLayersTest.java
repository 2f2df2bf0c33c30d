package dev.tuckerc.transform.ranks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SelectedLayersTest {
  private record Known(String name) implements DecomposableLayer {
    @Override
    public int outputs() {
      return 64;
    }

    @Override
    public int inputs() {
      return 64;
    }

    @Override
    public int taps() {
      return 9;
    }

    @Override
    public double[] outputSpectrum() {
      return new double[64];
    }

    @Override
    public double[] inputSpectrum() {
      return new double[64];
    }
  }

  private static SelectedLayers selected(
      List<String> included, List<String> excluded, String... pins) {
    Map<LayerPattern, RankChoice> pinned = new java.util.LinkedHashMap<>();
    for (String pin : pins) {
      Map.Entry<LayerPattern, RankChoice> read = SelectedLayers.pin(pin);
      pinned.put(read.getKey(), read.getValue());
    }
    return new SelectedLayers(
        new FractionOfChannels(0.5),
        included.stream().map(LayerPattern::new).toList(),
        excluded.stream().map(LayerPattern::new).toList(),
        pinned);
  }

  @Test
  void whatIsSaidOfALayerGoesBeforeThePolicy() {
    SelectedLayers policy =
        selected(List.of("layer?.*"), List.of("*.conv2"), "layer1.*=8:16", "stem=dense");
    assertThat(policy.choose(new Known("layer2.conv1"))).isEqualTo(new RankChoice.Ranks(32, 32));
    assertThat(policy.choose(new Known("layer2.conv2")))
        .isEqualTo(new RankChoice.KeepDense("excluded"));
    assertThat(policy.choose(new Known("head")))
        .isEqualTo(new RankChoice.KeepDense("not included"));
    assertThat(policy.choose(new Known("layer1.conv2"))).isEqualTo(new RankChoice.Ranks(8, 16));
    assertThat(policy.choose(new Known("stem"))).isEqualTo(new RankChoice.KeepDense("pinned"));
    assertThat(policy.text()).isEqualTo("fixed=0.5");
  }

  @Test
  void aNameThatNoLayerHasIsRefused() {
    SelectedLayers policy = selected(List.of(), List.of("layer9"));
    assertThatThrownBy(() -> policy.check(List.of("layer1"), Map.of()))
        .isInstanceOf(RankPolicyException.class)
        .hasMessageContaining("no layer named 'layer9'");
    policy.check(List.of("layer1"), Map.of("layer9", "depthwise"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "=0.5", "a=", "a=0", "a=2", "a=0:8", "a=8:", "a=rank:0", "a=-1"})
  void whatIsNoPinIsRefused(String text) {
    assertThatThrownBy(() -> SelectedLayers.pin(text))
        .isInstanceOf(RankPolicyException.class)
        .hasMessageContaining("pins nothing");
  }
}
