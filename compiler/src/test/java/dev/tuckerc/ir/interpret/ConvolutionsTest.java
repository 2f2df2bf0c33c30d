package dev.tuckerc.ir.interpret;

import static dev.tuckerc.ir.interpret.Operands.random;
import static dev.tuckerc.ir.interpret.Operands.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConvolutionsTest {

  private static Convolution conv(
      Tensor x, Tensor w, Tensor bias, Window window, long groups, Epilogue epilogue) {
    return new Convolution(
        value(x),
        value(w),
        Optional.ofNullable(bias).map(Operands::value),
        window,
        groups,
        epilogue);
  }

  /// The defining sum of a two-dimensional convolution, written out.
  private static double direct(
      Tensor x, Tensor w, Window window, int groups, int n, int o, int py, int px) {
    int inputs = w.dimension(1);
    int group = o / (w.dimension(0) / groups);
    double sum = 0;
    for (int i = 0; i < inputs; i++) {
      for (int ky = 0; ky < w.dimension(2); ky++) {
        for (int kx = 0; kx < w.dimension(3); kx++) {
          long y = py * window.stride().get(0) + ky * window.dilation().get(0);
          long z = px * window.stride().get(1) + kx * window.dilation().get(1);
          y -= window.padBefore().get(0);
          z -= window.padBefore().get(1);
          if (y >= 0 && y < x.dimension(2) && z >= 0 && z < x.dimension(3)) {
            int c = group * inputs + i;
            int at = ((n * x.dimension(1) + c) * x.dimension(2) + (int) y) * x.dimension(3);
            int tap = ((o * inputs + i) * w.dimension(2) + ky) * w.dimension(3) + kx;
            sum += x.getDouble(at + (int) z) * w.getDouble(tap);
          }
        }
      }
    }
    return sum;
  }

  private static void agreesWithDefinition(
      Tensor x, Tensor w, Window window, int groups, Accumulation accumulation, double tolerance) {
    Tensor bias = random(x.type(), 3, w.dimension(0));
    Convolution op = conv(x, w, bias, window, groups, Epilogue.NONE);
    Tensor y = Interpreter.evaluate(op, List.of(x, w, bias), accumulation);
    int at = 0;
    for (int n = 0; n < y.dimension(0); n++) {
      for (int o = 0; o < y.dimension(1); o++) {
        for (int py = 0; py < y.dimension(2); py++) {
          for (int px = 0; px < y.dimension(3); px++) {
            double expected = direct(x, w, window, groups, n, o, py, px) + bias.getDouble(o);
            assertThat(y.getDouble(at++)).isCloseTo(expected, within(tolerance));
          }
        }
      }
    }
  }

  private static final Window AWKWARD =
      new Window(
          List.of(3L, 2L), List.of(2L, 1L), List.of(2L, 0L), List.of(1L, 3L), List.of(1L, 2L));

  @Test
  void strideDilationAndUnequalPadsAgreeWithTheDefinition() {
    Tensor x = random(DataType.F64, 1, 2, 6, 9, 8);
    Tensor w = random(DataType.F64, 2, 4, 6, 3, 2);
    agreesWithDefinition(x, w, AWKWARD, 1, Accumulation.DOUBLE, 1e-12);
  }

  @Test
  void groupedAndDepthwiseAgreeWithTheDefinition() {
    Tensor x = random(DataType.F64, 1, 2, 6, 9, 8);
    agreesWithDefinition(
        x, random(DataType.F64, 2, 4, 3, 3, 2), AWKWARD, 2, Accumulation.DOUBLE, 1e-12);
    agreesWithDefinition(
        x, random(DataType.F64, 2, 12, 1, 3, 2), AWKWARD, 6, Accumulation.DOUBLE, 1e-12);
  }

  @Test
  void pointwiseConvolutionAgreesWithTheDefinition() {
    Tensor x = random(DataType.F64, 1, 2, 5, 4, 3);
    Tensor w = random(DataType.F64, 2, 7, 5, 1, 1);
    agreesWithDefinition(x, w, Window.of(List.of(1L, 1L)), 1, Accumulation.DOUBLE, 1e-12);
  }

  @Test
  void largeProblemsGoToNativeCodeAndAgree() {
    Window window =
        new Window(
            List.of(3L, 3L), List.of(1L, 1L), List.of(1L, 1L), List.of(1L, 1L), List.of(1L, 1L));
    Tensor x = random(DataType.F32, 1, 2, 32, 20, 20);
    Tensor w = random(DataType.F32, 2, 32, 32, 3, 3);
    agreesWithDefinition(x, w, window, 1, Accumulation.DOUBLE, 1e-5);
    agreesWithDefinition(x, w, window, 1, Accumulation.FAST, 2e-4);
  }

  /// Large enough for ND4J; unequal pads and groups are not its business and go another way.
  @Test
  void batchesAgreeWithFloat64() {
    List<Window> windows =
        List.of(
            new Window(
                List.of(3L, 3L),
                List.of(2L, 2L),
                List.of(1L, 1L),
                List.of(1L, 1L),
                List.of(1L, 1L)),
            new Window(
                List.of(5L, 1L),
                List.of(1L, 2L),
                List.of(2L, 0L),
                List.of(2L, 0L),
                List.of(1L, 1L)),
            new Window(
                List.of(3L, 3L),
                List.of(1L, 1L),
                List.of(2L, 2L),
                List.of(2L, 2L),
                List.of(2L, 2L)),
            new Window(
                List.of(3L, 3L),
                List.of(2L, 2L),
                List.of(0L, 0L),
                List.of(1L, 1L),
                List.of(1L, 1L)));
    for (Window window : windows) {
      Tensor x = random(DataType.F32, 1, 17, 32, 25, 26);
      Tensor w = random(DataType.F32, 2, 64, 32, window.kernel().get(0), window.kernel().get(1));
      Convolution op = conv(x, w, null, window, 1, Epilogue.NONE);
      Tensor exact = Interpreter.evaluate(op, List.of(x, w), Accumulation.DOUBLE);
      Tensor fast = Interpreter.evaluate(op, List.of(x, w), Accumulation.FAST);
      assertThat(fast.shape()).isEqualTo(exact.shape());
      double worst = 0;
      for (int i = 0; i < exact.size(); i++) {
        worst = Math.max(worst, Math.abs(exact.getDouble(i) - fast.getDouble(i)));
      }
      assertThat(worst).as(window.toString()).isLessThan(1e-4);
    }
  }

  @Test
  void halfPrecisionRoundsOnce() {
    Tensor x = random(DataType.F16, 1, 1, 6, 5, 5);
    Tensor w = random(DataType.F16, 2, 4, 6, 3, 3);
    Window window = Window.of(List.of(3L, 3L));
    Tensor y = Operands.evaluate(conv(x, w, null, window, 1, Epilogue.NONE), x, w);
    assertThat(y.type()).isEqualTo(DataType.F16);
    Tensor expected = Tensor.zeros(DataType.F16, List.of(1L));
    expected.setDouble(0, direct(x, w, window, 1, 0, 0, 0, 0));
    assertThat(y.getDouble(0)).isEqualTo(expected.getDouble(0));
  }

  @Test
  void oneAndThreeSpatialAxes() {
    Tensor x = Tensor.ofFloats(List.of(1L, 1L, 4L), 1, 2, 3, 4);
    Tensor w = Tensor.ofFloats(List.of(1L, 1L, 2L), 10, 1);
    Window window = Window.of(List.of(2L));
    assertThat(Operands.evaluate(conv(x, w, null, window, 1, Epilogue.NONE), x, w).toFloats())
        .containsExactly(12, 23, 34);
    Tensor cube = Tensor.ofFloats(List.of(1L, 1L, 2L, 2L, 2L), 1, 2, 3, 4, 5, 6, 7, 8);
    Tensor ones = Tensor.ofFloats(List.of(1L, 1L, 2L, 2L, 2L), 1, 1, 1, 1, 1, 1, 1, 1);
    Window all = Window.of(List.of(2L, 2L, 2L));
    assertThat(
            Operands.evaluate(conv(cube, ones, null, all, 1, Epilogue.NONE), cube, ones).toFloats())
        .containsExactly(36);
  }

  @Test
  void integersAreExact() {
    Tensor x = Tensor.ofLongs(List.of(1L, 1L, 2L), Long.MAX_VALUE, 3);
    Tensor w = Tensor.ofLongs(List.of(1L, 1L, 2L), 1, 5);
    assertThat(
            Operands.evaluate(conv(x, w, null, Window.of(List.of(2L)), 1, Epilogue.NONE), x, w)
                .toLongs())
        .containsExactly(Long.MAX_VALUE + 15);
  }

  /// `<conv(x, w), y> = <x, conv_transpose(y, w)>` defines the transpose.
  @Test
  void transposeIsTheAdjoint() {
    for (int groups : new int[] {1, 2}) {
      Tensor x = random(DataType.F64, 1, 2, 6, 9, 8);
      Tensor w = random(DataType.F64, 2, 4, 6 / groups, 3, 2);
      Convolution op = conv(x, w, null, AWKWARD, groups, Epilogue.NONE);
      Tensor forward = Operands.evaluate(op, x, w);
      Tensor y = random(DataType.F64, 5, forward.shape().stream().mapToLong(v -> v).toArray());
      ConvolutionTranspose transpose =
          new ConvolutionTranspose(
              value(y), value(w), Optional.empty(), AWKWARD, List.of(1L, 0L), groups);
      Tensor back = Operands.evaluate(transpose, y, w);
      assertThat(back.shape()).isEqualTo(x.shape());
      assertThat(dot(back, x)).isCloseTo(dot(forward, y), within(1e-9));
    }
  }

  private static double dot(Tensor a, Tensor b) {
    double sum = 0;
    for (int i = 0; i < a.size(); i++) {
      sum += a.getDouble(i) * b.getDouble(i);
    }
    return sum;
  }
}
