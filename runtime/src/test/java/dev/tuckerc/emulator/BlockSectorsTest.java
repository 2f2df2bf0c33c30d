package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelLaunch;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Sectors of global memory, counted for every access and once for every block.
class BlockSectorsTest {
  /// Every block reads its 256 bytes of x three times and writes 256 bytes of y; all but the first
  /// also read the first element of x.
  private static final String SOURCE =
      """
      extern "C" __global__ void again(const volatile float* x, float* y) {
        int i = blockIdx.x * blockDim.x + threadIdx.x;
        float sum = x[i] + x[i];
        __syncthreads();
        sum += x[i];
        if (blockIdx.x > 0) sum += x[0];
        y[i] = sum;
      }
      """;

  private static final int BLOCKS = 3;
  private static final int THREADS = 64;

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aBlockCountsASectorOnce(int workers) {
    String ptx = NvrtcCompiler.create().compile("again.cu", SOURCE, "sm_80", List.of()).ptx();
    EmulatorOptions options = EmulatorOptions.DEFAULT.withThreads(workers).withCounting(true);
    try (EmulatedDevice device = new EmulatedDevice(options);
        DeviceModule module = device.load(ptx, "again.cu")) {
      DeviceBuffer x = device.allocate(4L * BLOCKS * THREADS, "x");
      DeviceBuffer y = device.allocate(4L * BLOCKS * THREADS, "y");
      KernelLaunch launch =
          new KernelLaunch(
              module.kernel("again"),
              new Dim3(BLOCKS, 1, 1),
              new Dim3(THREADS, 1, 1),
              0,
              List.of(new KernelArgument.Pointer(x, 0), new KernelArgument.Pointer(y, 0)));
      device.launch(launch);
      KernelCounters counters = device.lastCounters();
      int sectorsOfBlock = 4 * THREADS / 32;
      assertThat(counters.blockSectors()).isEqualTo(BLOCKS * 2L * sectorsOfBlock + BLOCKS - 1);
      int warps = THREADS / 32;
      assertThat(counters.globalSectors())
          .isEqualTo(BLOCKS * 4L * sectorsOfBlock + (BLOCKS - 1L) * warps);
      // The next launch starts anew.
      device.launch(launch);
      assertThat(device.lastCounters().blockSectors()).isEqualTo(counters.blockSectors());
    }
  }
}
