package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.emulator.check.Check;
import dev.tuckerc.emulator.decode.KernelLoader;
import dev.tuckerc.emulator.machine.BasicBlock;
import dev.tuckerc.emulator.machine.DecodedFunction;
import dev.tuckerc.emulator.machine.GlobalMemory;
import dev.tuckerc.emulator.machine.HotCode;
import dev.tuckerc.emulator.operations.matrix.MatrixMultiplyGroup;
import dev.tuckerc.emulator.translate.FusedOperation;
import dev.tuckerc.ptx.PtxParser;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is translated, and when; that results stay the same is tested by [DifferentialTest].
class TranslationTest {
  private static final String FMA_LOOP =
      """
      mov.u32 %r1, 0;
      cvt.rn.f32.u32 %f1, %r0;
      mov.f32 %f2, 0f3F800000;
      LOOP:
      fma.rn.f32 %f2, %f2, 0f3F000000, %f1;
      fma.rn.f32 %f3, %f2, %f1, %f2;
      fma.rn.f32 %f2, %f3, 0f3F000000, %f1;
      add.s32 %r1, %r1, 1;
      setp.lt.s32 %p1, %r1, 100;
      @%p1 bra LOOP;
      mul.wide.u32 %rd3, %r0, 4;
      add.s64 %rd4, %rd1, %rd3;
      st.global.f32 [%rd4], %f2;
      """;

  private static DecodedFunction decode(String ptx, String kernel, long threshold) {
    return new KernelLoader(PtxParser.parse(ptx, "test.ptx"), new GlobalMemory(), true, threshold)
        .kernel(kernel, true);
  }

  private static void visit(DecodedFunction function, int block) {
    Objects.requireNonNull(function.hotCode).visited(function, block);
  }

  private static int operations(DecodedFunction function) {
    return Arrays.stream(function.blocks).mapToInt(b -> b.operations.length).sum();
  }

  private static long count(DecodedFunction function, Class<?> type) {
    return Arrays.stream(function.blocks)
        .flatMap(b -> Arrays.stream(b.operations))
        .filter(type::isInstance)
        .count();
  }

  @Test
  void fusesTheBodyOfALoop() {
    DecodedFunction function = decode(Kernels.wrap(FMA_LOOP), "test", 0);
    BasicBlock before = function.blocks[1];
    visit(function, 1);
    BasicBlock after = function.blocks[1];
    // One loop over the lanes, and what is the same for all lanes: the counter and its comparison.
    assertThat(before.operations).hasSize(5);
    assertThat(after.operations).hasSize(2).allMatch(FusedOperation.class::isInstance);
    assertThat(after.positions).hasSize(3);
    assertThat(after.instructions).isEqualTo(before.instructions);
    assertThat(after.end).isSameAs(before.end);
  }

  @Test
  void everyBlockOfRealKernelsGetsShorterOrStays() {
    DecodedFunction function = decode(Kernels.ptx("gemm_mma.cu", "sm_80"), "gemm_mma", 0);
    int before = operations(function);
    for (int b = 0; b < function.blocks.length; b++) {
      int length = function.blocks[b].operations.length;
      visit(function, b);
      assertThat(function.blocks[b].operations.length).isLessThanOrEqualTo(length);
      assertThat(function.blocks[b].positions).hasSize(function.blocks[b].operations.length + 1);
    }
    assertThat(operations(function)).isLessThan(before * 2 / 3);
    assertThat(count(function, FusedOperation.class)).isPositive();
  }

  @Test
  void translatesWhatIsHotAndNothingElse() {
    DecodedFunction function = decode(Kernels.wrap(FMA_LOOP), "test", 10_000);
    HotCode hot = Objects.requireNonNull(function.hotCode);
    int visits = 0;
    while (count(function, FusedOperation.class) == 0) {
      hot.visited(function, 1);
      visits++;
    }
    // A visit stands for 64 executions of 5 operations and the terminator.
    assertThat(visits).isEqualTo(10_000 / (64 * 6) + 1);
    visit(function, 0);
    assertThat(function.blocks[0].operations).noneMatch(FusedOperation.class::isInstance);
    assertThat(decode(Kernels.wrap(FMA_LOOP), "test", -1).hotCode).isNull();
  }

  /// A register of 128 bits is two of 64 for the emulator; both halves live on.
  @Test
  void bothHalvesOfWideRegistersAreKept() {
    String body =
        """
        .reg .b128 %q<4>;
        mul.wide.u32 %rd3, %r0, 16;
        add.s64 %rd4, %rd1, %rd3;
        mul.wide.u32 %rd5, %r0, 3;
        add.s64 %rd6, %rd5, 7;
        mov.b128 %q1, {%rd6, %rd5};
        mov.u32 %r1, 0;
        LOOP:
        mov.b128 {%rd7, %rd8}, %q1;
        add.s64 %rd7, %rd7, 1;
        mov.b128 %q1, {%rd8, %rd7};
        add.s32 %r1, %r1, 1;
        setp.lt.s32 %p1, %r1, 5;
        @%p1 bra LOOP;
        mov.b128 {%rd9, %rd10}, %q1;
        st.global.v2.u64 [%rd4], {%rd9, %rd10};
        """;
    try (Kernels kernels = new Kernels(EmulatorOptions.DEFAULT.withThreads(1), 0)) {
      DeviceBuffer out = kernels.buffer(new long[2 * 64]);
      DeviceBuffer in = kernels.buffer(new int[1]);
      // The second block runs what the first has made hot.
      kernels.run(kernels.body(body), "test", Kernels.size(2), Kernels.size(64), 0, out, in);
      long[] values = kernels.longs(out);
      for (int thread = 0; thread < 64; thread++) {
        assertThat(values[2 * thread]).isEqualTo(3 * thread + 2);
        assertThat(values[2 * thread + 1]).isEqualTo(3 * thread + 10);
      }
    }
  }

  @Test
  void checksAndTheOptionKeepCodeAsItIs() {
    for (EmulatorOptions options :
        List.of(
            EmulatorOptions.DEFAULT.withTranslated(false),
            EmulatorOptions.DEFAULT.withChecks(Check.ALL))) {
      try (EmulatedDevice device = new EmulatedDevice(options, 0)) {
        assertThat(device.translationThreshold()).isNegative();
      }
    }
    try (EmulatedDevice device = new EmulatedDevice(EmulatorOptions.DEFAULT, 0)) {
      assertThat(device.translationThreshold()).isZero();
    }
  }

  /// A tile of products has the bits of the single ones, whichever side is the longer.
  @ParameterizedTest
  @CsvSource({
    "m16n8k16, f16, 4, 2, 1", "m16n8k16, f16, 2, 4, 1", "m16n8k16, f16, 1, 8, 1",
    "m16n8k16, f16, 3, 1, 1", "m16n8k16, bf16, 2, 4, 1", "m16n8k16, bf16, 4, 1, 1",
    "m16n8k8, tf32, 2, 4, 1", "m16n8k8, tf32, 4, 4, 1", "m16n8k8, f16, 2, 2, 1",
    "m16n8k16, f16, 1, 2, 0"
  })
  void tilesOfMatrixProducts(String shape, String type, int left, int right, int groups) {
    int registersA = shape.endsWith("k16") || type.equals("tf32") ? 4 : 2;
    int registersB = registersA / 2;
    String body = tile(shape, type, left, right, registersA, registersB);
    DecodedFunction function = decode(module(body), "test", 0);
    visit(function, 0);
    assertThat(count(function, MatrixMultiplyGroup.class)).isEqualTo(groups);
    Random random = new Random(left * 31 + right);
    int[] in = new int[32 * 64];
    for (int i = 0; i < in.length; i++) {
      in[i] =
          type.equals("tf32")
              ? Float.floatToRawIntBits(random.nextFloat() - 0.5f)
              : Float.floatToFloat16(random.nextFloat() - 0.5f) & 0xffff
                  | Float.floatToFloat16(random.nextFloat() * 9) << 16;
    }
    int[] single = run(body, in, false);
    assertThat(Arrays.stream(single).distinct().count()).isGreaterThan(64);
    assertThat(run(body, in, true)).isEqualTo(single);
  }

  private static int[] run(String body, int[] in, boolean translated) {
    EmulatorOptions options = EmulatorOptions.DEFAULT.withTranslated(translated);
    try (Kernels kernels = new Kernels(options, 0)) {
      DeviceBuffer out = kernels.buffer(new int[32 * 128]);
      kernels.run(
          kernels.device.load(module(body), "tile.ptx"),
          "test",
          // The first warp is interpreted up to the end of its block.
          Kernels.size(1),
          Kernels.size(64),
          0,
          out,
          kernels.buffer(in));
      return kernels.ints(out);
    }
  }

  private static String module(String body) {
    return Kernels.wrap(body).replace("%r<64>", "%r<128>").replace("%f<64>", "%f<128>");
  }

  /// Products of `left` times `right` fragments; every lane reads 64 words and writes its sums.
  private static String tile(
      String shape, String type, int left, int right, int registersA, int registersB) {
    StringBuilder code = new StringBuilder("and.b32 %r1, %r0, 31;\n");
    code.append("mul.wide.u32 %rd3, %r1, 256;\nadd.s64 %rd4, %rd2, %rd3;\n");
    code.append("mul.wide.u32 %rd5, %r1, 512;\nadd.s64 %rd6, %rd1, %rd5;\n");
    int words = left * registersA + right * registersB;
    for (int w = 0; w < words; w++) {
      code.append("ld.global.u32 %%r%d, [%%rd4+%d];\n".formatted(10 + w, 4 * w));
    }
    for (int f = 0; f < 4 * left * right; f++) {
      code.append("mov.f32 %%f%d, 0f3F800000;\n".formatted(f));
    }
    for (int l = 0; l < left; l++) {
      for (int r = 0; r < right; r++) {
        String sums = list("%f", 4 * (l * right + r), 4);
        code.append(
            "mma.sync.aligned.%s.row.col.f32.%s.%s.f32 %s, %s, %s, %s;\n"
                .formatted(
                    shape,
                    type,
                    type,
                    sums,
                    list("%r", 10 + l * registersA, registersA),
                    list("%r", 10 + left * registersA + r * registersB, registersB),
                    sums));
      }
    }
    for (int f = 0; f < 4 * left * right; f++) {
      code.append("st.global.f32 [%%rd6+%d], %%f%d;\n".formatted(4 * f, f));
    }
    return code.toString();
  }

  private static String list(String file, int first, int count) {
    StringBuilder list = new StringBuilder("{");
    for (int r = first; r < first + count; r++) {
      list.append(r == first ? "" : ", ").append(file).append(r);
    }
    return list.append('}').toString();
  }
}
