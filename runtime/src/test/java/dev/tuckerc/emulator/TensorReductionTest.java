package dev.tuckerc.emulator;

import static dev.tuckerc.emulator.TensorCopies.STORED;
import static dev.tuckerc.emulator.TensorCopies.random;
import static dev.tuckerc.emulator.TensorCopies.store;
import static dev.tuckerc.emulator.TensorCopies.tensor;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.emulator.TensorCopies.Tensor;
import dev.tuckerc.emulator.check.Check;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Reductions of boxes of a tensor, and of plain bytes, against plain Java.
class TensorReductionTest {
  @ParameterizedTest
  @CsvSource({"add", "min", "max", "and", "or", "xor", "inc", "dec"})
  void reductions(String kind) {
    Tensor tensor = tensor("UINT32 10x6 48 8x4 1x1 NONE ZERO 0");
    byte[] before = random(tensor.bytes());
    byte[] box = random(8 * 4 * 4);
    String issue =
        "cp.reduce.async.bulk.tensor.2d.global.shared::cta."
            + kind
            + ".tile.bulk_group [%rd1, {COORDINATES}], [%r1];\n"
            + STORED;
    try (Kernels kernels = new Kernels()) {
      byte[] after = store(kernels, tensor, before, box, new int[] {4, 3}, issue);
      byte[] expected = before.clone();
      for (int e = 0; e < 32; e++) {
        int target = tensor.source(e, new int[] {4, 3});
        if (target >= 0) {
          int old = MemorySegment.ofArray(before).get(WORD, target);
          int value = MemorySegment.ofArray(box).get(WORD, 4L * e);
          MemorySegment.ofArray(expected).set(WORD, target, combine(kind, old, value));
        }
      }
      assertThat(after).isEqualTo(expected);
    }
  }

  private static final java.lang.foreign.ValueLayout.OfInt WORD =
      java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

  private static int combine(String kind, int old, int value) {
    long a = Integer.toUnsignedLong(old);
    long b = Integer.toUnsignedLong(value);
    return (int)
        switch (kind) {
          case "add" -> a + b;
          case "min" -> Math.min(a, b);
          case "max" -> Math.max(a, b);
          case "and" -> a & b;
          case "or" -> a | b;
          case "xor" -> a ^ b;
          case "inc" -> a >= b ? 0 : a + 1;
          default -> a == 0 || a > b ? b : a - 1;
        };
  }

  @Test
  void reductionOfHalves() {
    Tensor tensor = tensor("FLOAT16 16x2 32 16x2 1x1 NONE ZERO 0");
    short[] one = new short[32];
    Arrays.fill(one, Float.floatToFloat16(1.5f));
    byte[] box = new byte[64];
    MemorySegment.ofArray(box).copyFrom(MemorySegment.ofArray(one));
    String issue =
        "cp.reduce.async.bulk.tensor.2d.global.shared::cta.add.tile.bulk_group"
            + " [%rd1, {COORDINATES}], [%r1];\n"
            + STORED;
    try (Kernels kernels = new Kernels()) {
      byte[] after = store(kernels, tensor, box, box, new int[] {0, 0}, issue);
      short[] found = new short[32];
      MemorySegment.ofArray(found).copyFrom(MemorySegment.ofArray(after));
      assertThat(found).containsOnly(Float.floatToFloat16(3f));
    }
  }

  /// `cp.reduce.async.bulk` to shared memory with a barrier, then to global memory.
  @Test
  void bulkReductions() {
    String body =
        """
        .shared .align 16 .b8 part[128];
        .shared .align 16 .b8 sum[128];
        .shared .align 8 .b64 bar;
        shl.b32 %r1, %r0, 2;
        mov.u32 %r2, part;
        add.u32 %r2, %r2, %r1;
        mov.u32 %r3, sum;
        add.u32 %r3, %r3, %r1;
        st.shared.u32 [%r2], %r0;
        mov.u32 %r4, 1000;
        st.shared.u32 [%r3], %r4;
        setp.eq.u32 %p1, %r0, 0;
        mov.u32 %r5, bar;
        mov.u32 %r6, part;
        mov.u32 %r7, sum;
        @%p1 mbarrier.init.shared::cta.b64 [%r5], 1;
        fence.proxy.async;
        bar.sync 0;
        @%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r5], 128;
        @%p1 cp.reduce.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes.add.u32 [%r7], [%r6], 128, [%r5];
        WAIT:
        mbarrier.try_wait.parity.shared::cta.b64 %p3, [%r5], 0;
        @!%p3 bra WAIT;
        @%p1 cp.reduce.async.bulk.global.shared::cta.bulk_group.add.s32 [%rd1], [%r7], 128;
        @%p1 cp.async.bulk.commit_group;
        @%p1 cp.async.bulk.wait_group 0;
        """;
    for (Set<Check> checks : List.of(Set.<Check>of(), Set.of(Check.ASYNC_COPIES))) {
      try (Kernels kernels = new Kernels(EmulatorOptions.DEFAULT.withChecks(checks))) {
        int[] before = IntStream.range(0, 32).map(i -> 7 * i).toArray();
        DeviceBuffer out = kernels.buffer(before);
        kernels.run(kernels.body(body), "test", Kernels.size(1), Kernels.size(32), 0, out, out);
        assertThat(Arrays.stream(kernels.ints(out)).boxed().collect(Collectors.toList()))
            .isEqualTo(IntStream.range(0, 32).mapToObj(i -> 8 * i + 1000).toList());
      }
    }
  }
}
