package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.device.DeviceBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Matrix instructions. The lane maps here are the tables of the PTX ISA manual ("Matrix Fragments
/// for mma.m16n8k16" and following), written out per element, independently of the emulator's.
class MatrixInstructionsTest {

  /// Row of element `i` of the A fragment of a lane, m16n8k16 with 16-bit elements.
  private static int rowA16(int lane, int i) {
    int group = lane >> 2;
    return i == 0 || i == 1 || i == 4 || i == 5 ? group : group + 8;
  }

  private static int columnA16(int lane, int i) {
    int column = (lane % 4) * 2 + (i & 1);
    return i >= 4 ? column + 8 : column;
  }

  private static int rowB16(int lane, int i) {
    int row = (lane % 4) * 2 + (i & 1);
    return i >= 2 ? row + 8 : row;
  }

  private static int rowC(int lane, int i) {
    return (lane >> 2) + (i < 2 ? 0 : 8);
  }

  private static int columnC(int lane, int i) {
    return (lane % 4) * 2 + (i & 1);
  }

  private static int bits16(int value, boolean bfloat) {
    return bfloat ? Float.floatToRawIntBits(value) >>> 16 : Float.floatToFloat16(value) & 0xffff;
  }

  private static int[][] random(Random random, int rows, int columns, int range) {
    int[][] values = new int[rows][columns];
    for (int[] row : values) {
      for (int c = 0; c < columns; c++) {
        row[c] = random.nextInt(2 * range + 1) - range;
      }
    }
    return values;
  }

  private static int[][] product(int[][] a, int[][] b, int[][] c) {
    int[][] d = new int[c.length][c[0].length];
    for (int i = 0; i < d.length; i++) {
      for (int j = 0; j < d[0].length; j++) {
        d[i][j] = c[i][j];
        for (int k = 0; k < b.length; k++) {
          d[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return d;
  }

  /// Runs `mma` with fragments of 12 words for each lane and returns four words for each lane.
  private static int[] run(String instruction, int[] fragments) {
    String body =
        """
        mul.wide.u32 %%rd3, %%r0, 48;
        add.s64 %%rd4, %%rd2, %%rd3;
        mul.wide.u32 %%rd5, %%r0, 16;
        add.s64 %%rd6, %%rd1, %%rd5;
        ld.global.v4.u32 {%%r10, %%r11, %%r12, %%r13}, [%%rd4];
        ld.global.v2.u32 {%%r14, %%r15}, [%%rd4+16];
        ld.global.v4.u32 {%%r16, %%r17, %%r18, %%r19}, [%%rd4+32];
        ld.global.v4.f32 {%%f16, %%f17, %%f18, %%f19}, [%%rd4+32];
        %s
        """
            .formatted(instruction);
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer out = kernels.buffer(new int[128]);
      kernels.run(
          kernels.body(body),
          "test",
          Kernels.size(1),
          Kernels.size(32),
          0,
          out,
          kernels.buffer(fragments));
      return kernels.ints(out);
    }
  }

  private static final String STORE_FLOATS = " st.global.v4.f32 [%rd6], {%f16, %f17, %f18, %f19};";

  @ParameterizedTest
  @CsvSource({"f16", "bf16"})
  void halfPrecisionK16(String type) {
    boolean bfloat = type.equals("bf16");
    Random random = new Random(1);
    int[][] a = random(random, 16, 16, 8);
    int[][] b = random(random, 16, 8, 8);
    int[][] c = random(random, 16, 8, 100);
    int[] fragments = new int[32 * 12];
    for (int lane = 0; lane < 32; lane++) {
      for (int i = 0; i < 8; i++) {
        fragments[lane * 12 + i / 2] |=
            bits16(a[rowA16(lane, i)][columnA16(lane, i)], bfloat) << (16 * (i & 1));
      }
      for (int i = 0; i < 4; i++) {
        fragments[lane * 12 + 4 + i / 2] |=
            bits16(b[rowB16(lane, i)][lane >> 2], bfloat) << (16 * (i & 1));
        fragments[lane * 12 + 8 + i] = Float.floatToRawIntBits(c[rowC(lane, i)][columnC(lane, i)]);
      }
    }
    int[] out =
        run(
            "mma.sync.aligned.m16n8k16.row.col.f32."
                + type
                + "."
                + type
                + ".f32"
                + " {%f16,%f17,%f18,%f19}, {%r10,%r11,%r12,%r13}, {%r14,%r15},"
                + " {%f16,%f17,%f18,%f19};"
                + STORE_FLOATS,
            fragments);
    compareFloats(out, product(a, b, c));
  }

  private static void compareFloats(int[] out, int[][] expected) {
    for (int lane = 0; lane < 32; lane++) {
      for (int i = 0; i < 4; i++) {
        assertThat(Float.intBitsToFloat(out[lane * 4 + i]))
            .as("lane %d element %d", lane, i)
            .isEqualTo(expected[rowC(lane, i)][columnC(lane, i)]);
      }
    }
  }

  @Test
  void halfAccumulatorsK8() {
    Random random = new Random(2);
    int[][] a = random(random, 16, 8, 8);
    int[][] b = random(random, 8, 8, 8);
    int[][] c = random(random, 16, 8, 100);
    int[] fragments = new int[32 * 12];
    for (int lane = 0; lane < 32; lane++) {
      int group = lane >> 2;
      int thread = lane % 4;
      for (int i = 0; i < 4; i++) {
        int row = i < 2 ? group : group + 8;
        fragments[lane * 12 + i / 2] |=
            bits16(a[row][thread * 2 + (i & 1)], false) << (16 * (i & 1));
        fragments[lane * 12 + 8 + i / 2] |=
            bits16(c[rowC(lane, i)][columnC(lane, i)], false) << (16 * (i & 1));
      }
      for (int i = 0; i < 2; i++) {
        fragments[lane * 12 + 4] |= bits16(b[thread * 2 + i][group], false) << (16 * i);
      }
    }
    int[] out =
        run(
            "mma.sync.aligned.m16n8k8.row.col.f16.f16.f16.f16 {%r16,%r17}, {%r10,%r11}, {%r14},"
                + " {%r16,%r17}; st.global.v2.u32 [%rd6], {%r16, %r17};",
            fragments);
    int[][] expected = product(a, b, c);
    for (int lane = 0; lane < 32; lane++) {
      for (int i = 0; i < 4; i++) {
        int half = out[lane * 4 + i / 2] >>> (16 * (i & 1)) & 0xffff;
        assertThat(half).isEqualTo(bits16(expected[rowC(lane, i)][columnC(lane, i)], false));
      }
    }
  }

  @Test
  void tf32K8() {
    Random random = new Random(3);
    int[][] a = random(random, 16, 8, 8);
    int[][] b = random(random, 8, 8, 8);
    int[][] c = random(random, 16, 8, 100);
    int[] fragments = new int[32 * 12];
    for (int lane = 0; lane < 32; lane++) {
      int group = lane >> 2;
      int thread = lane % 4;
      for (int i = 0; i < 4; i++) {
        int row = i == 0 || i == 2 ? group : group + 8;
        int column = i < 2 ? thread : thread + 4;
        // The low 13 bits are not part of a tf32 value and must not matter.
        fragments[lane * 12 + i] = Float.floatToRawIntBits(a[row][column]) | 0x1fff;
        fragments[lane * 12 + 8 + i] = Float.floatToRawIntBits(c[rowC(lane, i)][columnC(lane, i)]);
      }
      for (int i = 0; i < 2; i++) {
        fragments[lane * 12 + 4 + i] = Float.floatToRawIntBits(b[thread + 4 * i][group]);
      }
    }
    int[] out =
        run(
            "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"
                + " {%f16,%f17,%f18,%f19}, {%r10,%r11,%r12,%r13}, {%r14,%r15},"
                + " {%f16,%f17,%f18,%f19};"
                + STORE_FLOATS,
            fragments);
    compareFloats(out, product(a, b, c));
  }

  @Test
  void bytesK32() {
    Random random = new Random(4);
    int[][] a = random(random, 16, 32, 127);
    int[][] b = random(random, 32, 8, 127);
    int[][] c = random(random, 16, 8, 100000);
    int[] fragments = new int[32 * 12];
    for (int lane = 0; lane < 32; lane++) {
      int group = lane >> 2;
      int thread = lane % 4;
      for (int i = 0; i < 16; i++) {
        int row = i < 4 || (i >= 8 && i < 12) ? group : group + 8;
        int column = thread * 4 + (i & 3) + (i < 8 ? 0 : 16);
        fragments[lane * 12 + i / 4] |= (a[row][column] & 0xff) << (8 * (i & 3));
      }
      for (int i = 0; i < 8; i++) {
        int row = thread * 4 + (i & 3) + (i < 4 ? 0 : 16);
        fragments[lane * 12 + 4 + i / 4] |= (b[row][group] & 0xff) << (8 * (i & 3));
      }
      for (int i = 0; i < 4; i++) {
        fragments[lane * 12 + 8 + i] = c[rowC(lane, i)][columnC(lane, i)];
      }
    }
    int[] out =
        run(
            "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32"
                + " {%r16,%r17,%r18,%r19}, {%r10,%r11,%r12,%r13}, {%r14,%r15},"
                + " {%r16,%r17,%r18,%r19}; st.global.v4.u32 [%rd6], {%r16,%r17,%r18,%r19};",
            fragments);
    int[][] expected = product(a, b, c);
    for (int lane = 0; lane < 32; lane++) {
      for (int i = 0; i < 4; i++) {
        assertThat(out[lane * 4 + i]).isEqualTo(expected[rowC(lane, i)][columnC(lane, i)]);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void matrixLoads(boolean transposed) {
    // Matrix m, row r, column c holds 64 m + 8 r + c; thread i of each group of eight gives a row.
    String body =
        """
        .shared .align 16 .b8 tiles[512];
        mov.u32 %%r1, tiles;
        mad.lo.u32 %%r2, %%r0, 16, %%r1;
        mul.lo.u32 %%r3, %%r0, 8;
        cvt.u16.u32 %%h0, %%r3; add.u16 %%h1, %%h0, 1; add.u16 %%h2, %%h0, 2; add.u16 %%h3, %%h0, 3;
        add.u16 %%h4, %%h0, 4; add.u16 %%h5, %%h0, 5; add.u16 %%h6, %%h0, 6; add.u16 %%h7, %%h0, 7;
        st.shared.v4.u16 [%%r2], {%%h0, %%h1, %%h2, %%h3};
        st.shared.v4.u16 [%%r2+8], {%%h4, %%h5, %%h6, %%h7};
        bar.sync 0;
        ldmatrix.sync.aligned.m8n8.x4%s.shared.b16 {%%r10, %%r11, %%r12, %%r13}, [%%r2];
        mul.wide.u32 %%rd5, %%r0, 16;
        add.s64 %%rd6, %%rd1, %%rd5;
        st.global.v4.u32 [%%rd6], {%%r10, %%r11, %%r12, %%r13};
        """
            .formatted(transposed ? ".trans" : "");
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer out = kernels.buffer(new int[128]);
      kernels.run(kernels.body(body), "test", Kernels.size(1), Kernels.size(32), 0, out, out);
      int[] words = kernels.ints(out);
      for (int lane = 0; lane < 32; lane++) {
        for (int m = 0; m < 4; m++) {
          for (int i = 0; i < 2; i++) {
            int row = transposed ? lane % 4 * 2 + i : lane / 4;
            int column = transposed ? lane / 4 : lane % 4 * 2 + i;
            assertThat(words[lane * 4 + m] >>> (16 * i) & 0xffff)
                .isEqualTo(64 * m + 8 * row + column);
          }
        }
      }
    }
  }
}
