package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.emulator.check.Check;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Stores that tell a barrier, atomics of vectors and of 128 bits, and states of barriers.
class AsyncStoresTest {

  private static int[] run(String body, int threads, int[] before, Set<Check> checks) {
    try (Kernels kernels = new Kernels(EmulatorOptions.DEFAULT.withChecks(checks))) {
      DeviceBuffer out = kernels.buffer(before);
      kernels.run(kernels.body(body), "test", Kernels.size(1), Kernels.size(threads), 0, out, out);
      return kernels.ints(out);
    }
  }

  /// Thread 0 expects the bytes; all threads store; all wait and read their neighbour's part.
  private static final String EXCHANGE =
      """
      .shared .align 16 .b8 part[512];
      .shared .align 8 .b64 bar;
      shl.b32 %%r1, %%r0, 4;
      mov.u32 %%r2, part;
      add.u32 %%r2, %%r2, %%r1;
      xor.b32 %%r3, %%r1, 16;
      mov.u32 %%r4, part;
      add.u32 %%r4, %%r4, %%r3;
      mov.u32 %%r10, 100; st.shared.v4.u32 [%%r2], {%%r10, %%r10, %%r10, %%r10};
      setp.eq.u32 %%p1, %%r0, 0;
      @%%p1 mbarrier.init.shared::cta.b64 [bar], 1;
      bar.sync 0;
      @%%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], %d;
      bar.sync 0;
      add.u32 %%r11, %%r0, 1000; add.u32 %%r12, %%r0, 2000; add.u32 %%r13, %%r0, 3000; add.u32 %%r14, %%r0, 4000;
      mov.b64 %%rd5, {%%r11, %%r12};
      %s
      WAIT:
      mbarrier.try_wait.parity.shared::cta.b64 %%p2, [bar], 0;
      @!%%p2 bra WAIT;
      ld.shared.v4.u32 {%%r20, %%r21, %%r22, %%r23}, [%%r4];
      mul.wide.u32 %%rd3, %%r0, 16;
      add.s64 %%rd4, %%rd1, %%rd3;
      st.global.v4.u32 [%%rd4], {%%r20, %%r21, %%r22, %%r23};
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          st.async.weak.shared::cluster.mbarrier::complete_tx::bytes.v4.u32 [%r2], {%r11, %r12, %r13, %r14}, [bar]; | 512 | 1000 | 2000 | 3000 | 4000
          st.async.shared::cluster.mbarrier::complete_tx::bytes.b64 [%r2], %rd5, [bar]; | 256 | 1000 | 2000 | 100 | 100
          st.async.shared::cluster.mbarrier::complete_tx::bytes.u32 [%r2+4], %r12, [bar]; | 128 | 100 | 2000 | 100 | 100
          red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes.add.u32 [%r2], %r11, [bar]; | 128 | 1100 | 100 | 100 | 100
          red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes.min.s32 [%r2+8], -7, [bar]; | 128 | 100 | 100 | -7 | 100
          """)
  void storesThatTellABarrier(
      String code, int bytes, int first, int second, int third, int fourth) {
    int[] values = {first, second, third, fourth};
    for (Set<Check> checks : java.util.List.of(Set.<Check>of(), Set.of(Check.ASYNC_COPIES))) {
      int[] found = run(EXCHANGE.formatted(bytes, code), 32, new int[128], checks);
      for (int i = 0; i < 128; i++) {
        int value = values[i % 4];
        assertThat(found[i]).isEqualTo(value >= 1000 ? value + (i / 4 ^ 1) : value);
      }
    }
  }

  @Test
  void unwaitedStoresAreFound() {
    String code =
        "st.async.shared::cluster.mbarrier::complete_tx::bytes.u32 [%r2], %r12, [bar];\n"
            + "ld.shared.u32 %r20, [%r2]; st.global.u32 [%rd1], %r20; bra DONE;\n";
    String body = EXCHANGE.formatted(128, code) + "DONE:\n";
    assertThatThrownBy(() -> run(body, 1, new int[4], Set.of(Check.ASYNC_COPIES)))
        .hasMessageContaining("which an asynchronous copy may still be writing");
    assertThat(run(body, 1, new int[4], Set.of())[0]).isEqualTo(2000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"red.global.add.v4.f32", "red.relaxed.gpu.global.v4.f32.add"})
  void vectorSums(String opcode) {
    float[] one = {1.5f, 2f, -3f, 0.25f};
    String body =
        "mov.f32 %f1, 0f3fc00000; mov.f32 %f2, 0f40000000; mov.f32 %f3, 0fc0400000; mov.f32 %f4,"
            + " 0f3e800000;\n"
            + opcode
            + " [%rd1], {%f1, %f2, %f3, %f4};\n";
    int[] found = run(body, 32, new int[4], Set.of());
    for (int i = 0; i < 4; i++) {
      assertThat(Float.intBitsToFloat(found[i])).isEqualTo(32 * one[i]);
    }
  }

  @Test
  void vectorAtomicsReturnOldValues() {
    String body =
        """
        mov.u32 %r1, 0x3c004000;
        atom.global.add.noftz.v2.f16x2 {%r2, %r3}, [%rd1], {%r1, %r1};
        atom.global.v2.f16x2.max.noftz {%r4, %r5}, [%rd1], {%r3, %r3};
        st.global.v4.u32 [%rd1+16], {%r2, %r3, %r4, %r5};
        """;
    int[] before = {0x3c003c00, 0x44000000, 0, 0, 0, 0, 0, 0};
    assertThat(run(body, 1, before, Set.of()))
        .containsExactly(
            0x44004200, 0x45004000, 0, 0, 0x3c003c00, 0x44000000, 0x40004200, 0x45004000);
    assertThatThrownBy(() ->
            run("red.global.add.v4.f32 [%rd1+8], {%f1, %f2, %f3, %f4};", 1, new int[8], Set.of()))
        .hasMessageContaining("misaligned global address");
  }

  @Test
  void wholeValuesOf128Bits() {
    String body =
        """
        .reg .b128 %q<4>;
        mov.u64 %rd3, 7; mov.u64 %rd4, 8;
        mov.b128 %q0, {%rd3, %rd4};
        atom.global.exch.b128 %q1, [%rd1], %q0;
        st.global.b128 [%rd1+16], %q1;
        atom.global.cas.b128 %q2, [%rd1], %q1, %q0;
        atom.global.cas.b128 %q2, [%rd1], %q0, %q1;
        st.global.b128 [%rd1+32], %q2;
        """;
    int[] before = new int[12];
    Arrays.setAll(before, i -> i < 4 ? i + 1 : 0);
    assertThat(run(body, 1, before, Set.of())).containsExactly(1, 2, 3, 4, 1, 2, 3, 4, 7, 0, 8, 0);
  }

  @Test
  void sumsInGlobalMemoryFlushSubnormalNumbers() {
    String body =
        """
        .shared .align 4 .b8 s[4];
        mov.f32 %f1, 0f00000001;
        st.shared.f32 [s], %f1;
        atom.shared.add.f32 %f2, [s], %f1;
        ld.shared.u32 %r1, [s];
        st.global.u32 [%rd1+4], %r1;
        red.global.add.f32 [%rd1], %f1;
        red.add.f32 [%rd1+8], %f1;
        """;
    assertThat(run(body, 1, new int[] {5, 0, 0x80000007, 0}, Set.of())).containsExactly(0, 2, 0, 0);
  }

  @Test
  void statesOfBarriers() {
    String body =
        """
        .shared .align 8 .b64 bar;
        mbarrier.init.shared.b64 [bar], 5;
        mbarrier.arrive.noComplete.shared.b64 %rd3, [bar], 2;
        mbarrier.pending_count.b64 %r1, %rd3;
        mbarrier.arrive.shared.b64 %rd4, [bar];
        mbarrier.pending_count.b64 %r2, %rd4;
        mbarrier.test_wait.shared.b64 %p1, [bar], %rd4;
        selp.u32 %r3, 1, 0, %p1;
        mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [bar], 32;
        mbarrier.arrive_drop.expect_tx.shared::cta.b64 %rd5, [bar], 16;
        mbarrier.arrive.release.cluster.shared::cluster.b64 _, [bar];
        mbarrier.test_wait.shared.b64 %p2, [bar], %rd4;
        selp.u32 %r4, 1, 0, %p2;
        mbarrier.complete_tx.relaxed.cta.shared::cta.b64 [bar], 48;
        mbarrier.test_wait.acquire.cta.shared::cta.b64 %p3, [bar], %rd4;
        selp.u32 %r5, 1, 0, %p3;
        mbarrier.arrive.shared.b64 %rd6, [bar], 4;
        mbarrier.pending_count.b64 %r6, %rd6;
        mbarrier.try_wait.parity.shared.b64 %p4, [bar], 1, 100;
        selp.u32 %r7, 1, 0, %p4;
        st.global.v4.u32 [%rd1], {%r1, %r2, %r3, %r4};
        st.global.v4.u32 [%rd1+16], {%r5, %r6, %r7, %r7};
        """;
    // Five are expected, four after the drop; the second phase is then complete too.
    assertThat(run(body, 1, new int[8], Set.of())).containsExactly(5, 3, 0, 0, 1, 4, 1, 1);
  }

  @Test
  void bulkCopiesOfNamedVariables() {
    String body =
        """
        .shared .align 16 .b8 part[64];
        .shared .align 8 .b64 bar;
        mbarrier.init.shared::cta.b64 [bar], 1;
        mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], 32;
        cp.async.bulk.shared::cta.global.mbarrier::complete_tx::bytes [part+16], [%rd1], 32, [bar];
        WAIT:
        mbarrier.try_wait.parity.shared::cta.b64 %p2, [bar], 0;
        @!%p2 bra WAIT;
        cp.async.bulk.global.shared::cta.bulk_group [%rd1+32], [part+16], 32;
        cp.async.bulk.commit_group;
        cp.async.bulk.wait_group 0;
        """;
    int[] before = IntStream.range(0, 16).toArray();
    int[] expected = IntStream.range(0, 16).map(i -> i % 8).toArray();
    assertThat(run(body, 1, before, Set.of())).isEqualTo(expected);
  }
}
