package dev.tuckerc.emulator;

import static dev.tuckerc.emulator.WarpgroupProducts.WAIT;
import static dev.tuckerc.emulator.WarpgroupProducts.bytes;
import static dev.tuckerc.emulator.WarpgroupProducts.input;
import static dev.tuckerc.emulator.WarpgroupProducts.launch;
import static dev.tuckerc.emulator.WarpgroupProducts.multiply;
import static dev.tuckerc.emulator.WarpgroupProducts.verify;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.emulator.WarpgroupProducts.Layout;
import dev.tuckerc.emulator.WarpgroupProducts.Run;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `wgmma`: every element of its result, for the types, shapes and layouts of its operands.
class WarpgroupMultiplyTest {
  @ParameterizedTest
  @CsvSource({
    // Contiguous along K, every swizzle, first and later pieces of 32 bytes.
    "f32, f16, f16, 8, 128, false, 16, 1024, 0",
    "f32, f16, f16, 64, 128, false, 16, 1024, 3",
    "f32, bf16, bf16, 136, 64, false, 16, 512, 1",
    "f16, f16, f16, 24, 32, false, 16, 256, 0",
    "f32, f16, f16, 256, 16, false, 128, 256, 0",
    "f32, f16, f16, 40, 16, false, 1024, 128, 0",
    "f32, bf16, bf16, 96, 128, false, 16, 2048, 2",
    "f32, tf32, tf32, 32, 128, false, 16, 1024, 1",
    "f32, tf32, tf32, 16, 16, false, 256, 512, 0",
    "s32, s8, s8, 32, 128, false, 16, 1024, 2",
    "s32, u8, s8, 48, 64, false, 16, 512, 1",
    "f32, e4m3, e5m2, 64, 128, false, 16, 1024, 1",
    "f16, e5m2, e4m3, 8, 32, false, 16, 256, 0",
    // Contiguous along M or N.
    "f32, f16, f16, 64, 128, true, 2048, 1024, 0",
    "f32, bf16, bf16, 128, 64, true, 1024, 512, 0",
    "f16, f16, f16, 32, 32, true, 512, 256, 0",
    "f32, f16, f16, 48, 16, true, 128, 256, 0",
    "f32, f16, f16, 192, 128, true, 2048, 1024, 0",
  })
  void matricesInSharedMemory(
      String result,
      String typeA,
      String typeB,
      int n,
      int swizzle,
      boolean transposed,
      int leading,
      int stride,
      int slice) {
    Layout layout = new Layout(swizzle, transposed, leading, stride);
    String transposes = transposed ? ", 1, 1" : ", 0, 0";
    String tail =
        switch (typeA) {
          case "f16", "bf16" -> ", 1, -1" + transposes;
          case "tf32", "e4m3", "e5m2" -> ", -1, -1";
          default -> "";
        };
    Run run = new Run(result, typeA, typeB, n, layout, layout, slice, tail);
    boolean halves = bytes(typeA) == 2;
    verify(run, halves || tail.isEmpty() ? 1 : -1, tail.isEmpty() ? 1 : -1);
  }

  @ParameterizedTest
  @CsvSource({
    "f32, f16, 72, 128, true",
    "f32, bf16, 16, 64, false",
    "f32, tf32, 8, 32, false",
    "s32, s8, 16, 128, false",
    "f16, e4m3, 104, 32, false",
  })
  void leftMatrixInRegisters(String result, String type, int n, int swizzle, boolean transposed) {
    Layout layout = new Layout(swizzle, transposed, 16 * swizzle, 8 * swizzle);
    String tail =
        switch (type) {
          case "f16", "bf16" -> transposed ? ", -1, 1, 1" : ", -1, 1, 0";
          case "tf32", "e4m3" -> ", -1, 1";
          default -> "";
        };
    verify(new Run(result, type, type, n, null, layout, 0, tail), tail.isEmpty() ? 1 : -1, 1);
  }

  @Test
  void oneTransposed() {
    Layout along = new Layout(128, false, 16, 1024);
    Layout across = new Layout(64, true, 1024, 512);
    verify(new Run("f32", "f16", "f16", 32, along, across, 0, ", 1, 1, 0, 1"), 1, 1);
    verify(new Run("f32", "f16", "f16", 32, across, along, 0, ", 1, 1, 1, 0"), 1, 1);
  }

  @Test
  void saturatedIntegers() {
    Layout layout = new Layout(32, false, 16, 256);
    Run run = new Run("s32", "s8", "s8", 8, layout, layout, 0, "");
    int[][] ones = new int[64][32];
    Arrays.stream(ones).forEach(row -> Arrays.fill(row, 1));
    int[][] c = new int[64][8];
    Arrays.stream(c).forEach(row -> Arrays.fill(row, Integer.MAX_VALUE - 5));
    byte[] input =
        input(
            run,
            ones,
            Arrays.copyOf(
                Arrays.stream(ones).map(r -> Arrays.copyOf(r, 8)).toArray(int[][]::new), 32),
            c);
    String code = "wgmma.fence.sync.aligned;\n" + multiply(run, "%p2");
    String saturating = code.replace(".s32.s8.s8", ".s32.s8.s8.satfinite");
    assertThat(launch(run, saturating + WAIT, input, Set.of())).containsOnly(Integer.MAX_VALUE);
    assertThat(launch(run, code + WAIT, input, Set.of())).containsOnly(Integer.MAX_VALUE - 5 + 32);
  }
}
