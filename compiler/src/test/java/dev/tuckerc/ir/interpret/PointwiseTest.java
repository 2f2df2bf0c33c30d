package dev.tuckerc.ir.interpret;

import static dev.tuckerc.ir.interpret.Operands.shape;
import static dev.tuckerc.ir.interpret.Operands.tensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Select;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PointwiseTest {
  private static final ScalarExpression X0 = new Operand(0);
  private static final ScalarExpression X1 = new Operand(1);

  private static Tensor apply(ScalarExpression body, Tensor... operands) {
    return Operands.evaluate(
        new Pointwise(Arrays.stream(operands).map(Operands::value).toList(), body), operands);
  }

  private static double unary(UnaryFunction function, double x) {
    return apply(new Unary(function, X0), tensor(DataType.F64, shape(1), x)).getDouble(0);
  }

  private static double binary(BinaryFunction function, double a, double b) {
    return apply(
            new Binary(function, X0, X1),
            tensor(DataType.F64, shape(1), a),
            tensor(DataType.F64, shape(1), b))
        .getDouble(0);
  }

  private static long integer(BinaryFunction function, DataType type, long a, long b) {
    Tensor x = Tensor.zeros(type, shape());
    Tensor y = Tensor.zeros(type, shape());
    x.setLong(0, a);
    y.setLong(0, b);
    return apply(new Binary(function, X0, X1), x, y).getLong(0);
  }

  /// Values from tables of mathematical functions (and NIST DLMF for erf).
  @ParameterizedTest
  @CsvSource({
    "ERF, 0.5, 0.5204998778130465",
    "ERF, -1, -0.8427007929497149",
    "ERF, 2.9, 0.9999589021219005",
    "ERF, 3.1, 0.9999883513426328",
    "ERF, 7, 1",
    "SIGMOID, 0, 0.5",
    "SIGMOID, -800, 0",
    "SOFTPLUS, 800, 800",
    "SOFTPLUS, 0, 0.6931471805599453",
    "ASINH, 1, 0.881373587019543",
    "ASINH, 1e200, 461.2101657793691",
    "ACOSH, 2, 1.3169578969248166",
    "ATANH, 0.5, 0.5493061443340549",
    "ROUND, 2.5, 2",
    "ROUND, -3.5, -4",
    "SIGN, -3, -1",
    "RELU, -3, 0",
    "RELU, NaN, NaN",
    "RECIPROCAL, 4, 0.25",
    "CEIL, -0.5, 0",
    "TANH, 1, 0.7615941559557649",
  })
  void functionsOfOneNumber(UnaryFunction function, double x, double expected) {
    assertThat(unary(function, x) + 0.0)
        .isCloseTo(expected, within(Double.isNaN(expected) ? 0 : 1e-15 * Math.abs(expected)));
  }

  @ParameterizedTest
  @CsvSource({
    "MODULO, -7, 3, 2",
    "MODULO, 7, -3, -2",
    "MODULO, -7.5, 2, 0.5",
    "REMAINDER, -7, 3, -1",
    "REMAINDER, 5.5, -2, 1.5",
    "POWER, 1, NaN, 1",
    "POWER, -1, Infinity, 1",
    "POWER, 2, 0.5, 1.4142135623730951",
    "MINIMUM, NaN, 1, NaN",
    "MAXIMUM, 1, NaN, NaN",
    "MAXIMUM, 1, 2, 2",
    "DIVIDE, 1, 0, Infinity",
  })
  void functionsOfTwoNumbers(BinaryFunction function, double a, double b, double expected) {
    assertThat(binary(function, a, b)).isEqualTo(Double.valueOf(expected));
  }

  @ParameterizedTest
  @CsvSource({
    "DIVIDE, I32, -7, 2, -3",
    "DIVIDE, I32, -2147483648, -1, -2147483648",
    "DIVIDE, U64, -1, 2, 9223372036854775807",
    "DIVIDE, I64, 5, 0, 0",
    "MODULO, I64, -7, 3, 2",
    "MODULO, I8, 7, -3, -2",
    "MODULO, U64, -1, 10, 5",
    "REMAINDER, I64, -7, 3, -1",
    "ADD, I8, 127, 1, -128",
    "ADD, U8, 255, 1, 0",
    "SUBTRACT, U32, 0, 1, 4294967295",
    "MULTIPLY, I64, 4611686018427387904, 2, -9223372036854775808",
    "POWER, I64, 3, 39, 4052555153018976267",
    "POWER, I64, -1, -3, -1",
    "POWER, I64, 2, -1, 0",
    "MAXIMUM, U64, -1, 1, -1",
    "MINIMUM, I64, -1, 1, -1",
    "SHIFT_RIGHT, I32, -8, 1, -4",
    "SHIFT_RIGHT, U32, 4294967288, 1, 2147483644",
    "SHIFT_RIGHT, U64, -1, 63, 1",
    "SHIFT_RIGHT, I16, -8, 16, -1",
    "SHIFT_LEFT, U8, 129, 1, 2",
    "SHIFT_LEFT, U64, 1, 64, 0",
    "LESS, U64, -1, 1, 0",
    "GREATER, I64, 9007199254740993, 9007199254740992, 1",
    "BITWISE_XOR, I16, -1, 1, -2",
  })
  void integersAreExact(BinaryFunction function, DataType type, long a, long b, long expected) {
    assertThat(integer(function, type, a, b)).isEqualTo(expected);
  }

  @Test
  void conversionsSaturateAndWrap() {
    Tensor x = tensor(DataType.F64, shape(5), 300, -5.9, Double.NaN, 1e30, 2.5);
    assertThat(apply(new Convert(DataType.U8, X0), x).toLongs()).containsExactly(255, 0, 0, 255, 2);
    assertThat(apply(new Convert(DataType.I8, X0), x).toLongs())
        .containsExactly(127, -5, 0, 127, 2);
    assertThat(apply(new Convert(DataType.U64, X0), x).toLongs()).containsExactly(300, 0, 0, -1, 2);
    assertThat(apply(new Convert(DataType.BOOL, X0), x).toLongs()).containsExactly(1, 1, 1, 1, 1);
    Tensor wide = Tensor.ofLongs(shape(3), 300, -1, 1L << 32);
    assertThat(apply(new Convert(DataType.U8, X0), wide).toLongs()).containsExactly(44, 255, 0);
  }

  @Test
  void largeIntegersRoundOnceToFloats() {
    // Just above the midpoint of two float32 values; through float64 it would fall on the midpoint.
    Tensor x = Tensor.ofLongs(shape(1), (1L << 60) + (1L << 36) + 1);
    assertThat(apply(new Convert(DataType.F32, X0), x).getDouble(0)).isEqualTo(0x1p60 + 0x1p37);
    Tensor u = Tensor.zeros(DataType.U64, shape(1));
    u.setLong(0, -1);
    assertThat(apply(new Convert(DataType.F32, X0), u).getDouble(0)).isEqualTo(0x1p64);
    Tensor b = Tensor.ofLongs(shape(1), (1L << 60) + (1L << 52) + 1);
    assertThat(apply(new Convert(DataType.BF16, X0), b).getDouble(0)).isEqualTo(0x1p60 + 0x1p53);
  }

  @Test
  void aFusedExpressionEqualsItsParts() {
    Tensor a = Operands.random(DataType.F16, 1, 3, 50);
    Tensor b = Operands.random(DataType.F16, 2, 3, 50);
    ScalarExpression product = new Binary(BinaryFunction.MULTIPLY, X0, X1);
    Tensor fused =
        apply(new Unary(UnaryFunction.TANH, new Binary(BinaryFunction.ADD, product, X1)), a, b);
    Tensor first = apply(product, a, b);
    Tensor second = apply(new Binary(BinaryFunction.ADD, X0, X1), first, b);
    assertThat(fused.contentEquals(apply(new Unary(UnaryFunction.TANH, X0), second))).isTrue();
  }

  @Test
  void operandsBroadcast() {
    Tensor x = tensor(DataType.F32, shape(2, 3, 2), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    Tensor channel = tensor(DataType.F32, shape(3, 1), 10, 20, 30);
    ScalarExpression sum = new Binary(BinaryFunction.ADD, X0, X1);
    assertThat(apply(sum, x, channel).toDoubles())
        .containsExactly(11, 12, 23, 24, 35, 36, 17, 18, 29, 30, 41, 42);
    assertThat(apply(sum, channel, tensor(DataType.F32, shape(1, 2), 1, 2)).toDoubles())
        .containsExactly(11, 12, 21, 22, 31, 32);
    assertThat(apply(sum, x, tensor(DataType.F32, shape(), 1)).getDouble(11)).isEqualTo(13);
    Tensor integers = Tensor.ofLongs(shape(2, 1), 1, 2);
    assertThat(apply(sum, integers, Tensor.ofLongs(shape(2), 10, 20)).toLongs())
        .containsExactly(11, 21, 12, 22);
  }

  @Test
  void largeTensorsAreSplitIntoBlocks() {
    Tensor x = Operands.random(DataType.F32, 1, 7, 31, 1001);
    Tensor scale = Operands.random(DataType.F32, 2, 31, 1);
    Tensor y = apply(new Binary(BinaryFunction.MULTIPLY, X0, X1), x, scale);
    for (int i = 0; i < y.size(); i += 997) {
      assertThat((float) y.getDouble(i))
          .isEqualTo((float) x.getDouble(i) * (float) scale.getDouble(i / 1001 % 31));
    }
  }

  @Test
  void selectAndBooleans() {
    Tensor x = tensor(DataType.F32, shape(3), -1, 0, Double.NaN);
    ScalarExpression negative = new Binary(BinaryFunction.LESS, X0, X1);
    Tensor zero = tensor(DataType.F32, shape(), 0);
    assertThat(apply(new Select(negative, X1, X0), x, zero).toDoubles())
        .containsExactly(0, 0, Double.NaN);
    assertThat(apply(new Unary(UnaryFunction.NOT, negative), x, zero).toLongs())
        .containsExactly(0, 1, 1);
    assertThat(apply(new Unary(UnaryFunction.IS_NAN, X0), x).toLongs()).containsExactly(0, 0, 1);
  }

  @Test
  void undefinedFunctionsAreRefused() {
    assertThatThrownBy(() -> apply(new Unary(UnaryFunction.SQRT, X0), Tensor.ofLongs(shape(1), 4)))
        .isInstanceOf(IrException.class)
        .hasMessageContaining("sqrt is not defined on i64");
  }
}
