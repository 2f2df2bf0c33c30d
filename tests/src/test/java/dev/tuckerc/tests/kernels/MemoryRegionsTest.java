package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.KernelCostModel;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.lab.grid.ConvolutionShape;
import dev.tuckerc.lab.grid.ConvolutionShape.Finish;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tests.kernels.KernelHarness.Tolerance;
import dev.tuckerc.transform.Objective;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Pipeline;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.memory.MemoryPlanner;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A small network of VGG's kind, its layers decomposed, in fp32 and for the least memory: all of
/// it runs, and computes what it did.
class MemoryRegionsTest {
  private static final Tolerance TOLERANCE = new Tolerance(2e-5, 2e-5, 5e-6);
  private static final DeviceDescription DEVICE = DeviceDescription.shipped("h200");

  private static Value conv(CaseBuilder b, Value x, long channels, long kernel, Finish finish) {
    return ConvolutionShape.of(DataType.F32, x.shape().extent(1), channels, 1, kernel)
        .stored(Layout.ROW_MAJOR)
        .times(x.shape().extent(0))
        .sized(x.shape().extent(2), x.shape().extent(3))
        .finished(finish)
        .add(b, x);
  }

  private static Value decomposed(CaseBuilder b, Value x, long rank, long channels) {
    Value reduced = conv(b, x, rank, 1, Finish.BIAS);
    Value core = conv(b, reduced, rank, 3, Finish.BIAS);
    return conv(b, core, channels, 1, Finish.RELU);
  }

  private static Value pool(CaseBuilder b, Value x) {
    List<Long> two = List.of(2L, 2L);
    List<Long> none = List.of(0L, 0L);
    Window window = new Window(two, two, none, none, List.of(1L, 1L));
    return b.add(new Pool(Pool.Kind.MAXIMUM, x, window, false, false), Layout.ROW_MAJOR);
  }

  /// With odd extents from the second group on.
  private static Graph network(CaseBuilder b) {
    Value x = b.input(DataType.F32, Layout.ROW_MAJOR, 2, 3, 26, 22);
    x = conv(b, x, 24, 3, Finish.RELU);
    x = pool(b, decomposed(b, x, 6, 24));
    x = decomposed(b, x, 6, 40);
    x = pool(b, decomposed(b, x, 10, 40));
    return b.graph(decomposed(b, x, 10, 56));
  }

  private static Graph optimized(Graph graph, Objective objective) {
    PassContext context =
        PassContext.of(Precision.FP32)
            .with(Objective.class, objective)
            .with(LayerCostModel.class, new KernelCostModel(DEVICE));
    return Pipeline.of(Pipeline.afterDecomposition()).run(graph, context);
  }

  @Test
  void fusedForMemoryItComputesTheSame() {
    CaseBuilder b = new CaseBuilder(3);
    Graph network = network(b);
    Graph lean = optimized(network, Objective.MEMORY);
    Program program = CodeGenerator.generate(lean, Set.of(), DEVICE);
    assertThat(program.kernels().stream().map(kernel -> kernel.decision().template()))
        .filteredOn("region.simt"::equals)
        .hasSizeGreaterThanOrEqualTo(4);
    assertThat(MemoryPlanner.plan(lean).lowerBound())
        .isLessThan(MemoryPlanner.plan(withoutRegions(network)).lowerBound() / 3);

    var expected = Interpreter.run(network, b.feeds());
    KernelHarness.run(lean, program, b.feeds(), DEVICE.architecture())
        .forEach(
            (name, actual) -> KernelHarness.compare(name, actual, expected.get(name), TOLERANCE));
  }

  private static Graph withoutRegions(Graph network) {
    return Pipeline.of(Pipeline.afterDecomposition()).run(network, PassContext.of(Precision.FP32));
  }
}
