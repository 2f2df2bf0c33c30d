package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.Dim3;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Random programs give the same bits whether uniform values are computed once or for each lane,
/// and whatever the number of threads.
class DifferentialTest {
  private static final int PROGRAMS = Integer.getInteger("tuckerc.fuzz.programs", 400);

  private static int[] run(String body, EmulatorOptions options, Dim3 block, int[] in) {
    try (Kernels kernels = new Kernels(options)) {
      DeviceBuffer out = kernels.buffer(new int[(int) (3 * block.count() * 14)]);
      kernels.run(kernels.body(body), "test", Kernels.size(3), block, 0, out, kernels.buffer(in));
      return kernels.ints(out);
    }
  }

  @Test
  void scalarizedAndLaneByLaneAgree() {
    int[] in = new Random(7).ints(64).toArray();
    EmulatorOptions fast = EmulatorOptions.DEFAULT.withInstructionBudget(10_000_000);
    for (int seed = 0; seed < PROGRAMS; seed++) {
      String body = RandomPrograms.body(seed);
      Dim3 block =
          seed % 3 == 0
              ? new Dim3(64, 1, 1)
              : seed % 3 == 1 ? new Dim3(37, 2, 1) : new Dim3(32, 3, 1);
      int[] once = run(body, fast.withThreads(1), block, in);
      int[] each = run(body, fast.withThreads(2).withScalarized(false), block, in);
      assertThat(once).as("program of seed %d", seed).isEqualTo(each);
    }
  }
}
