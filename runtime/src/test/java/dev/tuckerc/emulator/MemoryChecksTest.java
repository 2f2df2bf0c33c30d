package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.emulator.check.Check;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Each memory check finds its defects, names both sides, and is silent about correct twins; the
/// other checks are silent about both.
class MemoryChecksTest {
  private static final String SOURCE = "twins.cu";

  /// Runs a kernel of [#SOURCE] on 128 numbers; the result holds 64 of zero and 64 unwritten.
  private static int[] run(String kernel, int blocks, int threads, Set<Check> checks) {
    try (Kernels kernels = new Kernels(EmulatorOptions.DEFAULT.withChecks(checks))) {
      DeviceBuffer x = kernels.buffer(IntStream.range(0, 128).map(i -> 3 * i + 1).toArray());
      DeviceBuffer y = kernels.device.allocate(4 * 192, "result");
      kernels.device.upload(y, 0, MemorySegment.ofArray(new int[64]));
      kernels.run(
          kernels.cuda(SOURCE), kernel, Kernels.size(blocks), Kernels.size(threads), 0, x, y);
      return kernels.ints(y);
    }
  }

  @Test
  void bytesOfBuffersAndDiscardedBuffers() {
    Set<Check> initialization = Set.of(Check.INITIALIZATION);
    try (Kernels kernels = new Kernels(EmulatorOptions.DEFAULT.withChecks(initialization))) {
      DeviceBuffer out = kernels.buffer(new int[4]);
      DeviceBuffer in = kernels.device.allocate(16, "numbers");
      DeviceModule all = kernels.body("ld.global.v4.u32 {%r1,%r2,%r3,%r4}, [%rd2];");
      DeviceModule three =
          kernels.body("ld.global.v2.u32 {%r1,%r2}, [%rd2]; ld.global.u32 %r3, [%rd2+8];");
      kernels.device.upload(in, 0, MemorySegment.ofArray(new int[3]));
      kernels.run(three, "test", Kernels.size(1), Kernels.size(1), 0, out, in);
      assertThatThrownBy(
              () -> kernels.run(all, "test", Kernels.size(1), Kernels.size(1), 0, out, in))
          .hasMessageContaining(
              "thread (0,0,0): read of 16 bytes: uninitialised memory: nothing has written buffer"
                  + " numbers at offset 12");
      kernels.device.upload(in, 12, MemorySegment.ofArray(new int[1]));
      kernels.run(all, "test", Kernels.size(1), Kernels.size(1), 0, out, in);
      kernels.device.discard(in);
      assertThatThrownBy(
              () -> kernels.run(all, "test", Kernels.size(1), Kernels.size(1), 0, out, in))
          .hasMessageContaining("nothing has written buffer numbers at offset 0");
    }
  }

  /// Line of the source that holds a text, in the kernel of a name.
  private static int line(String kernel, String text) {
    String[] lines = Kernels.text(SOURCE).split("\n");
    int at = 0;
    while (!lines[at].startsWith("TWINS") || !lines[at].contains("(" + kernel)) {
      at++;
    }
    int parts = text.endsWith("#2") ? 2 : 1;
    String wanted = text.replace("#2", "");
    for (; ; at++) {
      if (lines[at].contains(wanted) && --parts == 0) {
        return at + 1;
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
"""
          init_shared          | 1 | 64 | INITIALIZATION | y[t] = s     |               | thread (63,0,0): read of 4 bytes: uninitialised memory: nothing has written shared memory of block (0,0,0) at offset 256
          init_half_word       | 1 | 64 | INITIALIZATION | y[t] = *     |               | nothing has written shared memory of block (0,0,0) at offset
          init_local           | 1 | 64 | INITIALIZATION | y[t] = a     |               | nothing has written local memory at offset
          init_copy            | 1 | 64 | INITIALIZATION |              |               | nothing has written buffer result at offset 256
          init_atomic          | 1 | 64 | INITIALIZATION | atomicAdd    |               | atomic of 4 bytes: uninitialised memory
          race_no_barrier      | 1 | 64 | RACES          | y[t] = s     | s[t] = x[t]   | no barrier is between them (__syncthreads(), or an mbarrier)
          race_reused_tile     | 1 | 64 | RACES          |              |               | no barrier is between them (__syncthreads(), or an mbarrier)
          race_no_syncwarp     | 1 | 32 | RACES          | y[t] = s     | s[t] = x[t]   | thread (0,0,0): race on shared memory of block (0,0,0) at offset 4: read of 4 bytes and the write of thread (1,0,0) of block (0,0,0)
          race_partial_syncwarp | 1 | 32 | RACES         | y[t] = s     | s[t] = x[t]   | no __syncwarp() or barrier is between them
          race_same_place      | 1 | 32 | RACES          | s[0] =       | s[0] =        | thread (1,0,0): race on shared memory of block (0,0,0) at offset 0: write of 4 bytes and the write of thread (0,0,0)
          race_blocks_write    | 3 | 64 | RACES          | y[CORRECT    | y[CORRECT     | block (1,0,0), thread (0,0,0): race on buffer result at offset 0: write of 4 bytes and the write of thread (0,0,0) of block (0,0,0)
          race_in_place_stencil | 1 | 64 | RACES         |              |               | and the
          race_bytes           | 1 | 32 | RACES          | b[CORRECT    | b[CORRECT     | thread (1,0,0): race on buffer result at offset 0: write of 1 byte and the write of thread (0,0,0)
          race_atomic_and_read | 1 | 64 | RACES          | y[t] = count | atomicAdd     | and the atomic or volatile access of
          race_named_barrier   | 1 | 64 | RACES          |              |               | no barrier is between them
          race_memory_barrier  | 1 | 64 | RACES          |              |               | no barrier is between them
          race_barrier_init    | 1 | 64 | RACES          |              |               | mbarrier operation of 8 bytes and the write of thread (0,0,0)
          race_fence_before    | 3 | 32 | RACES          | sum += values | values[blockIdx | nothing orders their blocks
          race_fence_after     | 3 | 32 | RACES          | sum += values | values[blockIdx | nothing orders their blocks
          race_spin_lock       | 4 | 32 | RACES          | y[1] +=      | y[1] +=       | nothing orders their blocks
          race_release_acquire | 2 | 32 | RACES          | y[65 + t]    | y[1 + t] =    | nothing orders their blocks
          race_cluster         | 2 | 64 | RACES          |              |               | no barrier of the cluster is between them
          race_copy_without_barrier | 1 | 64 | RACES     | y[t] = s     |               | no barrier is between them
          race_copy_overwrites | 1 | 64 | RACES          |              | y[t] = s      | no barrier is between them
          async_no_wait        | 1 | 64 | ASYNC_COPIES   | y[t] = s     |               | which cp.async may still be writing, issued by thread (0,0,0) of block (0,0,0) at PTX line
          async_wrong_group    | 1 | 64 | ASYNC_COPIES   | y[t] = s     |               | which cp.async may still be writing
          async_overwritten    | 1 | 64 | ASYNC_COPIES   | s[t] = 1     |               | write of 4 bytes of shared memory of block (0,0,0) at offset 0, which cp.async may still be writing
          async_bulk_no_wait   | 1 | 64 | ASYNC_COPIES   | y[t] = s     |               | which an asynchronous copy may still be writing, issued by thread (0,0,0) of block (0,0,0)
          async_store_source   | 1 | 64 | ASYNC_COPIES   | s[t] = 9     |               | the source that cp.async.bulk may still be reading
          async_store_result   | 1 | 64 | ASYNC_COPIES   | y[64] = y[3] |               | buffer result at offset 12, which cp.async.bulk may still be writing
          async_no_proxy_fence | 1 | 64 | ASYNC_COPIES   |              | s[t] = x[t]   | without a fence.proxy.async
""")
  void twins(
      String kernel,
      int blocks,
      int threads,
      Check check,
      String here,
      String there,
      String message) {
    assertThatThrownBy(() -> run(kernel + "_broken", blocks, threads, Set.of(check)))
        .isInstanceOf(DeviceException.class)
        .hasMessageStartingWith("kernel " + kernel + "_broken, PTX line ")
        .hasMessageContaining(here == null ? "(twins.cu:" : "(twins.cu:" + line(kernel, here) + ")")
        .hasMessageContaining(
            there == null ? "(twins.cu:" : "(twins.cu:" + line(kernel, there) + ")")
        .hasMessageContaining(message);
    // The order of warps and blocks shows in what a racing kernel computes, so that check may
    // speak.
    EnumSet<Check> others = EnumSet.complementOf(EnumSet.of(check, Check.ORDER));
    run(kernel + "_broken", blocks, threads, others);
    int[] checked = run(kernel + "_correct", blocks, threads, Check.ALL);
    assertThat(checked).isEqualTo(run(kernel + "_correct", blocks, threads, Set.of()));
  }
}
