package dev.tuckerc.ir.interpret;

import static dev.tuckerc.ir.interpret.Operands.evaluate;
import static dev.tuckerc.ir.interpret.Operands.random;
import static dev.tuckerc.ir.interpret.Operands.shape;
import static dev.tuckerc.ir.interpret.Operands.tensor;
import static dev.tuckerc.ir.interpret.Operands.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.ir.ArgReduce;
import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.CumulativeSum;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.LocalResponseNormalization;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Softmax;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class WindowsAndReductionsTest {

  private static Window window(long kernel, long stride, long before, long after, long dilation) {
    return new Window(
        List.of(kernel), List.of(stride), List.of(before), List.of(after), List.of(dilation));
  }

  private static double[] pool(
      Pool.Kind kind, Window window, boolean ceil, boolean count, double... row) {
    Tensor x = tensor(DataType.F32, shape(1, 1, row.length), row);
    return evaluate(new Pool(kind, value(x), window, ceil, count), x).toDoubles();
  }

  @Test
  void maximumIgnoresPadding() {
    assertThat(pool(Pool.Kind.MAXIMUM, window(3, 2, 1, 1, 1), false, false, -4, -2, -3, -1))
        .containsExactly(-2, -1);
    assertThat(pool(Pool.Kind.MAXIMUM, window(2, 1, 0, 0, 2), false, false, 1, 5, 2, 0))
        .containsExactly(2, 5);
    assertThat(pool(Pool.Kind.MAXIMUM, window(2, 1, 0, 0, 1), false, false, 1, Double.NaN, 2, 0))
        .containsExactly(Double.NaN, Double.NaN, 2);
  }

  @Test
  void theOnlyWindowMayReachBeyondTheEndWhereExtentsAreRoundedUp() {
    Window window = window(3, 2, 0, 0, 1);
    assertThat(pool(Pool.Kind.MAXIMUM, window, true, false, -4, -2)).containsExactly(-2);
    assertThat(pool(Pool.Kind.AVERAGE, window, true, false, 3, 6)).containsExactly(4.5);
    assertThatThrownBy(() -> pool(Pool.Kind.MAXIMUM, window, true, false, 1))
        .isInstanceOf(IrException.class)
        .hasMessageContaining("does not fit");
    assertThatThrownBy(() -> pool(Pool.Kind.MAXIMUM, window, false, false, 1, 2))
        .isInstanceOf(IrException.class);
  }

  @Test
  void averageDividesByTheTapsCounted() {
    assertThat(pool(Pool.Kind.AVERAGE, window(3, 1, 1, 1, 1), false, false, 3, 6, 9))
        .containsExactly(4.5, 6, 7.5);
    assertThat(pool(Pool.Kind.AVERAGE, window(3, 1, 1, 1, 1), false, true, 3, 6, 9))
        .containsExactly(3, 6, 5);
  }

  /// The last window of a rounded-up extent reaches beyond the padding; that is never counted.
  @Test
  void averageWithCeilCountsPaddingButNotBeyond() {
    assertThat(pool(Pool.Kind.AVERAGE, window(3, 2, 0, 0, 1), true, false, 3, 6, 9, 8))
        .containsExactly(6, 8.5);
    assertThat(pool(Pool.Kind.AVERAGE, window(3, 2, 0, 0, 1), true, true, 3, 6, 9, 8))
        .containsExactly(6, 8.5);
    assertThat(pool(Pool.Kind.AVERAGE, window(4, 3, 1, 1, 1), true, true, 1, 2, 3, 4, 5))
        .containsExactly(1.5, 3);
  }

  @Test
  void integerPooling() {
    Tensor x = tensor(DataType.I8, shape(1, 1, 3), -128, -100, -120);
    assertThat(
            evaluate(new Pool(Pool.Kind.MAXIMUM, value(x), window(2, 1, 0, 0, 1), false, false), x)
                .toLongs())
        .containsExactly(-100, -100);
  }

  private static Tensor reduce(Reduce.Kind kind, Tensor x, boolean keep, Long... axes) {
    return evaluate(new Reduce(kind, value(x), List.of(axes), keep), x);
  }

  @Test
  void reductions() {
    Tensor x = tensor(DataType.F32, shape(2, 3), 1, 2, 3, 4, 5, 6);
    assertThat(reduce(Reduce.Kind.SUM, x, false, 1L).toDoubles()).containsExactly(6, 15);
    assertThat(reduce(Reduce.Kind.MEAN, x, true, -2L).toDoubles()).containsExactly(2.5, 3.5, 4.5);
    assertThat(reduce(Reduce.Kind.PRODUCT, x, false, 0L, 1L).toDoubles()).containsExactly(720);
    assertThat(reduce(Reduce.Kind.MAXIMUM, x, true, 0L).shape()).containsExactly(1L, 3L);
    assertThat(reduce(Reduce.Kind.MINIMUM, x, false, 0L).toDoubles()).containsExactly(1, 2, 3);
    assertThat(reduce(Reduce.Kind.SUM, x, false).toDoubles()).containsExactly(1, 2, 3, 4, 5, 6);
  }

  @Test
  void reductionsOverNothing() {
    Tensor x = tensor(DataType.F32, shape(2, 0));
    assertThat(reduce(Reduce.Kind.SUM, x, false, 1L).toDoubles()).containsExactly(0, 0);
    assertThat(reduce(Reduce.Kind.PRODUCT, x, false, 1L).toDoubles()).containsExactly(1, 1);
    assertThat(reduce(Reduce.Kind.MAXIMUM, x, false, 1L).getDouble(0)).isEqualTo(-1 / 0.0);
    assertThat(reduce(Reduce.Kind.MINIMUM, x, false, 1L).getDouble(0)).isEqualTo(1 / 0.0);
    Tensor u = tensor(DataType.U8, shape(0));
    assertThat(reduce(Reduce.Kind.MINIMUM, u, false, 0L).getLong(0)).isEqualTo(255);
  }

  @Test
  void integerReductions() {
    Tensor x = Tensor.ofLongs(shape(3), Long.MAX_VALUE, 1, -4);
    assertThat(reduce(Reduce.Kind.SUM, x, false, 0L).getLong(0)).isEqualTo(Long.MAX_VALUE - 3);
    assertThat(reduce(Reduce.Kind.MINIMUM, x, false, 0L).getLong(0)).isEqualTo(-4);
    Tensor u = Tensor.zeros(DataType.U64, shape(2));
    u.setLong(0, -1);
    assertThat(reduce(Reduce.Kind.MAXIMUM, u, false, 0L).getLong(0)).isEqualTo(-1);
    Tensor flags = tensor(DataType.BOOL, shape(2), 0, 1);
    assertThat(reduce(Reduce.Kind.MAXIMUM, flags, false, 0L).getLong(0)).isEqualTo(1);
    assertThat(reduce(Reduce.Kind.MINIMUM, flags, false, 0L).getLong(0)).isZero();
    Tensor small = Tensor.ofLongs(shape(2), -3, 0);
    assertThat(reduce(Reduce.Kind.MEAN, small, false, 0L).getLong(0)).isEqualTo(-1);
  }

  private static long arg(ArgReduce.Kind kind, boolean last, double... values) {
    Tensor x = tensor(DataType.F32, shape(values.length), values);
    return evaluate(new ArgReduce(kind, value(x), 0, false, last), x).getLong(0);
  }

  @Test
  void argReduceTiesAndNan() {
    assertThat(arg(ArgReduce.Kind.MAXIMUM, false, 1, 3, 3, 2)).isEqualTo(1);
    assertThat(arg(ArgReduce.Kind.MAXIMUM, true, 1, 3, 3, 2)).isEqualTo(2);
    assertThat(arg(ArgReduce.Kind.MINIMUM, false, -0.0, 0.0, 5)).isZero();
    assertThat(arg(ArgReduce.Kind.MINIMUM, true, 0.0, -0.0, 5)).isEqualTo(1);
    assertThat(arg(ArgReduce.Kind.MAXIMUM, false, 1, Double.NaN, 9, Double.NaN)).isEqualTo(1);
    assertThat(arg(ArgReduce.Kind.MINIMUM, true, 1, Double.NaN, 9, Double.NaN)).isEqualTo(3);
    Tensor x = tensor(DataType.F32, shape(2, 2), 1, 2, 4, 3);
    Tensor y = evaluate(new ArgReduce(ArgReduce.Kind.MAXIMUM, value(x), 1, true, false), x);
    assertThat(y.shape()).containsExactly(2L, 1L);
    assertThat(y.toLongs()).containsExactly(1, 0);
    assertThatThrownBy(() -> arg(ArgReduce.Kind.MAXIMUM, false)).isInstanceOf(IrException.class);
  }

  @Test
  void softmaxIsStable() {
    Tensor x = tensor(DataType.F64, shape(2, 2), 1000, 1000 + Math.log(3), -1000, -1000);
    double[] y = evaluate(new Softmax(value(x), 1, false), x).toDoubles();
    assertThat(y[0]).isCloseTo(0.25, within(1e-12));
    assertThat(y[1]).isCloseTo(0.75, within(1e-12));
    assertThat(y[2]).isEqualTo(0.5);
    assertThat(evaluate(new Softmax(value(x), 1, true), x).getDouble(2))
        .isCloseTo(-Math.log(2), within(1e-12));
    assertThat(evaluate(new Softmax(value(x), 0, false), x).getDouble(0)).isEqualTo(1);
  }

  @Test
  void cumulativeSums() {
    Tensor x = tensor(DataType.F32, shape(2, 3), 1, 2, 3, 4, 5, 6);
    assertThat(evaluate(new CumulativeSum(value(x), 1, false, false), x).toDoubles())
        .containsExactly(1, 3, 6, 4, 9, 15);
    assertThat(evaluate(new CumulativeSum(value(x), 1, true, true), x).toDoubles())
        .containsExactly(5, 3, 0, 11, 6, 0);
    assertThat(evaluate(new CumulativeSum(value(x), 0, false, false), x).toDoubles())
        .containsExactly(1, 2, 3, 5, 7, 9);
    Tensor integers = Tensor.ofLongs(shape(2), Long.MAX_VALUE, 1);
    assertThat(evaluate(new CumulativeSum(value(integers), 0, false, false), integers).toLongs())
        .containsExactly(Long.MAX_VALUE, Long.MIN_VALUE);
  }

  @Test
  void normalizations() {
    Tensor x = tensor(DataType.F64, shape(1, 2, 2), 1, 2, 3, 4);
    Tensor scale = tensor(DataType.F64, shape(2), 2, 3);
    Tensor bias = tensor(DataType.F64, shape(2), 10, 20);
    Tensor mean = tensor(DataType.F64, shape(2), 1, 4);
    Tensor variance = tensor(DataType.F64, shape(2), 3, 0);
    BatchNormalization norm =
        new BatchNormalization(
            value(x), value(scale), value(bias), value(mean), value(variance), 1);
    assertThat(evaluate(norm, x, scale, bias, mean, variance).toDoubles())
        .containsExactly(10, 11, 17, 20);
    Tensor line = tensor(DataType.F64, shape(1, 4, 1), 1, 2, 3, 4);
    LocalResponseNormalization lrn = new LocalResponseNormalization(value(line), 2, 4, 0.5, 1);
    // Of size 2: this channel and the next.
    assertThat(evaluate(lrn, line).toDoubles())
        .containsExactly(
            1 / Math.sqrt(11), 2 / Math.sqrt(27), 3 / Math.sqrt(51), 4 / Math.sqrt(33));
  }

  @Test
  void matrixProductsBroadcastAndFinish() {
    Tensor a = random(DataType.F64, 1, 3, 1, 2, 5);
    Tensor b = random(DataType.F64, 2, 4, 5, 3);
    Epilogue relu =
        new Epilogue(
            new ScalarExpression.Unary(UnaryFunction.RELU, new ScalarExpression.Operand(0)),
            List.of());
    Tensor y = evaluate(new MatMul(value(a), value(b), relu), a, b);
    assertThat(y.shape()).containsExactly(3L, 4L, 2L, 3L);
    int at = 0;
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 4; j++) {
        for (int row = 0; row < 2; row++) {
          for (int column = 0; column < 3; column++) {
            double sum = 0;
            for (int k = 0; k < 5; k++) {
              sum += a.getDouble((i * 2 + row) * 5 + k) * b.getDouble((j * 5 + k) * 3 + column);
            }
            assertThat(y.getDouble(at++)).isCloseTo(Math.max(0, sum), within(1e-12));
          }
        }
      }
    }
    Tensor big = Tensor.ofLongs(shape(1, 1), (1L << 53) + 1);
    assertThat(evaluate(new MatMul(value(big), value(big), Epilogue.NONE), big, big).getLong(0))
        .isEqualTo(((1L << 53) + 1) * ((1L << 53) + 1));
  }
}
