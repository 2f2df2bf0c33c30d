package dev.tuckerc.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryAccessesTest {

  private static List<Integer> widest(String body) {
    return widest("", body);
  }

  private static List<Integer> widest(String before, String body) {
    PtxModule module =
        PtxParser.parse(
            """
            .version 8.8
            .target sm_90
            %s
            .visible .entry k(.param .u64 a, .param .u64 b, .param .u64 c)
            {
              .local .align 16 .b8 __local_depot0[64];
              .shared .align 16 .b8 tile[64];
              .reg .b64 %%rd<9>; .reg .b32 %%r<9>; .reg .f32 %%f<9>; .reg .pred %%p<3>;
              ld.param.u64 %%rd1, [a];
              ld.param.u64 %%rd2, [b];
              ld.param.u64 %%rd3, [c];
              %s
              ret;
            }
            """
                .formatted(before, body),
            "k");
    PtxFunction kernel =
        module.functions().stream().filter(PtxFunction::entry).findFirst().orElseThrow();
    return MemoryAccesses.widest(module, kernel);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ld.global.u8 %r1, [%rd1]; | 1",
        "ld.global.nc.u16 %r1, [%rd1]; | 2",
        "ld.global.nc.L1::no_allocate.L2::128B.v4.f32 {%f1, %f2, %f3, %f4}, [%rd1+16]; | 16",
        "st.global.v2.u64 [%rd1], {%rd2, %rd3}; | 16",
        "st.v4.u32 [%rd1], {%r1, %r2, %r3, %r4}; | 16",
        "atom.global.add.u64 %rd4, [%rd1], %rd5; | 8",
        "red.global.add.noftz.v4.f16x2 [%rd1], {%r1, %r2, %r3, %r4}; | 16",
        "cp.async.cg.shared.global [%r1], [%rd1], 16; | 16",
        "cp.async.ca.shared.global [%r1], [%rd1], 4, %r2; | 4",
        "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r1], [%rd1], %r2, [%r3]; | 16",
        "cp.async.bulk.global.shared::cta.bulk_group [%rd1], [%r1], %r2; | 16",
        "cp.async.bulk.prefetch.L2.global [%rd1], %r2; | 16",
        "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%r1], [%rd1, {%r2, %r3}], [%r4]; | 64",
        "st.shared.v4.u32 [%r1], {%r1, %r2, %r3, %r4}; | 1",
        "prefetch.global.L2 [%rd1]; | 1",
      })
  void widthOfEachInstruction(String instruction, int bytes) {
    assertThat(widest(instruction)).containsExactly(bytes, 1, 1);
  }

  @Test
  void addressesAreFollowedThroughArithmetic() {
    assertThat(
            widest(
                """
                cvta.to.global.u64 %rd4, %rd2;
                mov.b64 {%r1, %r2}, %rd4;
                mov.b64 %rd5, {%r1, %r2};
                mad.wide.s32 %rd6, %r3, 16, %rd5;
                ld.global.v2.f32 {%f1, %f2}, [%rd6+8];
                ld.global.f32 %f3, [%rd1];
                """))
        .containsExactly(4, 8, 1);
  }

  @Test
  void addressesThatMayBeEitherCountForBoth() {
    assertThat(
            widest(
                """
                setp.eq.s64 %p1, %rd3, 0;
                selp.b64 %rd4, %rd1, %rd2, %p1;
                ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%rd4];
                """))
        .containsExactly(16, 16, 1);
  }

  @Test
  void addressesFromMemoryCountForAll() {
    assertThat(widest("ld.global.u64 %rd4, [%rd1]; ld.global.v2.u32 {%r1, %r2}, [%rd4];"))
        .containsExactly(8, 8, 8);
    assertThat(
            widest(
                "ld.local.u64 %rd4, [__local_depot0]; st.global.v4.u32 [%rd4], {%r1,%r1,%r1,%r1};"))
        .containsExactly(16, 16, 16);
  }

  @Test
  void ownMemoryIsNoArgument() {
    assertThat(
            widest(
                """
                mov.u64 %rd4, __local_depot0;
                cvta.local.u64 %rd5, %rd4;
                st.v4.u32 [%rd5], {%r1, %r1, %r1, %r1};
                mov.u64 %rd6, tile;
                cvta.shared.u64 %rd7, %rd6;
                ld.v4.u32 {%r1, %r2, %r3, %r4}, [%rd7];
                """))
        .containsExactly(1, 1, 1);
  }

  @Test
  void calledFunctionsCountForAll() {
    String function =
        """
        .func f(.param .b64 p)
        {
          .reg .b64 %rd<3>; .reg .b32 %r<2>;
          ld.param.u64 %rd1, [p];
          ld.v2.u64 {%rd1, %rd2}, [%rd1];
          ret;
        }
        """;
    String call =
        "{ .param .b64 q; st.param.b64 [q], %rd1; call.uni f, (q); } ld.global.u8 %r1, [%rd2];";
    assertThat(widest(function, call)).containsExactly(16, 16, 16);
    assertThat(widest(function, "ld.global.u8 %r1, [%rd2];")).containsExactly(1, 1, 1);
  }
}
