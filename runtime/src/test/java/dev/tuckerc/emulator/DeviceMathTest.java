package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.device.DeviceBuffer;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/// CUDA's math library, which NVRTC compiles into hundreds of instructions, against Java's: within
/// the errors that the CUDA programming guide gives for its functions. One wrong bit in an
/// arithmetic instruction, a rounding or a conversion shows here.
class DeviceMathTest {

  /// @param error bound in units of the last place
  private record Function(String name, double error, DoubleUnaryOperator exact) {}

  private static double positive(double x, double offset) {
    return Math.abs(x) + offset;
  }

  /// The bounds of single precision; `b` is rounded to single precision as in the kernel.
  private static final List<Function> SINGLE =
      List.of(
          new Function("sinf", 2, Math::sin),
          new Function("cosf", 2, Math::cos),
          new Function("tanf", 4, Math::tan),
          new Function("expf", 2, Math::exp),
          new Function("logf", 1, x -> Math.log(b(x))),
          new Function("log2f", 1, x -> Math.log(b(x)) / Math.log(2)),
          new Function("exp2f", 2, x -> Math.pow(2, x)),
          new Function("powf", 4, x -> Math.pow(b(x), 1.7f)),
          new Function("tanhf", 2, Math::tanh),
          new Function("atanf", 2, Math::atan),
          new Function("cbrtf", 1, Math::cbrt),
          new Function("sqrtf", 0, x -> Math.sqrt(b(x))),
          new Function("reciprocal", 0, x -> 1 / x),
          new Function("division", 0, x -> x / 3.7f),
          new Function("hypotf", 3, x -> Math.hypot(x, 2.5)),
          new Function("atan2f", 3, x -> Math.atan2(x, 1.5)),
          new Function("log1pf", 1, x -> Math.log1p(b(x))),
          new Function("expm1f", 1, Math::expm1),
          new Function("sinhf", 3, Math::sinh),
          new Function("rintf", 0, Math::rint),
          new Function("fmodf", 0, x -> x % 0.7f),
          new Function("rsqrtf", 2, x -> 1 / Math.sqrt(b(x))),
          new Function("floorf", 0, Math::floor),
          new Function("__fdiv_rz", 0, DeviceMathTest::thirdTowardsZero),
          new Function("fmaf", 0, x -> (double) Math.fma((float) x, (float) x, -(float) b(x))));

  private static final List<Function> DOUBLE =
      List.of(
          new Function("sin", 2, Math::sin),
          new Function("cos", 2, Math::cos),
          new Function("tan", 2, Math::tan),
          new Function("exp", 1, Math::exp),
          new Function("log", 1, x -> Math.log(positive(x, 0.01))),
          new Function("pow", 2, x -> Math.pow(positive(x, 0.01), 1.7)),
          new Function("tanh", 2, Math::tanh),
          new Function("atan", 2, Math::atan),
          new Function("cbrt", 1, Math::cbrt),
          new Function("sqrt", 0, x -> Math.sqrt(positive(x, 0.01))),
          new Function("reciprocal", 0, x -> 1 / x),
          new Function("division", 0, x -> x / 3.7),
          new Function("hypot", 2, x -> Math.hypot(x, 2.5)),
          new Function("atan2", 2, x -> Math.atan2(x, 1.5)),
          new Function("log1p", 1, x -> Math.log1p(positive(x, 0.01))),
          new Function("expm1", 1, Math::expm1),
          new Function("sinh", 2, Math::sinh),
          new Function("rint", 0, Math::rint),
          new Function("fmod", 0, x -> x % 0.7),
          new Function("log10", 1, x -> Math.log10(positive(x, 0.01))),
          new Function("asin", 2, x -> Math.asin(x / 200)),
          new Function("floor", 0, Math::floor));

  private static double b(double x) {
    return Math.abs((float) x) + 0.01f;
  }

  private static double thirdTowardsZero(double x) {
    float nearest = (float) (x / 3.0);
    // Exact: a float times three fits a double.
    return Math.abs(nearest * 3.0) > Math.abs(x)
        ? x > 0 ? Math.nextDown(nearest) : Math.nextUp(nearest)
        : nearest;
  }

  private static float[] points() {
    Random random = new Random(7);
    float[] points = new float[192];
    for (int i = 0; i < points.length; i++) {
      float scale = i % 3 == 0 ? 80f : i % 3 == 1 ? 2f : 1e-3f;
      points[i] = (2 * random.nextFloat() - 1) * scale;
    }
    return points;
  }

  @Test
  void single() {
    float[] points = points();
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer y = kernels.buffer(new float[SINGLE.size() * points.length]);
      kernels.run(
          kernels.cuda("device_math.cu"),
          "single",
          Kernels.size(2),
          Kernels.size(96),
          0,
          kernels.buffer(points),
          y,
          points.length);
      float[] found = kernels.floats(y);
      for (int f = 0; f < SINGLE.size(); f++) {
        Function function = SINGLE.get(f);
        for (int i = 0; i < points.length; i++) {
          double exact = function.exact.applyAsDouble(points[i]);
          double error = Math.abs(found[f * points.length + i] - exact) / Math.ulp((float) exact);
          // Half a unit more: the bound holds for the exact value before its own rounding.
          assertThat(error)
              .as("%s(%s) = %s", function.name, points[i], found[f * points.length + i])
              .isLessThanOrEqualTo(function.error + 0.5);
        }
      }
    }
  }

  @Test
  void twice() {
    float[] points = points();
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer y = kernels.buffer(new long[DOUBLE.size() * points.length]);
      kernels.run(
          kernels.cuda("device_math.cu"),
          "twice",
          Kernels.size(2),
          Kernels.size(96),
          0,
          kernels.buffer(points),
          y,
          points.length);
      long[] found = kernels.longs(y);
      for (int f = 0; f < DOUBLE.size(); f++) {
        Function function = DOUBLE.get(f);
        for (int i = 0; i < points.length; i++) {
          double exact = function.exact.applyAsDouble(points[i]);
          double result = Double.longBitsToDouble(found[f * points.length + i]);
          // Java's own functions are within 1 unit (hypot) or 2.5 (sinh, tanh).
          double java = function.error == 0 ? 0 : function.name.endsWith("h") ? 2.5 : 1;
          assertThat(Math.abs(result - exact) / Math.ulp(exact))
              .as("%s(%s) = %s", function.name, points[i], result)
              .isLessThanOrEqualTo(function.error + java);
        }
      }
    }
  }
}
