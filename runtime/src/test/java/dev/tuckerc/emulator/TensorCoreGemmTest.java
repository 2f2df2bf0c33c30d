package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.emulator.check.Check;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A double-buffered tensor-core matrix product, with and without checks.
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
  void product(boolean checked) {
    int m = 128;
    int n = 64;
    int k = 96;
    short[] a = halves(Kernels.random(m * k, 1));
    short[] b = halves(Kernels.random(k * n, 2));
    try (Kernels kernels =
        new Kernels(
            EmulatorOptions.DEFAULT
                .withChecks(checked ? Check.ALL : Set.of())
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
}
