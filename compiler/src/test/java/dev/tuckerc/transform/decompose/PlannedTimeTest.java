package dev.tuckerc.transform.decompose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.KernelCostModel;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Pipeline;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.memory.Aliases;
import dev.tuckerc.transform.ranks.RankPolicies;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.report.NetworkFigures;
import dev.tuckerc.zoo.Zoo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A plan is made of the kernels that are built: what it predicts of a network is the sum of its
/// compiled kernels.
class PlannedTimeTest {
  private static final double PERCENT = 2;

  @ParameterizedTest
  @CsvSource({
    "RESNET18, fixed=0.5, FP16, h200",
    "RESNET20, latency, FP32, a100",
    "SQUEEZENET, fixed=0.5, FP16, t4",
    "DENSENET121, fixed=0.25, FP16, h100",
    "ESPCN, latency, FP16, h200",
  })
  void thePlannersTotalIsThatOfTheKernels(
      Zoo network, String policy, Precision precision, String target) {
    DeviceDescription device = DeviceDescription.shipped(target);
    PassContext context =
        PassContext.of(precision)
            .with(RankPolicy.class, RankPolicies.parse(policy))
            .with(LayerCostModel.class, new KernelCostModel(device));
    Graph imported = network.build(1, Dim.of(1));
    PassContext dense = context.with(RankPolicy.class, RankPolicies.parse("none"));

    double planned = predicted(Pipeline.standard().run(imported, context), device);
    double kept = predicted(Pipeline.standard().run(imported, dense), device);

    NetworkFigures figures = context.report(NetworkFigures.class).orElseThrow();
    assertThat(figures.denseMicroseconds()).isCloseTo(kept, withinPercentage(PERCENT));
    assertThat(figures.microseconds()).isCloseTo(planned, withinPercentage(PERCENT));
  }

  private static double predicted(Graph graph, DeviceDescription device) {
    return CodeGenerator.generate(graph, Aliases.of(graph).free(), device).predictedMicroseconds();
  }
}
