package dev.tuckerc.training.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.data.Dataset;
import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.verify.Verifier;
import dev.tuckerc.training.SmallNetwork;
import dev.tuckerc.training.SmallTask;
import dev.tuckerc.training.model.HostTensors;
import dev.tuckerc.training.model.TrainableModel;
import dev.tuckerc.training.model.TrainableModel.Mode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

class NormalizationUnfoldingTest {
  private static final Dataset DATA = SmallNetwork.data(4, 120, List.of(3L, 6L, 6L), 3);

  /// A chain of two factors, the second with a bias, and a convolution.
  private static Graph folded() {
    SmallNetwork network = new SmallNetwork(2, new Dim.Symbolic("N"), 3, 6);
    Value reduced =
        network.convolution("reduce", network.input(), network.normal(1, 2, 3, 1, 1), 1);
    Value expanded = network.convolution("expand", reduced, network.normal(1, 8, 2, 3, 3), 1);
    Convolution plain = (Convolution) network.nodes().removeLast().op();
    Value bias = network.constant("expand.bias", network.normal(2, 8));
    Value biased =
        network.add(
            new Convolution(
                plain.input(), plain.weight(), Optional.of(bias), plain.window(), 1, Epilogue.NONE),
            expanded.name(),
            "Conv");
    Value second =
        network.convolution("second", network.relu(biased), network.normal(1, 5, 8, 3, 3), 1);
    return network.classifier(network.relu(second), 3);
  }

  private static double[] scores(Graph graph, Mode mode) {
    try (PointerScope _ = new PointerScope();
        TrainableModel model = TrainableModel.of(graph)) {
      return HostTensors.toHost(
              model
                  .run(List.of(HostTensors.toTorch(DATA.samples(0, 120))), mode, Map.of())
                  .getFirst())
          .toDoubles();
    }
  }

  @Test
  void theModelComputesTheSameWithAndWithoutStatisticsOfTheBatch() {
    NormalizationUnfolding.Result result = NormalizationUnfolding.of(folded(), DATA);
    assertThat(result.layers()).isEqualTo(2);
    Verifier.verify(result.graph());
    List<String> normalized =
        result.graph().nodes().stream()
            .filter(node -> node.op() instanceof BatchNormalization)
            .map(node -> node.result().name())
            .toList();
    assertThat(normalized).containsExactly("expand", "second");
    assertThat(result.graph().nodes())
        .noneMatch(node -> node.op() instanceof Convolution c && c.bias().isPresent())
        .noneMatch(node -> node.result().name().equals("expand.bias"));
    double[] expected = scores(folded(), Mode.INFERENCE);
    // The samples are those of the statistics: the batch's own are the same.
    for (Mode mode : Mode.values()) {
      double[] found = scores(result.graph(), mode);
      for (int i = 0; i < expected.length; i++) {
        assertThat(found[i]).isCloseTo(expected[i], within(1e-3 * (1 + Math.abs(expected[i]))));
      }
    }
  }

  @Test
  void whatIsNormalizedStaysAsItIs() {
    Graph graph = SmallTask.network();
    NormalizationUnfolding.Result result =
        NormalizationUnfolding.of(graph, SmallTask.samples(10, 1));
    assertThat(result.layers()).isZero();
    assertThat(result.graph()).isSameAs(graph);
  }
}
