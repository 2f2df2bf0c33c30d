package dev.tuckerc.emulator;

import static dev.tuckerc.emulator.Kernels.size;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.emulator.check.Check;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Broken use of barriers is found, and by the check of barriers alone; right use is not.
class BarrierCheckTest {
  private static final Set<Check> OTHERS = EnumSet.complementOf(EnumSet.of(Check.BARRIERS));

  private static EmulatorOptions options(Set<Check> checks, long seed) {
    return EmulatorOptions.DEFAULT
        .withThreads(1)
        .withInstructionBudget(1_000_000)
        .withChecks(checks)
        .withSeed(seed);
  }

  private static int[] input() {
    return IntStream.range(0, 128).map(i -> 3 * i + 1).toArray();
  }

  private static int[] runBody(String body, int threads, Set<Check> checks) {
    try (Kernels kernels = new Kernels(options(checks, 1))) {
      DeviceModule module = kernels.body(body);
      DeviceBuffer out = kernels.buffer(new int[256]);
      kernels.run(module, "test", size(1), size(threads), 0, out, kernels.buffer(input()));
      return kernels.ints(out);
    }
  }

  private static int[] run(String kernel, int threads, Set<Check> checks, long seed) {
    try (Kernels kernels = new Kernels(options(checks, seed))) {
      DeviceModule module = kernels.cuda("scheduling.cu");
      DeviceBuffer out = kernels.buffer(new int[256]);
      kernels.run(module, kernel, size(1), size(threads), 0, out, kernels.buffer(input()));
      return kernels.ints(out);
    }
  }

  /// Bodies that the emulated hardware lets pass.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          32 | setp.lt.u32 %p1, %r0, 16; @%p1 shfl.sync.idx.b32 %r1, %r0, 0, 31, -1; | by lanes 0x0000ffff only
          32 | setp.lt.u32 %p1, %r0, 5; @%p1 vote.sync.any.pred %p2, %p1, 0xff; | 0x000000e0 as well
          32 | setp.lt.u32 %p1, %r0, 5; @%p1 bra A; add.u32 %r1, %r0, 1; bra.uni B; A: bar.sync 0; B: add.u32 %r2, %r0, 2; | barrier divergence: lanes 0x0000001f of warp 0 wait at barrier 0
          64 | setp.lt.u32 %p1, %r0, 32; @%p1 bra A; bar.sync 0; bra.uni B; A: bar.sync 0; B: add.u32 %r2, %r0, 2; | warps 0 and 1 meet at barrier 0 by different instructions
          64 | setp.lt.u32 %p1, %r0, 32; @%p1 bra A; bar.sync 1, 64; bra.uni B; A: bar.arrive 1, 64; bar.arrive 1, 64; B: add.u32 %r2, %r0, 2; | arrives at barrier 1 again
          64 | setp.lt.u32 %p1, %r0, 32; @%p1 bra A; bar.sync 0; bra.uni B; A: bar.red.popc.u32 %r1, 0, %p1; B: add.u32 %r2, %r0, 2; | the same kind of instruction
          32 | setp.lt.u32 %p1, %r0, 5; @%p1 bra A; barrier.cluster.arrive; bra.uni B; A: barrier.cluster.arrive; B: barrier.cluster.arrive; barrier.cluster.wait; | barrier.cluster.arrive for the second time
          32 | setp.lt.u32 %p1, %r0, 5; @%p1 bra A; bar.warp.sync 0xffffffff; bra.uni B; A: add.u32 %r2, %r0, 2; B: add.u32 %r3, %r0, 2; | wait at a .sync instruction that names them
          """)
  void onlyTheCheckFinds(int threads, String body, String message) {
    assertThatThrownBy(() -> runBody(body, threads, EnumSet.of(Check.BARRIERS)))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("kernel test, PTX line ")
        .hasMessageContaining("block (0,0,0)")
        .hasMessageContaining(message);
    runBody(body, threads, OTHERS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          early_return      | 64 | barrier divergence: lanes 0x000fffff of warp 0 wait at barrier 0, but lanes 0xfff00000 leave the kernel without it
          skipped_at_end    | 64 | barrier divergence: lanes 0x000000ff of warp 1 wait at barrier 0
          divergent_barrier | 64 | barrier divergence: lanes 0x0000ffff of warp 0 wait at barrier 0, but lanes 0xffff0000
          absent_lanes      | 32 | took another way
          """)
  void kernelsThatTheHardwareLetsPass(String kernel, int threads, String message) {
    for (long seed = 0; seed < 4; seed++) {
      long each = seed;
      assertThatThrownBy(() -> run(kernel, threads, EnumSet.of(Check.BARRIERS), each))
          .hasMessageContaining("kernel " + kernel)
          .hasMessageContaining("(scheduling.cu:")
          .hasMessageContaining(message);
      run(kernel, threads, OTHERS, each);
    }
  }

  /// Barriers that never complete end the launch whatever is checked, and name everyone who waits.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          64 | setp.ge.u32 %p1, %r0, 32; @%p1 ret; bar.sync 1, 64; | deadlock: no thread can go on. 32 of 64 threads have arrived at barrier 1; warp 0: waits at barrier 1 at PTX line ; warp 1: exited
          96 | setp.ge.u32 %p1, %r0, 32; @%p1 bra A; bar.sync 1, 96; ret; A: bar.sync 2; | warp 0: waits at barrier 1 ; warps 1, 2: waits at barrier 2
          32 | setp.lt.u32 %p1, %r0, 5; @%p1 bra A; bar.sync 0; bra.uni B; A: shfl.sync.idx.b32 %r1, %r0, 0, 31, -1; B: | for lanes 0xffffffe0, which take part there
          64 | .shared .align 8 .b64 m; setp.ge.u32 %p2, %r0, 1; @!%p2 mbarrier.init.shared.b64 [m], 2; bar.sync 0; @%p2 bra W; mbarrier.arrive.shared.b64 %rd3, [m]; W: mbarrier.try_wait.parity.shared.b64 %p1, [m], 0; @!%p1 bra W; | the mbarrier at shared address 0 waits for 1 of 2 arrivals in the phase with parity 0
          """)
  void deadlocks(int threads, String body, String message) {
    for (Set<Check> checks : Set.of(Set.<Check>of(), Check.ALL)) {
      for (String part : message.split(" ; ")) {
        assertThatThrownBy(() -> runBody(body, threads, checks))
            .isInstanceOf(DeviceException.class)
            .hasMessageContaining("deadlock")
            .hasMessageContaining(part);
      }
    }
  }

  @Test
  void reinitialisedWhileWaitedFor() {
    String body =
        """
        .shared .align 8 .b64 m;
        setp.ne.u32 %p3, %r0, 0;
        @%p3 bra S;
        mbarrier.init.shared.b64 [m], 2;
        S: bar.sync 0;
        setp.lt.u32 %p2, %r0, 32;
        @%p2 bra W;
        nanosleep.u32 100;
        nanosleep.u32 100;
        setp.ne.u32 %p4, %r0, 32;
        @%p4 bra E;
        mbarrier.init.shared.b64 [m], 1;
        mbarrier.arrive.shared.b64 %rd3, [m];
        bra.uni E;
        W: mbarrier.try_wait.parity.shared.b64 %p1, [m], 0;
        @!%p1 bra W;
        E: add.u32 %r2, %r0, 2;
        """;
    assertThatThrownBy(() -> runBody(body, 64, EnumSet.of(Check.BARRIERS)))
        .hasMessageContaining(
            "mbarrier at shared address 0 is initialised while warp 0 tests in vain");
    runBody(body, 64, EnumSet.noneOf(Check.class));
  }

  @ParameterizedTest
  @ValueSource(strings = {"short_circuit", "short_circuit_shuffle", "specialised", "half_masks"})
  void rightUse(String kernel) {
    int[] expected = run(kernel, 64, Set.of(), 0);
    for (long seed = 0; seed < 8; seed++) {
      assertThat(run(kernel, 64, Check.ALL, seed)).isEqualTo(expected);
    }
  }

  /// Threads that have left no longer count, in every round and in every warp.
  @Test
  void roundsThatShedLanes() {
    int[] out = run("shedding", 128, Set.of(), 0);
    for (int t = 0; t < 128; t++) {
      assertThat(out[t]).as("thread %d", t).isEqualTo(1 + Math.min(6, t / 20));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          read_of_exited  | shfl.sync reads lane 16, which has left the kernel
          read_of_unnamed | shfl.sync reads lane 16, which the member mask does not name
          """)
  void readsOfLanesThatDoNotTakePart(String kernel, String message) {
    assertThatThrownBy(() -> run(kernel, 64, EnumSet.of(Check.BARRIERS), 0))
        .hasMessageContaining("(scheduling.cu:")
        .hasMessageContaining(message);
    assertThatThrownBy(() -> run(kernel, 64, EnumSet.of(Check.ORDER), 0))
        .hasMessageContaining("depends on the order");
  }

  /// What a lane reads of one that is not there is never zero, and another for every seed.
  @Test
  void undefinedValuesDependOnTheSeed() {
    int[] one = run("read_of_exited", 64, Set.of(), 1);
    int[] other = run("read_of_exited", 64, Set.of(), 2);
    assertThat(one[0]).isNotZero().isNotEqualTo(other[0]);
    assertThat(run("read_of_exited", 64, Set.of(), 1)).isEqualTo(one);
  }

  @Test
  void halfMasksVoteApart() {
    int[] out = run("half_masks", 64, Set.of(), 0);
    int[] in = input();
    for (int t = 0; t < 64; t++) {
      assertThat(out[t]).isEqualTo(in[t / 16 * 16 + 3] + 1600 + ((t & 16) == 0 ? 1 : 0));
    }
  }
}
