package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.device.DeviceBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Clusters, distributed shared memory, memory barriers and bulk copies.
class HopperKernelsTest {

  /// How the kernels run.
  EmulatorOptions options() {
    return EmulatorOptions.DEFAULT;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void clusterSum(int threads) {
    try (Kernels kernels = new Kernels(options().withThreads(threads))) {
      int[] x = new Random(1).ints(3 * 4 * 64, -1000, 1000).toArray();
      DeviceBuffer y = kernels.buffer(new int[3 * 64]);
      kernels.run(
          kernels.cuda("hopper.cu"),
          "cluster_sum",
          Kernels.size(12),
          Kernels.size(64),
          0,
          kernels.buffer(x),
          y);
      int[] expected = new int[3 * 64];
      for (int i = 0; i < x.length; i++) {
        expected[i / 256 * 64 + i % 64] += x[i];
      }
      assertThat(kernels.ints(y)).isEqualTo(expected);
      assertThatThrownBy(() -> {
            kernels.run(
                kernels.cuda("hopper.cu"),
                "cluster_sum",
                Kernels.size(6),
                Kernels.size(64),
                0,
                y,
                y);
            kernels.device.synchronize();
          })
          .hasMessageContaining("is not a multiple of the cluster 4x1x1");
    }
  }

  @Test
  void producerAndConsumers() {
    try (Kernels kernels = new Kernels(options())) {
      int tiles = 7;
      int[] x = new Random(2).ints(tiles * 96).toArray();
      DeviceBuffer y = kernels.buffer(new int[96]);
      kernels.run(
          kernels.cuda("hopper.cu"),
          "pipeline",
          Kernels.size(1),
          Kernels.size(128),
          0,
          kernels.buffer(x),
          y,
          tiles);
      int[] expected = new int[96];
      for (int i = 0; i < x.length; i++) {
        expected[i % 96] = expected[i % 96] * 3 + x[i];
      }
      assertThat(kernels.ints(y)).isEqualTo(expected);
    }
  }

  @Test
  void windowsOfSharedMemory() {
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer y = kernels.buffer(new int[2]);
      kernels.run(kernels.cuda("hopper.cu"), "windows", Kernels.size(2), Kernels.size(32), 0, y);
      assertThat(kernels.ints(y)).containsExactly(5, 5);
    }
  }

  @Test
  void uninitialisedBarrier() {
    try (Kernels kernels = new Kernels(options())) {
      DeviceBuffer b = kernels.buffer(new int[4]);
      assertThatThrownBy(() -> {
            kernels.run(
                kernels.body(
                    ".shared .align 8 .b64 bar; mbarrier.arrive.shared::cta.b64 %rd3, [bar];"),
                "test",
                Kernels.size(1),
                Kernels.size(1),
                0,
                b,
                b);
            kernels.device.synchronize();
          })
          .hasMessageContaining("mbarrier is used that was not initialised");
    }
  }
}
