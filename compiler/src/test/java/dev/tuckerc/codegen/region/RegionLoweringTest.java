package dev.tuckerc.codegen.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.LoweringContext.KnownConstant;
import dev.tuckerc.codegen.template.TemplateLibrary;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.cost.PerformanceModel;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
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
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegionLoweringTest {
  private static Graph regions(Zoo network, long batch, Precision precision) {
    PassContext context =
        PassContext.of(precision)
            .with(LayerCostModel.class, FakeKernels.ANY_REGION)
            .with(RankPolicy.class, RankPolicies.parse("fixed=0.5"));
    return Pipeline.standard().run(network.build(1, Dim.of(batch)), context);
  }

  /// Plans are left out of an estimate by a bound of their time, the best of them never.
  @ParameterizedTest
  @CsvSource({
    "RESNET20, 1, FP16, h200",
    "RESNET20, 64, FP16, t4",
    "RESNET18, 32, FP16, h200",
    "RESNET18, 1, FP32, a100",
    "MOBILENETV2, 8, FP16, rtx4090",
    "VGG16_BN, 1, FP16, h100"
  })
  void theEstimateIsThatOfTheBestCandidate(
      Zoo network, long batch, Precision precision, String target) {
    PerformanceModel model = new PerformanceModel(DeviceDescription.shipped(target));
    Graph graph = regions(network, batch, precision);
    Tensor unknown = Tensor.zeros(DataType.F32, List.of(0L));
    Map<Value, KnownConstant> constants =
        graph.nodes().stream()
            .filter(node -> node.op() instanceof Constant)
            .collect(
                Collectors.toMap(
                    Node::result, node -> new KnownConstant(node.result().name(), unknown)));
    int compared = 0;
    for (Node node : graph.nodes()) {
      if (!(node.op() instanceof Region region)) {
        continue;
      }
      LoweringContext context =
          new LoweringContext(node, model, constants, TemplateLibrary.standard());
      double best =
          new RegionLowering()
              .candidates(region, context).stream()
                  .filter(candidate -> model.occupancy(candidate.work()) > 0)
                  .mapToDouble(candidate -> model.estimate(candidate.work()).microseconds())
                  .min()
                  .orElse(Double.NaN);
      double estimate =
          RegionLowering.estimate(region, context).map(Estimate::microseconds).orElse(Double.NaN);
      if (Double.isNaN(best)) {
        assertThat(estimate).isNaN();
      } else {
        assertThat(estimate).as(node.results().toString()).isCloseTo(best, within(1e-9 * best));
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(5);
  }
}
