package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.Program;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.lab.grid.ConvolutionShape;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.kernels.KernelHarness.Tolerance;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Matrix products of every form, depthwise and three-dimensional convolutions, and weights that
/// are not constant.
class MatMulKernelTest {

  @Test
  void classifierAtSmallBatch() {
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      for (long rows : new long[] {1, 3}) {
        CaseBuilder b = new CaseBuilder(1);
        Value a = b.input(type, Layout.ROW_MAJOR, rows, 130);
        Program program = check(b, a, b.constant(type, 130, 37), type, true);
        assertThat(program.kernels().getFirst().decision().template()).startsWith("gem");
      }
    }
  }

  @Test
  void streamsWeights() {
    CaseBuilder b = new CaseBuilder(1);
    Value a = b.input(DataType.F32, Layout.ROW_MAJOR, 1, 512);
    Program program = check(b, a, b.constant(DataType.F32, 512, 1000), DataType.F32, true);
    assertThat(program.kernels().getFirst().decision().template()).isEqualTo("gemv.simt");
  }

  @Test
  void manyRows() {
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      CaseBuilder b = new CaseBuilder(2);
      Value a = b.input(type, Layout.ROW_MAJOR, 2, 19, 24);
      check(b, a, b.constant(type, 24, 40), type, false);
    }
  }

  /// Integers stay integers: products beyond what a float holds, sums that wrap.
  @Test
  void integersAreExact() {
    for (DataType type :
        List.of(
            DataType.I64, DataType.U64, DataType.I32, DataType.U32, DataType.I16, DataType.U8)) {
      for (boolean constant : List.of(false, true)) {
        CaseBuilder b = new CaseBuilder(5);
        Value a = b.input(large(b, type, 5, 70), Layout.ROW_MAJOR);
        Tensor right = large(b, type, 70, 9);
        Value c = constant ? b.constant(right) : b.input(right, Layout.ROW_MAJOR);
        Value result = b.add(new MatMul(a, c, Epilogue.NONE), Layout.ROW_MAJOR);
        KernelHarness.check(b, b.graph(result), Tolerance.EXACT);
      }
    }
  }

  private static Tensor large(CaseBuilder b, DataType type, long rows, long columns) {
    Tensor tensor = b.random(type, rows, columns);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setLong(i, tensor.getLong(i) * 1_000_003_019L + i);
    }
    return tensor;
  }

  /// A grid has 65,535 blocks in z.
  @Test
  void manyBatches() {
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      CaseBuilder b = new CaseBuilder(6);
      Value a = b.input(type, Layout.ROW_MAJOR, 65_540, 1, 2);
      check(b, a, b.input(type, Layout.ROW_MAJOR, 65_540, 2, 1), type, false);
    }
  }

  @Test
  void batchesBroadcast() {
    CaseBuilder b = new CaseBuilder(3);
    Value a = b.input(DataType.F32, Layout.ROW_MAJOR, 2, 1, 5, 7);
    Value c = b.input(DataType.F32, Layout.ROW_MAJOR, 3, 7, 9);
    check(b, a, c, DataType.F32, false);
  }

  @Test
  void constantBatches() {
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      CaseBuilder b = new CaseBuilder(4);
      Value a = b.input(type, Layout.ROW_MAJOR, 3, 17, 16);
      check(b, a, b.constant(type, 3, 16, 24), type, false);
    }
  }

  @Test
  void transposedOperand() {
    CaseBuilder b = new CaseBuilder(5);
    Value a = b.input(DataType.F32, new Layout(List.of(1, 0)), 12, 20);
    Value c = b.input(DataType.F32, new Layout(List.of(1, 0)), 20, 6);
    check(b, a, c, DataType.F32, false);
  }

  @Test
  void depthwise() {
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      for (ConvolutionShape conv :
          List.of(
              ConvolutionShape.of(type, 24, 24, 9, 3).grouped(24).withResidual(),
              ConvolutionShape.of(type, 6, 6, 17, 5).grouped(6).step(2).padded(1, 3).times(2),
              ConvolutionShape.of(type, 7, 7, 8, 3).grouped(7).dilated(2))) {
        CaseBuilder b = new CaseBuilder(6);
        Graph graph = conv.build(b);
        Tolerance tolerance = type == DataType.F16 ? Tolerance.F16 : Tolerance.F32;
        Program program = KernelHarness.check(b, graph, tolerance);
        assertThat(program.kernels().getFirst().decision().template()).isEqualTo("conv.depthwise");
      }
    }
  }

  @Test
  void oneAndThreeDimensions() {
    CaseBuilder b = new CaseBuilder(7);
    Value x = b.input(DataType.F32, Layout.ROW_MAJOR, 2, 3, 5, 6, 4);
    Value w = b.constant(DataType.F32, 8, 3, 3, 2, 3);
    Window window =
        new Window(
            List.of(3L, 2L, 3L),
            List.of(1L, 2L, 1L),
            List.of(1L, 0L, 2L),
            List.of(0L, 1L, 1L),
            List.of(1L, 1L, 2L));
    Value y =
        b.add(new Convolution(x, w, Optional.empty(), window, 1, Epilogue.NONE), Layout.ROW_MAJOR);
    Value line = b.input(DataType.F32, Layout.ROW_MAJOR, 2, 4, 19);
    Value taps = b.constant(DataType.F32, 6, 2, 5);
    Window along = new Window(List.of(5L), List.of(2L), List.of(2L), List.of(1L), List.of(1L));
    Value z =
        b.add(
            new Convolution(line, taps, Optional.empty(), along, 2, Epilogue.NONE),
            Layout.ROW_MAJOR);
    KernelHarness.check(b, b.graph(y, z), Tolerance.F32);
  }

  @Test
  void weightsComputedAtRunTime() {
    CaseBuilder b = new CaseBuilder(8);
    Value x = b.input(DataType.F32, Layout.ROW_MAJOR, 1, 4, 6, 6);
    Value w = b.input(DataType.F32, Layout.ROW_MAJOR, 6, 2, 3, 3);
    Value bias = b.input(DataType.F32, Layout.ROW_MAJOR, 6);
    Window window = Window.of(List.of(3L, 3L));
    Value y =
        b.add(new Convolution(x, w, Optional.of(bias), window, 2, Epilogue.NONE), Layout.ROW_MAJOR);
    KernelHarness.check(b, b.graph(y), Tolerance.F32);
  }

  private static Program check(CaseBuilder b, Value a, Value c, DataType type, boolean bias) {
    Epilogue epilogue = Epilogue.NONE;
    if (bias) {
      Value row = b.constant(type, c.shape().extent(c.shape().rank() - 1));
      epilogue =
          new Epilogue(
              new Binary(BinaryFunction.ADD, new Operand(0), new Operand(1)), List.of(row));
    }
    Value y = b.add(new MatMul(a, c, epilogue), Layout.ROW_MAJOR);
    Tolerance tolerance = type == DataType.F16 ? new Tolerance(0.02, 0.01) : Tolerance.F32;
    return KernelHarness.check(b, b.graph(y), tolerance);
  }
}
