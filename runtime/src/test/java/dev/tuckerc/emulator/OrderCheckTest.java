package dev.tuckerc.emulator;

import static dev.tuckerc.emulator.Kernels.size;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.emulator.check.Check;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Results that depend on the order of warps and blocks are found; others are the same in each.
class OrderCheckTest {
  private static final Set<Check> ORDER = EnumSet.of(Check.ORDER);
  private static final int BLOCKS = 37;

  private static Kernels kernels(int threads, Set<Check> checks, long seed) {
    return new Kernels(
        EmulatorOptions.DEFAULT
            .withThreads(threads)
            .withInstructionBudget(10_000_000)
            .withChecks(checks)
            .withSeed(seed));
  }

  private static void runRacing(
      String kernel, int blocks, int threads, Set<Check> checks, long seed) {
    try (Kernels kernels = kernels(1, checks, seed)) {
      DeviceBuffer out = kernels.buffer(new int[] {1, 1, 1, 1});
      kernels.run(kernels.cuda("scheduling.cu"), kernel, size(blocks), size(threads), 0, out);
      kernels.ints(out);
    }
  }

  @ParameterizedTest
  @CsvSource({"last_wins, 64, 32", "lost_updates, 1, 256", "keeping_step, 1, 64"})
  void dependsOnTheOrder(String kernel, int blocks, int threads) {
    for (long seed = 0; seed < 3; seed++) {
      long each = seed;
      assertThatThrownBy(() -> runRacing(kernel, blocks, threads, ORDER, each))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("kernel " + kernel)
          .hasMessageContaining("depends on the order of warps and blocks")
          .hasMessageContaining("buffer ints, offset ");
      runRacing(kernel, blocks, threads, EnumSet.complementOf(EnumSet.of(Check.ORDER)), each);
    }
  }

  @Test
  void stepsThatAreSaidAreKept() {
    for (long seed = 0; seed < 10; seed++) {
      runRacing("said_order", 1, 64, Check.ALL, seed);
    }
  }

  private static int[] anyOrder(int threads, Set<Check> checks, long seed) {
    try (Kernels kernels = kernels(threads, checks, seed)) {
      int[] in = new Random(5).ints(64L * BLOCKS).toArray();
      DeviceBuffer out = kernels.buffer(new int[64 * BLOCKS + 1]);
      DeviceBuffer sum = kernels.buffer(new int[1]);
      kernels.run(
          kernels.cuda("scheduling.cu"),
          "any_order",
          size(BLOCKS),
          size(64),
          0,
          out,
          kernels.buffer(in),
          sum);
      int[] result = kernels.ints(out);
      result[64 * BLOCKS] = kernels.ints(sum)[0];
      return result;
    }
  }

  @Test
  void sameResultForAllThreadCountsAndSeeds() {
    int[] expected = anyOrder(1, Set.of(), 0);
    for (int threads = 1; threads <= 3; threads++) {
      for (long seed = 0; seed < 6; seed++) {
        assertThat(anyOrder(threads, Set.of(), seed)).isEqualTo(expected);
        assertThat(anyOrder(threads, ORDER, seed)).isEqualTo(expected);
      }
    }
    assertThat(anyOrder(2, Check.ALL, 3)).isEqualTo(expected);
  }

  /// A grid-wide barrier, with and without atomics, whatever the order.
  @ParameterizedTest
  @CsvSource({"1, false", "3, false", "1, true", "3, true"})
  void blocksThatWaitForEachOther(int threads, boolean checked) {
    Set<Check> checks = checked ? Check.ALL : Set.of();
    for (long seed = 0; seed < 2; seed++) {
      try (Kernels kernels = kernels(threads, checks, seed)) {
        DeviceBuffer out = kernels.buffer(new int[64 * 32]);
        DeviceBuffer flags = kernels.buffer(new int[64]);
        kernels.run(
            kernels.cuda("scheduling.cu"), "flag_barrier", size(64), size(32), 0, out, flags);
        assertThat(kernels.ints(out)).containsOnly(64);
        DeviceBuffer values = kernels.buffer(new int[64]);
        kernels.run(
            kernels.cuda("textbook.cu"),
            "grid_barrier",
            size(64),
            size(32),
            0,
            kernels.buffer(new int[1]),
            values,
            out);
        assertThat(kernels.ints(out)[5]).isEqualTo(64 * 63 * 127 / 6 + 64);
      }
    }
  }

  /// Nobody opens the barrier, or more blocks take part than can be under way.
  @ParameterizedTest
  @CsvSource({"64, 3", "3000, 1"})
  void waitsForBlocksThatCannotStart(int blocks, int threads) {
    try (Kernels kernels =
        new Kernels(
            EmulatorOptions.DEFAULT.withThreads(threads).withInstructionBudget(20_000_000))) {
      DeviceBuffer counter = kernels.buffer(new int[] {blocks < 1000 ? -1 : 0});
      DeviceBuffer values = kernels.buffer(new int[blocks]);
      assertThatThrownBy(() ->
              kernels.run(
                  kernels.cuda("textbook.cu"),
                  "grid_barrier",
                  size(blocks),
                  size(32),
                  0,
                  counter,
                  values,
                  values))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("blocks side by side have executed 20000000 instructions")
          .hasMessageContaining(
              blocks < 1000
                  ? "all others of the grid have ended"
                  : "cannot start before one of these ends (the emulator runs at most 1024")
          .hasMessageContaining("(textbook.cu:");
    }
  }

  /// An endless loop ends at the budget, also where it polls, sleeps or runs lane by lane.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          L: nanosleep.u32 20; bra.uni L;
          L: ld.volatile.global.u32 %r1, [%rd2]; setp.eq.u32 %p1, %r1, 7; @%p1 bra L;
          setp.eq.u32 %p2, %r0, 3; @!%p2 bra E; L: ld.volatile.global.u32 %r1, [%rd2]; setp.eq.u32 %p1, %r1, 7; @%p1 bra L; E: add.u32 %r2, %r0, 1;
          setp.eq.u32 %p2, %r0, 3; @!%p2 bra E; L: ld.volatile.global.u32 %r1, [%rd2]; setp.eq.u32 %p1, %r1, 7; @%p1 bra L; E: bar.warp.sync -1;
          .shared .align 8 .b64 m; setp.eq.u32 %p3, %r0, 0; @%p3 mbarrier.init.shared.b64 [m], 2; bar.sync 0; L: mbarrier.try_wait.parity.shared.b64 %p1, [m], 0; mbarrier.expect_tx.relaxed.cta.shared.b64 [m], 16; @!%p1 bra L;
          """)
  void endlessLoops(String body) {
    for (Set<Check> checks : Set.of(Set.<Check>of(), ORDER, Check.ALL)) {
      try (Kernels kernels =
          new Kernels(
              EmulatorOptions.DEFAULT
                  .withThreads(1)
                  .withInstructionBudget(200_000)
                  .withChecks(checks))) {
        DeviceBuffer buffer = kernels.buffer(new int[] {7});
        assertThatThrownBy(
                () -> {
                  kernels.run(kernels.body(body), "test", size(2), size(32), 0, buffer, buffer);
                  kernels.device.synchronize();
                })
            .isInstanceOf(DeviceException.class)
            .hasMessageContaining("an endless loop?");
      }
    }
  }

  @Test
  void doesNotDisturbKernelsOrderedByAtomics() {
    for (long seed = 0; seed < 4; seed++) {
      try (Kernels kernels = kernels(1, ORDER, seed)) {
        DeviceBuffer count = kernels.buffer(new int[1]);
        DeviceBuffer in = kernels.buffer(new Random(1).ints(1000, -5, 5).toArray());
        DeviceBuffer out = kernels.buffer(new int[1000]);
        assertThatCode(() ->
                kernels.run(
                    kernels.cuda("textbook.cu"),
                    "compact",
                    size(8),
                    size(128),
                    0,
                    in,
                    out,
                    count,
                    1000))
            .doesNotThrowAnyException();
      }
    }
  }
}
