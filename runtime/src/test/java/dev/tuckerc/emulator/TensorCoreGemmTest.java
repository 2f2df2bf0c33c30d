package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.emulator.check.Check;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A double-buffered tensor-core matrix product, with copies that land at once and at their wait.
class TensorCoreGemmTest {

  private static short[] halves(float[] values) {
    short[] result = new short[values.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = Float.floatToFloat16(values[i]);
    }
    return result;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void product(boolean deferred) {
    int m = 128;
    int n = 64;
    int k = 96;
    short[] a = halves(Kernels.random(m * k, 1));
    short[] b = halves(Kernels.random(k * n, 2));
    try (Kernels kernels =
        new Kernels(
            EmulatorOptions.DEFAULT
                .withChecks(deferred ? Set.of(Check.ASYNC_COPIES) : Set.of())
                .withCounting(true))) {
      DeviceBuffer c = kernels.buffer(new float[m * n]);
      kernels.run(
          kernels.cuda("gemm_mma.cu", "sm_80"),
          "gemm_mma",
          Kernels.size(1, 2),
          Kernels.size(128),
          0,
          kernels.buffer(a),
          kernels.buffer(b),
          c,
          m,
          n,
          k);
      float[] result = kernels.floats(c);
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          double sum = 0;
          for (int x = 0; x < k; x++) {
            sum += (double) Float.float16ToFloat(a[i * k + x]) * Float.float16ToFloat(b[x * n + j]);
          }
          assertThat((double) result[i * n + j]).isCloseTo(sum, within(1e-5));
        }
      }
      KernelCounters counters = kernels.device.lastCounters();
      assertThat(counters.matrixMultiplyAdds()).isEqualTo((long) m * n * k);
      assertThat(counters.globalStoreBytes()).isEqualTo(4L * m * n);
      assertThat(counters.globalLoadBytes()).isEqualTo(2L * (m * k + 2 * k * n));
      // Rows of 80 and 144 bytes are 16-byte aligned and free of conflicts.
      assertThat(counters.bankConflicts()).isZero();
    }
  }

  @Test
  void deferredCopiesAreInvisibleUntilWaitedFor() {
    int[] from = IntStream.range(100, 228).toArray();
    int[] expected = new int[64];
    for (int t = 0; t < 32; t++) {
      expected[t] = 7;
      expected[t + 32] = from[4 * t];
    }
    try (Kernels kernels =
        new Kernels(EmulatorOptions.DEFAULT.withChecks(Set.of(Check.ASYNC_COPIES)))) {
      DeviceBuffer to = kernels.buffer(new int[64]);
      kernels.run(
          kernels.cuda("gemm_mma.cu", "sm_80"),
          "no_wait",
          Kernels.size(1),
          Kernels.size(32),
          0,
          kernels.buffer(from),
          to);
      assertThat(Arrays.stream(kernels.ints(to)).toArray()).isEqualTo(expected);
    }
  }
}
