package dev.tuckerc.transform.decompose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Op;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Pipeline;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.layer.KnownWeights;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerCost;
import dev.tuckerc.transform.layer.LayerForm;
import dev.tuckerc.transform.layer.WeightOfLayer;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.ranks.RankPolicyException;
import dev.tuckerc.transform.ranks.TdcRanks;
import dev.tuckerc.zoo.Zoo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TdcRanksTest {
  private static List<Layer> layers(Zoo network) {
    Graph graph = network.build(1, new Dim.Known(1));
    PassContext context = PassContext.of(Precision.FP32);
    for (var pass : Pipeline.beforeDecomposition()) {
      graph = pass.run(graph, context);
    }
    return Layer.of(graph);
  }

  private static List<WeightOfLayer> weights(List<Layer> layers) {
    KnownWeights none = new KnownWeights(Optional.empty(), Map.of());
    return layers.stream().map(layer -> new WeightOfLayer(layer, none)).toList();
  }

  /// The published figures of whole models, in billions of multiply-accumulates, to 1 % or to half
  /// a unit of their last digit. TDC keeps square factors; here they are merged into the core.
  @ParameterizedTest
  @CsvSource({
    "RESNET18, 16, 1.81, 0.79, 0.0079",
    "RESNET50, 16, 4.09, 2.58, 0.0258",
    "VGG16_BN, 14, 15.5, 3.3, 0.05",
    "DENSENET121, 58, 2.83, 2.08, 0.0208"
  })
  void theTablesGiveThePublishedMultiplyAccumulates(
      Zoo network, int decomposed, double dense, double published, double precision) {
    List<Layer> layers = layers(network);
    List<WeightOfLayer> weights = weights(layers);
    RankPolicy policy = new TdcRanks().forModel(weights);
    LayerCost cost = new LayerCost(Optional.empty(), Precision.FP32);
    double before = 0;
    double after = 0;
    List<String> names = new ArrayList<>();
    for (WeightOfLayer weight : weights) {
      Layer layer = weight.layer();
      double own = cost.counted(List.of(layer.node().op())).multiplyAccumulates();
      before += own;
      RankChoice choice = policy.choose(weight);
      List<LayerForm> forms = LayerForm.candidates(layer, choice);
      if (!(choice instanceof RankChoice.KeepDense)) {
        names.add(layer.name());
        double merged = cost.counted(forms.getFirst().operations(layer)).multiplyAccumulates();
        assertThat(merged).isLessThan(own);
        own = merged + squareFactors(layer, choice);
      }
      after += own;
    }
    assertThat(names).hasSize(decomposed);
    assertThat(before / 1e9).isCloseTo(dense, within(0.01 * dense));
    assertThat(after / 1e9).isCloseTo(published, within(precision));
  }

  private static double squareFactors(Layer layer, RankChoice choice) {
    if (!(choice instanceof RankChoice.Ranks(int in, int out))) {
      return 0;
    }
    Op op = layer.node().op();
    long before = op.operands().getFirst().shape().elementCount() * layer.inputs();
    long after = op.resultType().shape().elementCount() * layer.outputs();
    return (in == layer.inputs() ? before : 0) + (out == layer.outputs() ? after : 0);
  }

  /// Equal shapes, different ranks: the order decides.
  @Test
  void theFirstOfEqualLayersHasTheRanksOfTheFirst() {
    List<WeightOfLayer> weights = weights(layers(Zoo.RESNET18));
    RankPolicy policy = new TdcRanks().forModel(weights);
    List<String> chosen =
        weights.stream()
            .map(weight -> weight.name() + " " + policy.choose(weight))
            .filter(text -> text.startsWith("layer1") || text.startsWith("layer4.1"))
            .toList();
    assertThat(chosen)
        .containsExactly(
            "layer1.0.conv1 64->32",
            "layer1.0.conv2 32->32",
            "layer1.1.conv1 32->32",
            "layer1.1.conv2 32->32",
            "layer4.1.conv1 192->160",
            "layer4.1.conv2 192->160");
    assertThat(policy.text()).isEqualTo("tdc");
  }

  @Test
  void aModelWithOtherLayersIsRefused() {
    List<WeightOfLayer> weights = weights(layers(Zoo.RESNET20));
    assertThatThrownBy(() -> new TdcRanks().forModel(weights))
        .isInstanceOf(RankPolicyException.class)
        .hasMessageContaining("densenet121, densenet201, resnet18, resnet50, vgg16");
    List<WeightOfLayer> part = weights(layers(Zoo.RESNET18)).subList(0, 12);
    assertThatThrownBy(() -> new TdcRanks().forModel(part)).isInstanceOf(RankPolicyException.class);
  }
}
