package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.Dim3;
import java.nio.IntBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Random programs give the same bits, the same counters and, where they fail, the same message,
/// whether uniform values are computed once or for each lane, whether hot blocks are translated,
/// and whatever the number of threads.
class DifferentialTest {
  private static final int PROGRAMS = Integer.getInteger("tuckerc.fuzz.programs", 300);
  private static final long FIRST = Long.getLong("tuckerc.fuzz.first", 0);
  private static final int[] IN = new Random(7).ints(64).toArray();
  private static final List<Dim3> BLOCKS =
      List.of(new Dim3(64, 1, 1), new Dim3(37, 2, 1), new Dim3(32, 3, 1));
  private static final int GRID = 3;

  /// What a program did: memory and counters, or the message of its failure.
  private record Outcome(IntBuffer memory, String counters, long instructions) {}

  private static Outcome run(String module, EmulatorOptions options, Dim3 block) {
    int words = 64 + (int) (GRID * block.count() * RandomPrograms.THREAD_BYTES / 4);
    try (Kernels kernels = new Kernels(options, 0)) {
      DeviceBuffer out = kernels.buffer(new int[words]);
      DeviceBuffer in = kernels.buffer(IN);
      kernels.run(
          kernels.device.load(module, "random.ptx"), "test", Kernels.size(GRID), block, 0, out, in);
      return new Outcome(
          IntBuffer.wrap(kernels.ints(out)),
          kernels.device.lastCounters().toString(),
          kernels.device.lastCounters().instructions());
    } catch (DeviceException failure) {
      return new Outcome(IntBuffer.allocate(0), String.valueOf(failure.getMessage()), 0);
    }
  }

  private static void agree(String way, long seed, Outcome expected, Outcome actual) {
    assertThat(actual.counters).as("%s, seed %d", way, seed).isEqualTo(expected.counters);
    int word = actual.memory.mismatch(expected.memory);
    assertThat(word).as("%s, seed %d: the first word that differs", way, seed).isEqualTo(-1);
  }

  @Test
  void allWaysToRunAgree() {
    int failures = 0;
    long instructions = 0;
    for (long seed = FIRST; seed < FIRST + PROGRAMS; seed++) {
      String module = RandomPrograms.module(seed);
      Dim3 block = BLOCKS.get((int) (seed % 3));
      EmulatorOptions plain =
          EmulatorOptions.DEFAULT
              .withThreads(1)
              .withInstructionBudget(10_000_000)
              .withCounting(seed % 2 == 0)
              .withScalarized(false)
              .withTranslated(false);
      Outcome expected = run(module, plain, block);
      // Where several threads fail, which is first is defined for one worker only.
      boolean failed = !expected.memory.hasRemaining();
      EmulatorOptions more = failed ? plain : plain.withThreads(2);
      agree("scalarized", seed, expected, run(module, plain.withScalarized(true), block));
      agree("translated", seed, expected, run(module, more.withTranslated(true), block));
      EmulatorOptions both = plain.withScalarized(true).withTranslated(true);
      agree("scalarized and translated", seed, expected, run(module, both, block));
      failures += failed ? 1 : 0;
      assertThat(failed && seed % 10 != 9)
          .as("seed %d is not to fail: %s", seed, expected.counters)
          .isFalse();
      instructions += expected.instructions;
    }
    System.out.printf(
        "%d programs from seed %d, %d failed as intended, %d warp instructions%n",
        PROGRAMS, FIRST, failures, instructions);
    assertThat(failures).isBetween(PROGRAMS / 50, PROGRAMS / 10 + 1);
  }
}
