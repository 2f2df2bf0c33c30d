package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.Program;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Literal;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Select;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tests.kernels.KernelHarness.Tolerance;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PointwiseKernelTest {
  private static final ScalarExpression X0 = new Operand(0);
  private static final ScalarExpression X1 = new Operand(1);

  @Test
  void mixesLayoutsAndBroadcasts() {
    CaseBuilder b = new CaseBuilder(1);
    Value a = b.input(DataType.F32, Layout.NHWC, 2, 8, 5, 3);
    Value c = b.input(DataType.F32, Layout.ROW_MAJOR, 8, 5, 3);
    Value d = b.constant(DataType.F32, 8, 1, 1);
    ScalarExpression body =
        new Unary(
            UnaryFunction.RELU,
            new Binary(
                BinaryFunction.ADD, X0, new Binary(BinaryFunction.MULTIPLY, X1, new Operand(2))));
    Pointwise op = new Pointwise(List.of(a, c, d), body);
    Value y = b.add(op, Layout.NHWC);
    Value z = b.add(op, Layout.ROW_MAJOR);
    KernelHarness.check(b, b.graph(y, z), Tolerance.F32);
  }

  @Test
  void vectorises() {
    CaseBuilder b = new CaseBuilder(2);
    Value a = b.input(DataType.F16, Layout.NHWC, 1, 64, 56, 56);
    Value y = b.add(new Pointwise(List.of(a), new Unary(UnaryFunction.SIGMOID, X0)), Layout.NHWC);
    Program program = KernelHarness.check(b, b.graph(y), Tolerance.F16);
    assertThat(program.kernels().getFirst().decision().parameters().get("VECTOR")).isGreaterThan(1);
  }

  @Test
  void sharesEqualKernels() {
    CaseBuilder b = new CaseBuilder(3);
    Value a = b.input(DataType.F32, Layout.ROW_MAJOR, 3, 4);
    Value x = b.add(new Pointwise(List.of(a), new Unary(UnaryFunction.EXP, X0)), Layout.ROW_MAJOR);
    Value y = b.add(new Pointwise(List.of(x), new Unary(UnaryFunction.EXP, X0)), Layout.ROW_MAJOR);
    Program program = KernelHarness.check(b, b.graph(y), Tolerance.F32);
    assertThat(program.kernels()).hasSize(1);
    assertThat(program.launches()).hasSize(2);
  }

  @ParameterizedTest
  @EnumSource(UnaryFunction.class)
  void floatFunctions(UnaryFunction function) {
    if (function == UnaryFunction.NOT || function == UnaryFunction.BITWISE_NOT) {
      return;
    }
    for (DataType type : List.of(DataType.F32, DataType.F64, DataType.F16)) {
      CaseBuilder b = new CaseBuilder(4);
      Value a = b.input(type, Layout.ROW_MAJOR, 37);
      Value y = b.add(new Pointwise(List.of(a), new Unary(function, X0)), Layout.ROW_MAJOR);
      KernelHarness.check(b, b.graph(y), type == DataType.F16 ? Tolerance.F16 : Tolerance.F32);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"BOOL"},
      mode = EnumSource.Mode.EXCLUDE)
  void arithmeticOfEveryType(DataType type) {
    CaseBuilder b = new CaseBuilder(5);
    Value a = b.input(type, Layout.ROW_MAJOR, 3, 11);
    Value c = b.input(type, Layout.ROW_MAJOR, 11);
    ScalarExpression sum = new Binary(BinaryFunction.ADD, X0, X1);
    ScalarExpression product = new Binary(BinaryFunction.MULTIPLY, sum, X0);
    ScalarExpression least = new Binary(BinaryFunction.MINIMUM, product, X1);
    ScalarExpression body =
        new Select(
            new Binary(BinaryFunction.LESS, X0, X1),
            least,
            new Binary(BinaryFunction.SUBTRACT, X1, X0));
    Value y = b.add(new Pointwise(List.of(a, c), body), Layout.ROW_MAJOR);
    boolean narrow = type == DataType.F16 || type == DataType.BF16;
    KernelHarness.check(
        b, b.graph(y), narrow ? new Tolerance(0.03, 0.03) : new Tolerance(1e-6, 1e-6));
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void converts(DataType from) {
    for (DataType to : DataType.values()) {
      CaseBuilder b = new CaseBuilder(6);
      Value a = b.input(from, Layout.ROW_MAJOR, 19);
      ScalarExpression scaled = new Convert(DataType.F64, X0);
      scaled = new Binary(BinaryFunction.MULTIPLY, scaled, Literal.real(DataType.F64, 3.25));
      Value y = b.add(new Pointwise(List.of(a), new Convert(to, X0)), Layout.ROW_MAJOR);
      KernelHarness.check(b, b.graph(y), Tolerance.EXACT);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = BinaryFunction.class,
      names = {"MODULO", "REMAINDER", "DIVIDE", "POWER", "MAXIMUM"})
  void divisionLikeFunctions(BinaryFunction function) {
    for (DataType type : List.of(DataType.F32, DataType.I32, DataType.I8, DataType.U8)) {
      CaseBuilder b = new CaseBuilder(7);
      Value a = b.input(type, Layout.ROW_MAJOR, 5, 7);
      ScalarExpression divisor = type.isFloat() ? Literal.real(type, 2) : Literal.integer(type, 3);
      ScalarExpression left =
          function == BinaryFunction.POWER ? new Unary(UnaryFunction.ABS, X0) : X0;
      Value y =
          b.add(new Pointwise(List.of(a), new Binary(function, left, divisor)), Layout.ROW_MAJOR);
      KernelHarness.check(b, b.graph(y), Tolerance.F32);
    }
  }
}
