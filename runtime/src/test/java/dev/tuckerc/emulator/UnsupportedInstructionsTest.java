package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the emulator refuses, as `docs/emulator.md` lists it: one error that names the instruction,
/// the line of the PTX, and the line of the CUDA source where there is one.
class UnsupportedInstructionsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          sparse        | 6  | instruction mma.sp::ordered_metadata.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 is not supported by the emulator
          in_a_function | 12 | instruction vadd.s32.s32.s32.sat is not supported by the emulator
          environment   | 20 | special register %envreg3 is not supported by the emulator
          allocate      | 25 | malloc in a kernel is not supported by the emulator
          """)
  void namesTheLineOfTheSource(String kernel, int line, String problem) {
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer out = kernels.buffer(new float[4]);
      assertThatThrownBy(() ->
              kernels.run(
                  kernels.cuda("unsupported.cu"),
                  kernel,
                  Kernels.size(1),
                  Kernels.size(32),
                  0,
                  out))
          .isInstanceOf(DeviceException.class)
          .hasMessageMatching(
              "unsupported\\.cu: PTX line \\d+ \\(unsupported\\.cu:" + line + "\\): .*")
          .hasMessageContaining(problem);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "wmma.load.a.sync.aligned.row.m16n16k16.f16 {%r1}, [%rd1];",
        "mma.sync.aligned.m8n8k4.row.col.f16.f16.f16.f16 {%r1,%r1,%r1,%r1},{%r1,%r1},{%r1,%r1},{%r1,%r1,%r1,%r1};",
        "wgmma.mma_async.sp.sync.aligned.m64n8k32.f32.f16.f16 {%f1}, %rd1, %rd2, %r1, 0, 1, 1, 1, 0, 0;",
        "tcgen05.wait::ld.sync.aligned;",
        "tensormap.replace.tile.global_address.global.b1024.b64 [%rd1], %rd2;",
        "cp.async.bulk.global.shared::cta.bulk_group.cp_mask [%rd1], [%r1], 16, %h1;",
        "fma.rn.oob.f16 %h1, %h1, %h1, %h1;",
        "cvt.rs.f16x2.f32 %r1, %f1, %f2, %r2;",
        "stacksave.u64 %rd3;",
        "multimem.red.global.add.u32 [%rd1], %r1;",
        "clusterlaunchcontrol.try_cancel.async.shared::cta.mbarrier::complete_tx::bytes.b128 [%r1], [%r2];",
        "tex.2d.v4.f32.f32 {%f1,%f2,%f3,%f4}, [%rd1, {%f5, %f6}];",
        "suld.b.1d.b32.trap %r1, [%rd1, {%r2}];",
        "vset4.u32.u32.ne %r1, %r1, %r1, %r1;",
        "redux.sync.min.f32 %f1, %f2, -1;",
        "ldmatrix.sync.aligned.m16n16.x1.trans.shared.b8 {%r1,%r2}, [%r3];",
      })
  void isRefused(String instruction) {
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer b = kernels.buffer(new int[4]);
      String opcode =
          instruction
              .substring(
                  0,
                  instruction.indexOf(' ') < 0
                      ? instruction.length() - 1
                      : instruction.indexOf(' '))
              .replace(";", "");
      assertThatThrownBy(() ->
              kernels.run(
                  kernels.body(instruction), "test", Kernels.size(1), Kernels.size(128), 0, b, b))
          .hasMessageMatching("test\\.ptx: PTX line \\d+: .*")
          .hasMessageContaining("instruction " + opcode + " is not supported by the emulator");
    }
  }
}
