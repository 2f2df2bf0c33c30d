package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.lab.grid.ConvolutionShape;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tests.kernels.KernelHarness.Tolerance;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.memory.Aliases;
import dev.tuckerc.transform.memory.PlaceConcats;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Kernels that store into slices of a wider value and read from them, with all checks on.
class SliceKernelTest {
  private static final DeviceDescription H200 = DeviceDescription.shipped("h200");

  /// What stores a slice of 16 channels, and reads one of another kernel.
  enum Kind {
    CONVOLUTION,
    DEPTHWISE,
    POINTWISE,
    POOL,
    TRANSPOSED,
    RESIDUAL
  }

  private static Value add(Kind kind, CaseBuilder b, Value x, DataType type) {
    Window window =
        new Window(
            List.of(3L, 3L), List.of(1L, 1L), List.of(1L, 1L), List.of(1L, 1L), List.of(1L, 1L));
    ConvolutionShape shape = ConvolutionShape.of(type, x.shape().extent(1), 16, 5, 3);
    return switch (kind) {
      case CONVOLUTION -> shape.add(b, x);
      case DEPTHWISE -> shape.grouped(16).finished(ConvolutionShape.Finish.RELU).add(b, x);
      case POINTWISE ->
          b.add(
              new Pointwise(List.of(x), new Unary(UnaryFunction.ABS, new Operand(0))), Layout.NHWC);
      case POOL -> b.add(new Pool(Pool.Kind.MAXIMUM, x, window, false, false), Layout.NHWC);
      case TRANSPOSED ->
          b.add(
              new ConvolutionTranspose(
                  x, b.constant(type, 16, 16, 3, 3), Optional.empty(), window, List.of(0L, 0L), 1),
              Layout.NHWC);
      case RESIDUAL -> shape.withResidual().add(b, x);
    };
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void slicesAreStoredAndRead(Kind kind) {
    for (DataType type : List.of(DataType.F16, DataType.F32)) {
      CaseBuilder b = new CaseBuilder(kind.ordinal());
      Value x = b.input(type, Layout.NHWC, 2, 16, 5, 5);
      Value first = add(Kind.POINTWISE, b, x, type);
      Value second = add(kind, b, first, type);
      Value inner = b.add(new Concat(List.of(first, second), 1), Layout.NHWC);
      Value read = ConvolutionShape.of(type, 32, 16, 5, 3).add(b, inner);
      Value sum =
          b.add(
              new Pointwise(
                  List.of(read, first),
                  new Binary(BinaryFunction.ADD, new Operand(0), new Operand(1))),
              Layout.NHWC);
      Value whole = b.add(new Concat(List.of(first, second, sum), 1), Layout.NHWC);
      Value result =
          b.add(
              new Pointwise(List.of(whole), new Unary(UnaryFunction.RELU, new Operand(0))),
              Layout.ROW_MAJOR);
      Graph plain = b.graph(result);
      Graph graph = new PlaceConcats().run(plain, PassContext.of(Precision.FP16));
      Aliases aliases = Aliases.of(graph);
      assertThat(aliases.free()).hasSize(2);
      Value varied =
          graph.nodes().stream()
              .map(node -> node.results().getFirst())
              .filter(value -> value.name().equals(second.name()))
              .findFirst()
              .orElseThrow();
      for (Program program : CodeGenerator.alternatives(graph, aliases.free(), H200, varied, 4)) {
        assertThat(program.launches()).hasSize(5);
        Tolerance tolerance = type == DataType.F16 ? Tolerance.F16_CHAIN : Tolerance.F32;
        KernelHarness.check(b, graph, tolerance, program, H200.architecture());
      }
    }
  }
}
