package dev.tuckerc.lab.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RanksByLayer;
import dev.tuckerc.zoo.Zoo;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TdcRanksTest {
  private static Map<String, RankChoice> layers(TdcRanks ranks) {
    return ((RanksByLayer) ranks.policy()).layers();
  }

  private static TdcRanks of(Zoo network) {
    return TdcRanks.of(network, network.build(1, new Dim.Known(1))).orElseThrow();
  }

  private static long decomposed(Map<String, RankChoice> layers) {
    return layers.values().stream().filter(RankChoice.Ranks.class::isInstance).count();
  }

  @Test
  void everyLayerOfResNet18HasItsRow() {
    TdcRanks ranks = of(Zoo.RESNET18);
    assertThat(ranks.unused()).isEmpty();
    Map<String, RankChoice> layers = layers(ranks);
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
    TdcRanks vgg = of(Zoo.VGG16_BN);
    assertThat(vgg.unused()).containsExactly("pre_logits.fc1");
    assertThat(decomposed(layers(vgg))).isEqualTo(12);
    TdcRanks resnet50 = of(Zoo.RESNET50);
    assertThat(resnet50.unused()).isEmpty();
    assertThat(decomposed(layers(resnet50))).isEqualTo(16);
    TdcRanks densenet = of(Zoo.DENSENET121);
    assertThat(densenet.unused()).isEmpty();
    assertThat(decomposed(layers(densenet))).isEqualTo(58);
  }

  @Test
  void networksThatTdcDoesNotListHaveNone() {
    assertThat(TdcRanks.of(Zoo.RESNET20, Zoo.RESNET20.build(1, new Dim.Known(1)))).isEmpty();
  }
}
