package dev.tuckerc.emulator;

import static dev.tuckerc.emulator.Kernels.size;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.emulator.check.Check;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Independent kernels in the style of textbook CUDA, compiled by NVRTC, against plain Java.
class TextbookKernelsTest {
  private static final String SOURCE = "textbook.cu";

  /// How the kernels run.
  EmulatorOptions options() {
    return EmulatorOptions.DEFAULT;
  }

  private Kernels kernels(int threads) {
    return new Kernels(options().withThreads(threads));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sm_75", "sm_80", "sm_90"})
  void saxpyLeavesTheTailAlone(String architecture) {
    try (Kernels kernels = kernels(2)) {
      float[] x = Kernels.random(1000, 1);
      float[] y = Kernels.random(1000, 2);
      DeviceBuffer out = kernels.buffer(y);
      kernels.run(
          kernels.cuda(SOURCE, architecture),
          "saxpy",
          size(8),
          size(128),
          0,
          2.5f,
          kernels.buffer(x),
          out,
          990);
      for (int i = 0; i < 990; i++) {
        y[i] = Math.fma(2.5f, x[i], y[i]);
      }
      assertThat(kernels.floats(out)).isEqualTo(y);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void reductionByShuffles(int threads) {
    try (Kernels kernels = kernels(threads)) {
      float[] x = Kernels.random(10_000, 3);
      DeviceBuffer sums = kernels.buffer(new float[5]);
      kernels.run(
          kernels.cuda(SOURCE),
          "reduce_sum",
          size(5),
          size(256),
          0,
          kernels.buffer(x),
          sums,
          x.length);
      double expected = 0;
      for (float v : x) {
        expected += v;
      }
      double actual = 0;
      for (float v : kernels.floats(sums)) {
        actual += v;
      }
      assertThat(actual).isCloseTo(expected, within(1e-3));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 100, 256, 1024})
  void scanSortAndBarriers(int threads) {
    try (Kernels kernels = kernels(1)) {
      DeviceModule module = kernels.cuda(SOURCE);
      int[] x = new Random(4).ints(threads, -1000, 1000).toArray();
      DeviceBuffer y = kernels.buffer(new int[threads]);
      kernels.run(module, "scan_block", size(1), size(threads), 4 * threads, kernels.buffer(x), y);
      int[] sums = x.clone();
      Arrays.parallelPrefix(sums, Integer::sum);
      assertThat(kernels.ints(y)).isEqualTo(sums);
      if (Integer.bitCount(threads) == 1) {
        DeviceBuffer keys = kernels.buffer(x);
        kernels.run(module, "bitonic_sort", size(1), size(threads), 4 * threads, keys);
        int[] sorted = x.clone();
        Arrays.sort(sorted);
        assertThat(kernels.ints(keys)).isEqualTo(sorted);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void histogramAndCompaction(int threads) {
    try (Kernels kernels = kernels(threads)) {
      DeviceModule module = kernels.cuda(SOURCE);
      byte[] x = new byte[20_000];
      new Random(5).nextBytes(x);
      int[] expected = new int[256];
      for (byte v : x) {
        expected[v & 0xff]++;
      }
      DeviceBuffer bins = kernels.buffer(new int[256]);
      DeviceBuffer bytes = kernels.device.allocate(x.length, "bytes");
      kernels.device.upload(bytes, 0, MemorySegment.ofArray(x));
      kernels.run(module, "histogram", size(7), size(256), 0, bytes, bins, x.length);
      assertThat(kernels.ints(bins)).isEqualTo(expected);

      int[] values = new Random(6).ints(5000, -100, 100).toArray();
      DeviceBuffer packed = kernels.buffer(new int[5000]);
      DeviceBuffer count = kernels.buffer(new int[1]);
      kernels.run(
          module, "compact", size(20), size(256), 0, kernels.buffer(values), packed, count, 5000);
      int[] positive = Arrays.stream(values).filter(v -> v > 0).toArray();
      assertThat(kernels.ints(count)).containsExactly(positive.length);
      // Blocks run in order, so the order of the elements is kept, unless it shall be random.
      int[] found = Arrays.copyOf(kernels.ints(packed), positive.length);
      if (options().checks().contains(Check.ORDER)) {
        Arrays.sort(found);
        Arrays.sort(positive);
      }
      assertThat(found).isEqualTo(positive);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void transposeAndStencil(int threads) {
    try (Kernels kernels = kernels(threads)) {
      DeviceModule module = kernels.cuda(SOURCE);
      int width = 70;
      int height = 45;
      float[] x = Kernels.random(width * height, 7);
      DeviceBuffer y = kernels.buffer(new float[x.length]);
      kernels.run(
          module,
          "transpose",
          size(3, 2),
          new Dim3(32, 8, 1),
          0,
          kernels.buffer(x),
          y,
          width,
          height);
      float[] expected = new float[x.length];
      for (int r = 0; r < height; r++) {
        for (int c = 0; c < width; c++) {
          expected[c * height + r] = x[r * width + c];
        }
      }
      assertThat(kernels.floats(y)).isEqualTo(expected);

      int n = 1000;
      float[] line = Kernels.random(n, 8);
      DeviceBuffer smooth = kernels.buffer(new float[n]);
      kernels.run(module, "stencil", size(8), size(128), 0, kernels.buffer(line), smooth, n);
      float[] sums = new float[n];
      for (int i = 0; i < n; i++) {
        for (int k = -3; k <= 3; k++) {
          sums[i] += i + k >= 0 && i + k < n ? line[i + k] : 0;
        }
      }
      assertThat(kernels.floats(smooth)).isEqualTo(sums);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void blocksWaitForEachOther(int threads) {
    try (Kernels kernels = kernels(threads)) {
      int blocks = 9;
      DeviceBuffer result = kernels.buffer(new int[blocks]);
      kernels.run(
          kernels.cuda(SOURCE),
          "grid_barrier",
          size(blocks),
          size(64),
          0,
          kernels.buffer(new int[1]),
          kernels.buffer(new int[blocks]),
          result);
      int sum = 0;
      for (int b = 0; b < blocks; b++) {
        sum += b * b + 1;
      }
      int[] expected = new int[blocks];
      Arrays.fill(expected, sum);
      assertThat(kernels.ints(result)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1})
  void recursionUnderDivergence(int threads) {
    try (Kernels kernels = kernels(threads)) {
      DeviceBuffer y = kernels.buffer(new int[96]);
      kernels.run(kernels.cuda(SOURCE), "recursion", size(1), size(96), 0, y);
      int[] expected = new int[96];
      for (int t = 0; t < 96; t++) {
        int depth = 0;
        for (int n = t + 1; n != 1; depth++) {
          n = n % 2 == 1 ? 3 * n + 1 : n / 2;
        }
        expected[t] = t % 3 == 2 ? -1 : depth;
      }
      assertThat(kernels.ints(y)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 96})
  void lanesOfAWarpWaitForEachOther(int threads) {
    try (Kernels kernels = kernels(2)) {
      DeviceModule module = kernels.cuda(SOURCE);
      DeviceBuffer total = kernels.buffer(new int[1]);
      kernels.run(
          module, "spin_lock", size(2), size(threads), 0, kernels.buffer(new int[1]), total);
      assertThat(kernels.ints(total)).containsExactly(threads * (threads - 1));
      DeviceBuffer out = kernels.buffer(new int[1]);
      kernels.run(module, "handshake", size(1), size(32), 0, out);
      assertThat(kernels.ints(out)).containsExactly(42);
    }
  }
}
