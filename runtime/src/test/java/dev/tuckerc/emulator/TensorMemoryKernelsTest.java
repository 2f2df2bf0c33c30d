package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.KernelArgument.TensorMap;
import dev.tuckerc.device.KernelArgument.TensorMap.Swizzle;
import dev.tuckerc.device.TensorElement;
import dev.tuckerc.emulator.check.Check;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Textbook kernels of sm_90a: tensor copies with a swizzle, multicast in a cluster, and a matrix
/// product by warpgroups, with and without checks.
class TensorMemoryKernelsTest {

  private static Kernels kernels(boolean checked) {
    Set<Check> checks = checked ? Check.ALL : Set.of();
    return new Kernels(EmulatorOptions.DEFAULT.withChecks(checks));
  }

  private static TensorMap map(
      DeviceBuffer buffer,
      TensorElement type,
      Swizzle swizzle,
      long width,
      long height,
      int... box) {
    return TensorMap.dense(type, List.of(width, height), List.of(box[0], box[1]), swizzle, buffer);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void transpose(boolean checked) {
    // Not multiples of the tile: copies outside are filled and dropped.
    int rows = 100;
    int columns = 84;
    float[] x = Kernels.random(rows * columns, 1);
    try (Kernels kernels = kernels(checked)) {
      DeviceBuffer y = kernels.buffer(new float[rows * columns]);
      kernels.run(
          kernels.cuda("tensor_memory.cu"),
          "transpose",
          Kernels.size(3),
          Kernels.size(128),
          0,
          map(kernels.buffer(x), TensorElement.FLOAT32, Swizzle.BYTES_128, columns, rows, 32, 32),
          map(y, TensorElement.FLOAT32, Swizzle.BYTES_128, rows, columns, 32, 32),
          3,
          12);
      float[] expected = new float[rows * columns];
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          expected[j * rows + i] = 2 * x[i * columns + j] + 1;
        }
      }
      assertThat(kernels.floats(y)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void multicast(boolean checked) {
    int rows = 5;
    float[] x = Kernels.random(rows * 256, 2);
    try (Kernels kernels = kernels(checked)) {
      DeviceBuffer y = kernels.buffer(new float[2 * rows]);
      kernels.run(
          kernels.cuda("tensor_memory.cu"),
          "multicast",
          Kernels.size(2 * rows),
          Kernels.size(32),
          0,
          map(kernels.buffer(x), TensorElement.FLOAT32, Swizzle.NONE, 256, rows, 128, 1),
          y);
      float[] found = kernels.floats(y);
      for (int row = 0; row < rows; row++) {
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < 256; i++) {
          double value = x[row * 256 + i];
          sum += value;
          squares += value * value;
        }
        assertThat((double) found[2 * row]).isCloseTo(sum, within(1e-4));
        assertThat((double) found[2 * row + 1]).isCloseTo(squares, within(1e-4));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"gemm_nk, false", "gemm_nk, true", "gemm_kn, false", "gemm_kn, true"})
  void matrixProduct(String kernel, boolean checked) {
    int m = 128;
    int n = 192;
    int k = 328;
    boolean transposed = kernel.equals("gemm_kn");
    short[] a = halves(Kernels.random(m * k, 3));
    short[] b = halves(Kernels.random(k * n, 4));
    try (Kernels kernels = kernels(checked)) {
      DeviceBuffer c = kernels.buffer(new float[m * n]);
      kernels.run(
          kernels.cuda("tensor_memory.cu"),
          kernel,
          Kernels.size(n / 64, m / 64),
          Kernels.size(256),
          3 * 16384,
          map(kernels.buffer(a), TensorElement.FLOAT16, Swizzle.BYTES_128, k, m, 64, 64),
          transposed
              ? map(kernels.buffer(b), TensorElement.FLOAT16, Swizzle.BYTES_128, n, k, 64, 64)
              : map(kernels.buffer(b), TensorElement.FLOAT16, Swizzle.BYTES_128, k, n, 64, 64),
          c,
          n,
          k);
      float[] found = kernels.floats(c);
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          double sum = 0;
          for (int x = 0; x < k; x++) {
            int at = transposed ? x * n + j : j * k + x;
            sum += (double) Float.float16ToFloat(a[i * k + x]) * Float.float16ToFloat(b[at]);
          }
          assertThat((double) found[i * n + j]).isCloseTo(sum, within(2e-5));
        }
      }
      // 328 is filled up to 384 with zeros.
      assertThat(kernels.device.lastCounters().matrixMultiplyAdds()).isEqualTo((long) m * n * 384);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ring(boolean deferred) {
    int rounds = 6;
    int[] x = new java.util.Random(5).ints(2 * 4 * 32, -1000, 1000).toArray();
    try (Kernels kernels = kernels(deferred)) {
      DeviceBuffer y = kernels.buffer(new int[x.length]);
      kernels.run(
          kernels.cuda("tensor_memory.cu"),
          "ring",
          Kernels.size(8),
          Kernels.size(32),
          0,
          kernels.buffer(x),
          y,
          rounds);
      int[] expected = new int[x.length];
      for (int i = 0; i < x.length; i++) {
        int cluster = i / 128 * 128;
        int sum = x[i];
        for (int round = 1; round <= rounds; round++) {
          int block = Math.floorMod(i / 32 % 4 - round, 4);
          sum = sum * 3 + x[cluster + block * 32 + i % 32];
        }
        expected[i] = sum;
      }
      assertThat(kernels.ints(y)).isEqualTo(expected);
    }
  }

  private static short[] halves(float[] values) {
    short[] result = new short[values.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = Float.floatToFloat16(values[i]);
    }
    return result;
  }
}
