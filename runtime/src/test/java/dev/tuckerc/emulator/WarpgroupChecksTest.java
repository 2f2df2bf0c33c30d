package dev.tuckerc.emulator;

import static dev.tuckerc.emulator.WarpgroupProducts.PLACE_B;
import static dev.tuckerc.emulator.WarpgroupProducts.WAIT;
import static dev.tuckerc.emulator.WarpgroupProducts.input;
import static dev.tuckerc.emulator.WarpgroupProducts.launch;
import static dev.tuckerc.emulator.WarpgroupProducts.multiply;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.emulator.WarpgroupProducts.Layout;
import dev.tuckerc.emulator.WarpgroupProducts.Run;
import dev.tuckerc.emulator.check.Check;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `wgmma`: when its results are there and its operands are read, and what is refused.
class WarpgroupChecksTest {
  private static final Layout PLAIN = new Layout(128, false, 16, 1024);

  private static final Run SIMPLE =
      new Run("f32", "f16", "f16", 8, PLAIN, PLAIN, 0, ", 1, 1, 0, 0");

  private static byte[] ones() {
    int[][] a = new int[64][16];
    Arrays.stream(a).forEach(row -> Arrays.fill(row, 1));
    int[][] b = new int[16][8];
    Arrays.stream(b).forEach(row -> Arrays.fill(row, 1));
    return input(SIMPLE, a, b, new int[64][8]);
  }

  private static List<Integer> boxed(int[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  @Test
  void resultsAreFinalOnlyAfterTheirWait() {
    String once = "wgmma.fence.sync.aligned;\n" + multiply(SIMPLE, "1");
    String commit = "wgmma.commit_group.sync.aligned;\n";
    String two = once + commit + multiply(SIMPLE, "1") + commit;
    // The older of two groups is complete, but the younger one adds to the same registers.
    String early = two + "wgmma.wait_group.sync.aligned 1;\n";
    assertThat(boxed(launch(SIMPLE, early, ones(), Set.of(Check.ASYNC_COPIES))))
        .allMatch(bits -> Float.isNaN(Float.intBitsToFloat(bits)));
    assertThat(launch(SIMPLE, two + "wgmma.wait_group.sync.aligned 0;\n", ones(), Check.ALL))
        .containsOnly(Float.floatToRawIntBits(32));
    // Not committed, so not waited for.
    String open = once + "wgmma.wait_group.sync.aligned 0;\n";
    assertThat(boxed(launch(SIMPLE, open, ones(), Set.of(Check.ASYNC_COPIES))))
        .allMatch(bits -> Float.isNaN(Float.intBitsToFloat(bits)));
  }

  @Test
  void sharedMemoryIsReadUntilTheWait() {
    String code =
        "wgmma.fence.sync.aligned;\n"
            + multiply(SIMPLE, "1")
            + "bar.sync 0;\nmov.u32 %r20, 0; shl.b32 %r21, %r0, 4; add.u32 %r21, %r21, %r1;\n"
            + "st.shared.v4.u32 [%r21+"
            + PLACE_B
            + "], {%r20, %r20, %r20, %r20};\nbar.sync 0;\n"
            + WAIT;
    assertThat(launch(SIMPLE, code, ones(), Set.of(Check.ASYNC_COPIES)))
        .containsOnly(Float.floatToRawIntBits(0));
    assertThat(launch(SIMPLE, code, ones(), Set.of())).containsOnly(Float.floatToRawIntBits(16));
  }

  @Test
  void findings() {
    String once = "wgmma.fence.sync.aligned;\n" + multiply(SIMPLE, "1");
    assertThatThrownBy(() ->
            launch(
                SIMPLE,
                once + "mov.f32 %c1, 0f00000000;\n" + WAIT,
                ones(),
                Set.of(Check.ASYNC_COPIES)))
        .hasMessageContaining("accumulators of a wgmma.mma_async were written before")
        .hasMessageContaining("kernel test, PTX line");
    assertThatThrownBy(() -> launch(SIMPLE, multiply(SIMPLE, "1") + WAIT, ones(), Set.of()))
        .hasMessageContaining("needs a wgmma.fence before it");
    Layout far = new Layout(128, false, 16, 1024 * 60);
    Run outside = new Run("f32", "f16", "f16", 16, PLAIN, far, 0, ", 1, 1, 0, 0");
    assertThatThrownBy(() ->
            launch(
                outside,
                "wgmma.fence.sync.aligned;\n" + multiply(outside, "1") + WAIT,
                Arrays.copyOf(ones(), 64 * 1024),
                Set.of()))
        .hasMessageContaining("wgmma.mma_async matrix of 16 bytes at shared address")
        .hasMessageContaining("outside the 49152 bytes of shared memory");
  }

  @Test
  void needsAWholeWarpgroup() {
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer b = kernels.buffer(new int[4]);
      assertThatThrownBy(() ->
              kernels.run(
                  kernels.body("wgmma.fence.sync.aligned;"),
                  "test",
                  Kernels.size(1),
                  Kernels.size(96),
                  0,
                  b,
                  b))
          .hasMessageContaining("needs a warpgroup of four warps; the block has 96 threads");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "m64n12k16.f32.f16.f16", "m64n264k16.f32.f16.f16", "m64n8k8.f32.f16.f16",
    "m64n8k16.f16.bf16.bf16", "m64n8k16.f32.f16.bf16", "m64n40k32.s32.s8.s8",
  })
  void shapesThatDoNotExist(String form) {
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer b = kernels.buffer(new int[4]);
      String code = "wgmma.mma_async.sync.aligned." + form + " {%f1}, %rd3, %rd4, %p1, 1, 1, 0, 0;";
      assertThatThrownBy(() ->
              kernels.run(kernels.body(code), "test", Kernels.size(1), Kernels.size(128), 0, b, b))
          .hasMessageContaining("wgmma.mma_async.sync.aligned." + form)
          .hasMessageContaining("is not supported by the emulator")
          .hasMessageContaining("test.ptx:");
    }
  }
}
