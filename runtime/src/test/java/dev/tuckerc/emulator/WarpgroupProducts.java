package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.emulator.check.Check;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// `wgmma` against plain Java. The places of elements in shared memory and in registers are written
/// out here from the PTX ISA ("Asynchronous warpgroup-level matrix instructions": register
/// fragments, canonical layouts, swizzling modes), per element, independently of the emulator's.
final class WarpgroupProducts {
  private WarpgroupProducts() {}

  private static final int IMAGE = 48 * 1024;

  static final int PLACE_B = 24 * 1024;

  /// How a matrix lies in shared memory.
  ///
  /// @param swizzle width of the pattern in bytes, or 16 without
  /// @param transposed whether it is contiguous along M or N
  record Layout(int swizzle, boolean transposed, int leading, int stride) {
    /// Byte offset of an element.
    int place(int mn, int k, int bytes) {
      int major = (transposed ? mn : k) * bytes;
      int minor = transposed ? k : mn;
      int piece = major / 16;
      int inPiece = major % 16;
      if (swizzle == 16) {
        // Core matrices of 8 rows of 16 bytes, one after the other.
        int along = transposed ? stride : leading;
        int across = transposed ? leading : stride;
        return minor / 8 * across + piece * along + minor % 8 * 16 + inPiece;
      }
      int line = minor % 8;
      int phase =
          switch (swizzle) {
            case 128 -> line;
            case 64 -> line / 2;
            default -> line / 4;
          };
      int pieces = swizzle / 16;
      int block = piece / pieces;
      return minor / 8 * stride
          + line * swizzle
          + (piece % pieces ^ phase) * 16
          + inPiece
          + block * (transposed ? leading : 0);
    }

    long descriptor(int offset) {
      long mode =
          switch (swizzle) {
            case 128 -> 1;
            case 64 -> 2;
            case 32 -> 3;
            default -> 0;
          };
      return mode << 62 | (long) (stride >> 4) << 32 | (long) (leading >> 4) << 16 | offset >> 4;
    }
  }

  /// Everything a run needs: operands as integers, their places, the instruction.
  record Run(
      String result,
      String typeA,
      String typeB,
      int n,
      Layout a,
      Layout b,
      int slice,
      String tail) {
    int depth() {
      return 32 / bytes(typeA);
    }

    int registers() {
      return result.equals("f16") ? n / 4 : n / 2;
    }
  }

  private static int bits(String type, int value) {
    return switch (type) {
      case "f16" -> Float.floatToFloat16(value) & 0xffff;
      case "bf16" -> Float.floatToRawIntBits(value) >>> 16;
      // The low 13 bits are not part of a tf32 value and must not matter.
      case "tf32" -> Float.floatToRawIntBits(value) | 0x1fff;
      case "e5m2" -> Float.floatToFloat16(value) >>> 8 & 0xff;
      case "e4m3" -> e4m3(value);
      default -> value & 0xff;
    };
  }

  private static int e4m3(int value) {
    int magnitude = Math.abs(value);
    if (magnitude == 0) {
      return 0;
    }
    int exponent = 31 - Integer.numberOfLeadingZeros(magnitude);
    return (value < 0 ? 0x80 : 0) | exponent + 7 << 3 | (magnitude << 3 >> exponent & 7);
  }

  static int bytes(String type) {
    return switch (type) {
      case "f16", "bf16" -> 2;
      case "tf32" -> 4;
      default -> 1;
    };
  }

  private static int[][] random(Random random, int rows, int columns, boolean unsigned) {
    int[][] values = new int[rows][columns];
    for (int[] row : values) {
      for (int c = 0; c < columns; c++) {
        row[c] = random.nextInt(15) - (unsigned ? 0 : 7);
      }
    }
    return values;
  }

  private static String list(String name, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> name + i)
        .collect(Collectors.joining(",", "{", "}"));
  }

  /// A kernel that copies the image to shared memory, loads fragments, runs code, stores the
  /// accumulators `%c`.
  private static String kernel(Run run, String code) {
    StringBuilder loads = new StringBuilder();
    StringBuilder stores = new StringBuilder();
    int count = run.registers();
    for (int i = 0; i < count; i++) {
      loads.append("ld.global.b32 %c").append(i).append(", [%rd6+").append(4 * i).append("];\n");
      stores.append("st.global.b32 [%rd7+").append(4 * i).append("], %c").append(i).append(";\n");
    }
    return """
    .shared .align 1024 .b8 image[%d];
    .reg %s %%c<128>;
    .reg .b32 %%a<4>;
    mov.u32 %%r1, image;
    mov.u32 %%r2, %%r0;
    COPY:
    mul.wide.u32 %%rd3, %%r2, 16;
    add.s64 %%rd4, %%rd2, %%rd3;
    ld.global.v4.u32 {%%r10, %%r11, %%r12, %%r13}, [%%rd4];
    shl.b32 %%r3, %%r2, 4;
    add.u32 %%r3, %%r3, %%r1;
    st.shared.v4.u32 [%%r3], {%%r10, %%r11, %%r12, %%r13};
    add.u32 %%r2, %%r2, 128;
    setp.lt.u32 %%p1, %%r2, %d;
    @%%p1 bra COPY;
    fence.proxy.async.shared::cta;
    bar.sync 0;
    mul.wide.u32 %%rd5, %%r0, 16;
    add.s64 %%rd5, %%rd2, %%rd5;
    ld.global.v4.b32 {%%a0, %%a1, %%a2, %%a3}, [%%rd5+%d];
    mul.wide.u32 %%rd6, %%r0, %d;
    add.s64 %%rd7, %%rd1, %%rd6;
    add.s64 %%rd6, %%rd2, %%rd6;
    add.s64 %%rd6, %%rd6, %d;
    %s
    shr.u32 %%r4, %%r1, 4;
    cvt.u64.u32 %%rd8, %%r4;
    add.s64 %%rd10, %%rd8, %d;
    add.s64 %%rd11, %%rd8, %d;
    setp.eq.u32 %%p2, %%r0, %%r0;
    setp.ne.u32 %%p3, %%r0, %%r0;
    %s
    %s
    """
        .formatted(
            IMAGE,
            run.result.equals("f32") ? ".f32" : ".b32",
            IMAGE / 16,
            IMAGE,
            4 * count,
            IMAGE + 2048,
            loads,
            run.a == null ? 0 : run.a.descriptor(32 * run.slice),
            run.b.descriptor(PLACE_B + 32 * (run.b.transposed ? 0 : run.slice)),
            code,
            stores);
  }

  static String multiply(Run run, String predicate) {
    String types = run.result + "." + run.typeA + "." + run.typeB;
    return "wgmma.mma_async.sync.aligned.m64n%dk%d.%s %s, %s, %%rd11, %s%s;\n"
        .formatted(
            run.n,
            run.depth(),
            types,
            list("%c", run.registers()),
            run.a == null ? list("%a", 4) : "%rd10",
            predicate,
            run.tail);
  }

  static final String WAIT = "wgmma.commit_group.sync.aligned;\nwgmma.wait_group.sync.aligned 0;\n";

  static int[] launch(Run run, String code, byte[] input, Set<Check> checks) {
    try (Kernels kernels = new Kernels(EmulatorOptions.DEFAULT.withChecks(checks))) {
      DeviceBuffer out = kernels.buffer(new int[128 * run.registers()]);
      int[] words = new int[input.length / 4];
      ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(words);
      kernels.run(
          kernels.body(kernel(run, code)),
          "test",
          Kernels.size(1),
          Kernels.size(128),
          0,
          out,
          kernels.buffer(words));
      return kernels.ints(out);
    }
  }

  /// Element `i` of the accumulator of a thread.
  private static int rowD(int thread, int i) {
    return thread / 32 * 16 + thread % 32 / 4 + (i % 4 >= 2 ? 8 : 0);
  }

  private static int columnD(int thread, int i) {
    return i / 4 * 8 + thread % 4 * 2 + i % 2;
  }

  static byte[] input(Run run, int[][] a, int[][] b, int[][] c) {
    ByteBuffer bytes =
        ByteBuffer.allocate(IMAGE + 2048 + 512 * run.registers()).order(ByteOrder.LITTLE_ENDIAN);
    int sizeA = bytes(run.typeA);
    int sizeB = bytes(run.typeB);
    for (int k = 0; k < a[0].length; k++) {
      for (int m = 0; run.a != null && m < 64; m++) {
        put(bytes, run.a.place(m, k, sizeA), sizeA, bits(run.typeA, a[m][k]));
      }
      for (int n = 0; n < run.n; n++) {
        put(bytes, PLACE_B + run.b.place(n, k, sizeB), sizeB, bits(run.typeB, b[k][n]));
      }
    }
    for (int thread = 0; thread < 128; thread++) {
      if (run.a == null) {
        // Registers of A: two row groups, then the second 16 bytes of K.
        for (int i = 0; i < 16 / sizeA; i++) {
          int perRegister = 4 / sizeA;
          int register = i / perRegister;
          int row = thread / 32 * 16 + thread % 32 / 4 + register % 2 * 8;
          int k = thread % 4 * perRegister + i % perRegister + register / 2 * 16 / sizeA;
          put(bytes, IMAGE + 16 * thread + i * sizeA, sizeA, bits(run.typeA, a[row][k]));
        }
      }
      for (int i = 0; i < run.n / 2; i++) {
        int value = c[rowD(thread, i)][columnD(thread, i)];
        int base = IMAGE + 2048 + 4 * run.registers() * thread;
        switch (run.result) {
          case "f32" -> bytes.putInt(base + 4 * i, Float.floatToRawIntBits(value));
          case "f16" -> bytes.putShort(base + 2 * i, Float.floatToFloat16(value));
          default -> bytes.putInt(base + 4 * i, value);
        }
      }
    }
    return bytes.array();
  }

  private static void put(ByteBuffer bytes, int at, int size, int bits) {
    for (int i = 0; i < size; i++) {
      bytes.put(at + i, (byte) (bits >>> 8 * i));
    }
  }

  private static void check(
      Run run, int[] out, int[][] a, int[][] b, int[][] c, int times, int signA, int signB) {
    int from = run.a == null ? 0 : run.slice * run.depth();
    for (int thread = 0; thread < 128; thread++) {
      for (int i = 0; i < run.n / 2; i++) {
        int row = rowD(thread, i);
        int column = columnD(thread, i);
        int sum = 0;
        for (int k = 0; k < run.depth(); k++) {
          sum += a[row][from + k] * b[from + k][column];
        }
        int expected = c[row][column] + times * signA * signB * sum;
        int base = thread * run.registers();
        float found =
            switch (run.result) {
              case "f32" -> Float.intBitsToFloat(out[base + i]);
              case "f16" -> Float.float16ToFloat((short) (out[base + i / 2] >>> 16 * (i % 2)));
              default -> out[base + i];
            };
        assertThat(found).as("thread %d element %d", thread, i).isEqualTo(expected);
      }
    }
  }

  static void verify(Run run, int signA, int signB) {
    Random random = new Random(run.hashCode());
    int depth = run.depth() * (run.slice + 1);
    int[][] a = random(random, 64, depth, run.typeA.equals("u8"));
    int[][] b = random(random, depth, run.n, run.typeB.equals("u8"));
    int[][] c = random(random, 64, run.n, false);
    byte[] input = input(run, a, b, c);
    String code = "wgmma.fence.sync.aligned;\n" + multiply(run, "%p2");
    check(run, launch(run, code + WAIT, input, Set.of()), a, b, c, 1, signA, signB);
    int[] twice = launch(run, code + multiply(run, "1") + WAIT, input, Set.of(Check.ASYNC_COPIES));
    check(run, twice, a, b, c, 2, signA, signB);
    int[] zeroed = launch(run, code + multiply(run, "%p3") + WAIT, input, Set.of());
    check(run, zeroed, a, b, new int[64][run.n], 1, signA, signB);
  }
}
