package dev.tuckerc.lab.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RanksByLayer;
import dev.tuckerc.zoo.Zoo;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TdcRanksTest {
  private static Map<String, RankChoice> layers(Zoo network) {
    return ((RanksByLayer) TdcRanks.of(network, network.build(1, new Dim.Known(1))).orElseThrow())
        .layers();
  }

  private static long decomposed(Map<String, RankChoice> layers) {
    return layers.values().stream().filter(RankChoice.Ranks.class::isInstance).count();
  }

  @Test
  void everyLayerOfResNet18HasItsRow() {
    Map<String, RankChoice> layers = layers(Zoo.RESNET18);
    assertThat(decomposed(layers)).isEqualTo(16);
    assertThat(layers.get("conv1")).isInstanceOf(RankChoice.KeepDense.class);
    // Equal shapes, different ranks: the name decides.
    assertThat(layers).containsEntry("layer1.0.conv1", new RankChoice.Ranks(64, 32));
    assertThat(layers).containsEntry("layer1.0.conv2", new RankChoice.Ranks(32, 32));
    assertThat(layers).containsEntry("layer1.1.conv2", new RankChoice.Ranks(32, 32));
    assertThat(layers).containsEntry("layer4.1.conv2", new RankChoice.Ranks(192, 160));
  }

  @Test
  void theOtherNetworksAreComplete() {
    Map<String, RankChoice> vgg = layers(Zoo.VGG16_BN);
    assertThat(decomposed(vgg)).isEqualTo(13);
    assertThat(vgg).containsValue(new RankChoice.Ranks(288, 288));
    assertThat(decomposed(layers(Zoo.RESNET50))).isEqualTo(16);
    assertThat(decomposed(layers(Zoo.DENSENET121))).isEqualTo(58);
  }

  @Test
  void networksThatTdcDoesNotListHaveNone() {
    assertThat(TdcRanks.of(Zoo.RESNET20, Zoo.RESNET20.build(1, new Dim.Known(1)))).isEmpty();
  }
}
