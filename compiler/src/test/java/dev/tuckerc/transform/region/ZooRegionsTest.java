package dev.tuckerc.transform.region;

import static dev.tuckerc.transform.testing.Equivalence.assertClose;
import static dev.tuckerc.transform.testing.Equivalence.operations;
import static dev.tuckerc.transform.testing.Equivalence.randomInputs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.ir.verify.Verifier;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Pipeline;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.ranks.RankPolicies;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.testing.FakeKernels;
import dev.tuckerc.zoo.Zoo;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ZooRegionsTest {
  private static Graph run(Graph graph, LayerCostModel model) {
    PassContext context =
        PassContext.of(Precision.FP16)
            .with(LayerCostModel.class, model)
            .with(RankPolicy.class, RankPolicies.parse("none"));
    return Pipeline.standard(List.of()).withCheck(Verifier::verify).run(graph, context);
  }

  @ParameterizedTest
  @EnumSource(Zoo.class)
  void everyNetworkIsWellFormedWithAllRegions(Zoo network) {
    Graph graph = network.build(1, Dim.of(1));
    List<String> fused = operations(run(graph, FakeKernels.ANY_REGION));
    List<String> separate = operations(run(graph, convolution -> FakeKernels.estimate(1)));
    if (network == Zoo.STYLE_TRANSFER) {
      // Its convolutions read a halo, the first one of a padded image, and instance normalisation
      // reads the whole image first.
      assertThat(fused).isEqualTo(separate);
    } else {
      // The conversion of the image belongs to the first convolution, if nothing else does.
      assertThat(fused).contains("region").hasSizeLessThan(separate.size());
    }
  }

  @Test
  void resnetComputesTheSame() {
    Graph graph = Zoo.RESNET20.build(1, Dim.of(1));
    PassContext context =
        PassContext.of(Precision.FP16)
            .with(LayerCostModel.class, FakeKernels.ANY_REGION)
            .with(RankPolicy.class, RankPolicies.parse("fixed=0.5"));
    Pipeline pipeline = Pipeline.standard().withCheck(Verifier::verify);
    int last = pipeline.passes().indexOf(new FormRegions());
    Graph before = Pipeline.of(pipeline.passes().subList(0, last)).run(graph, context);
    Graph after = new FormRegions().run(before, context);
    // Core, expand and the next reduce of every layer.
    assertThat(after.nodes().stream().filter(n -> n.op() instanceof Region).count())
        .isGreaterThanOrEqualTo(18);
    Map<String, Tensor> inputs = randomInputs(before, 1);
    Map<String, Tensor> expected = Interpreter.run(before, inputs);
    Interpreter.run(after, inputs)
        .forEach((name, tensor) -> assertClose(name, expected.get(name), tensor, 0));
  }
}
