package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.device.DeviceBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `mma.sync` of 8-bit floats, 4-bit integers, bits and doubles. The places of elements are the
/// tables of the PTX ISA manual ("Matrix fragments for mma"), written out per element.
class MatrixFragmentsTest {

  /// Element `i` of a lane's fragment of A, by shape.
  private static int rowA(String shape, int lane, int i) {
    int group = lane / 4;
    boolean lower =
        switch (shape) {
          case "m16n8k32.8" -> i >= 4 && i < 8 || i >= 12;
          case "m16n8k16.8" -> i >= 4;
          case "m16n8k32.4" -> i >= 8;
          case "m16n8k64.4" -> i >= 8 && i < 16 || i >= 24;
          case "m16n8k128.1" -> i >= 32;
          case "m16n8k256.1" -> i >= 32 && i < 64 || i >= 96;
          case "m16n8k4.64", "m16n8k8.64", "m16n8k16.64" -> i % 2 == 1;
          default -> false;
        };
    return group + (lower ? 8 : 0);
  }

  private static int columnA(String shape, int lane, int i) {
    int thread = lane % 4;
    return switch (shape) {
      case "m16n8k32.8" -> thread * 4 + (i & 3) + (i < 8 ? 0 : 16);
      case "m16n8k16.8" -> thread * 4 + (i & 3);
      case "m8n8k32.4", "m16n8k32.4" -> thread * 8 + (i & 7);
      case "m16n8k64.4" -> thread * 8 + (i & 7) + (i < 16 ? 0 : 32);
      case "m8n8k128.1", "m16n8k128.1" -> thread * 32 + (i & 31);
      case "m16n8k256.1" -> thread * 32 + (i & 31) + (i < 64 ? 0 : 128);
      case "m8n8k4.64", "m16n8k4.64" -> thread;
      case "m16n8k8.64" -> thread + (i < 2 ? 0 : 4);
      case "m16n8k16.64" -> thread + i / 2 * 4;
      default -> throw new IllegalArgumentException(shape);
    };
  }

  private static int rowB(String shape, int lane, int i) {
    int thread = lane % 4;
    return switch (shape) {
      case "m16n8k32.8" -> thread * 4 + (i & 3) + (i < 4 ? 0 : 16);
      case "m16n8k16.8" -> thread * 4 + i;
      case "m8n8k32.4", "m16n8k32.4" -> thread * 8 + i;
      case "m16n8k64.4" -> thread * 8 + (i & 7) + (i < 8 ? 0 : 32);
      case "m8n8k128.1", "m16n8k128.1" -> thread * 32 + i;
      case "m16n8k256.1" -> thread * 32 + (i & 31) + (i < 32 ? 0 : 128);
      default -> thread + 4 * i;
    };
  }

  private static long bits(String type, int value) {
    return switch (type) {
      case "e4m3" -> e4m3(value);
      case "e5m2" -> Float.floatToFloat16(value) >>> 8 & 0xff;
      case "s4", "u4" -> value & 15;
      case "f64" -> Double.doubleToRawLongBits(value);
      default -> value;
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

  private static int value(Random random, String type) {
    return switch (type) {
      case "u4" -> random.nextInt(16);
      case "b1" -> random.nextInt(2);
      default -> random.nextInt(15) - 7;
    };
  }

  private static String list(String name, int from, int count) {
    return IntStream.range(from, from + count)
        .mapToObj(i -> name + i)
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static void put(ByteBuffer buffer, int base, int index, int width, long bits) {
    if (width == 64) {
      buffer.putLong(base + 8 * index, bits);
    } else {
      int at = base + index * width / 32 * 4;
      buffer.putInt(at, buffer.getInt(at) | (int) bits << index * width % 32);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "m16n8k32, 8, f32, e4m3, e5m2, ''",
    "m16n8k16, 8, f32, e5m2, e4m3, ''",
    "m16n8k32, 8, f16, e4m3, e4m3, ''",
    "m16n8k16, 8, f16, e5m2, e5m2, ''",
    "m8n8k32, 4, s32, s4, u4, ''",
    "m16n8k32, 4, s32, u4, s4, ''",
    "m16n8k64, 4, s32, s4, s4, ''",
    "m8n8k128, 1, s32, b1, b1, .and.popc",
    "m16n8k128, 1, s32, b1, b1, .xor.popc",
    "m16n8k256, 1, s32, b1, b1, .and.popc",
    "m16n8k256, 1, s32, b1, b1, .xor.popc",
    "m8n8k4, 64, f64, f64, f64, ''",
    "m16n8k4, 64, f64, f64, f64, ''",
    "m16n8k8, 64, f64, f64, f64, ''",
    "m16n8k16, 64, f64, f64, f64, ''",
  })
  void products(String form, int width, String result, String typeA, String typeB, String suffix) {
    String shape = form + "." + width;
    int rows = form.startsWith("m16") ? 16 : 8;
    int depth = Integer.parseInt(form.substring(form.indexOf('k') + 1));
    int elementsA = rows * depth / 32;
    int elementsB = 8 * depth / 32;
    int elementsC = rows / 4;
    Random random = new Random(shape.hashCode());
    int[][] a = new int[rows][depth];
    int[][] b = new int[depth][8];
    int[][] c = new int[rows][8];
    int bytes = 256;
    ByteBuffer input = ByteBuffer.allocate(32 * bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int lane = 0; lane < 32; lane++) {
      for (int i = 0; i < elementsA; i++) {
        int value = value(random, typeA);
        a[rowA(shape, lane, i)][columnA(shape, lane, i)] = value;
        put(input, lane * bytes, i, width, bits(typeA, value));
      }
      for (int i = 0; i < elementsB; i++) {
        int value = value(random, typeB);
        b[rowB(shape, lane, i)][lane / 4] = value;
        put(input, lane * bytes + 64, i, width, bits(typeB, value));
      }
      for (int i = 0; i < elementsC; i++) {
        int value = random.nextInt(21) - 10;
        c[lane / 4 + i / 2 * 8][lane % 4 * 2 + i % 2] = value;
        switch (result) {
          case "f64" -> input.putDouble(lane * bytes + 128 + 8 * i, value);
          case "f32" -> input.putFloat(lane * bytes + 128 + 4 * i, value);
          case "f16" -> input.putShort(lane * bytes + 128 + 2 * i, Float.floatToFloat16(value));
          default -> input.putInt(lane * bytes + 128 + 4 * i, value);
        }
      }
    }
    boolean wide = width == 64;
    int perWord = wide ? 1 : 32 / width;
    int registersC = result.equals("f16") ? elementsC / 2 : elementsC;
    String instruction =
        "mma.sync.aligned.%s.row.col.%s.%s.%s.%s%s %s, %s, %s, %s;\n"
            .formatted(
                form,
                result,
                typeA,
                typeB,
                result,
                suffix,
                list(wide ? "%x" : result.equals("f32") ? "%f" : "%r", 40, registersC),
                list(wide ? "%x" : "%r", 10, elementsA / perWord),
                list(wide ? "%x" : "%r", 30, elementsB / perWord),
                list(wide ? "%x" : result.equals("f32") ? "%f" : "%r", 40, registersC));
    ByteBuffer out =
        run(instruction, wide, result, elementsA / perWord, elementsB / perWord, registersC, input);
    for (int lane = 0; lane < 32; lane++) {
      for (int i = 0; i < elementsC; i++) {
        int row = lane / 4 + i / 2 * 8;
        int column = lane % 4 * 2 + i % 2;
        int expected = c[row][column];
        for (int k = 0; k < depth; k++) {
          expected +=
              suffix.startsWith(".xor") ? a[row][k] ^ b[k][column] : a[row][k] * b[k][column];
        }
        double found =
            switch (result) {
              case "f64" -> out.getDouble(lane * 32 + 8 * i);
              case "f32" -> out.getFloat(lane * 32 + 4 * i);
              case "f16" -> Float.float16ToFloat(out.getShort(lane * 32 + 2 * i));
              default -> out.getInt(lane * 32 + 4 * i);
            };
        assertThat(found).as("lane %d element %d", lane, i).isEqualTo(expected);
      }
    }
  }

  private static ByteBuffer run(
      String instruction, boolean wide, String result, int a, int b, int c, ByteBuffer input) {
    StringBuilder body = new StringBuilder(".reg .f64 %x<48>;\n");
    body.append("mul.wide.u32 %rd3, %r0, 256; add.s64 %rd3, %rd2, %rd3;\n");
    body.append("mul.wide.u32 %rd4, %r0, 32; add.s64 %rd4, %rd1, %rd4;\n");
    String type = wide ? "f64" : "b32";
    String name = wide ? "%x" : "%r";
    String nameC = wide ? "%x" : result.equals("f32") ? "%f" : "%r";
    int step = wide ? 8 : 4;
    loads(body, type, name, 10, a, 0, step);
    loads(body, type, name, 30, b, 64, step);
    loads(body, type, nameC, 40, c, 128, step);
    body.append(instruction);
    for (int i = 0; i < c; i++) {
      body.append("st.global.%s [%%rd4+%d], %s%d;\n".formatted(type, step * i, nameC, 40 + i));
    }
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer out = kernels.buffer(new int[32 * 8]);
      int[] words = new int[input.capacity() / 4];
      input.asIntBuffer().get(words);
      kernels.run(
          kernels.body(body.toString()),
          "test",
          Kernels.size(1),
          Kernels.size(32),
          0,
          out,
          kernels.buffer(words));
      ByteBuffer bytes = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asIntBuffer().put(kernels.ints(out));
      return bytes;
    }
  }

  private static void loads(
      StringBuilder body, String type, String name, int first, int count, int at, int step) {
    for (int i = 0; i < count; i++) {
      body.append(
          "ld.global.%s %s%d, [%%rd3+%d];\n".formatted(type, name, first + i, at + step * i));
    }
  }

  @Test
  void transposedFragment() {
    // Element (r, c) is 8 r + c.
    String body =
        """
        mul.wide.u32 %rd3, %r0, 4; add.s64 %rd4, %rd2, %rd3; add.s64 %rd5, %rd1, %rd3;
        ld.global.b32 %r1, [%rd4];
        movmatrix.sync.aligned.m8n8.trans.b16 %r1, %r1;
        st.global.b32 [%rd5], %r1;
        """;
    int[] words =
        IntStream.range(0, 32)
            .map(l -> 8 * (l / 4) + l % 4 * 2 | 8 * (l / 4) + l % 4 * 2 + 1 << 16)
            .toArray();
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer out = kernels.buffer(new int[32]);
      kernels.run(
          kernels.body(body),
          "test",
          Kernels.size(1),
          Kernels.size(32),
          0,
          out,
          kernels.buffer(words));
      int[] expected =
          IntStream.range(0, 32)
              .map(l -> 8 * (l % 4 * 2) + l / 4 | 8 * (l % 4 * 2 + 1) + l / 4 << 16)
              .toArray();
      assertThat(kernels.ints(out)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "m16n8k32.row.col.f32.e4m3.f16.f32", "m16n8k8.row.col.s32.s4.s4.s32",
    "m16n8k16.row.col.f16.e4m3.e4m3.f32", "m8n8k32.row.col.f32.e4m3.e4m3.f32",
    "m16n8k32.row.col.f32.e2m1.e2m1.f32",
  })
  void shapesThatDoNotExist(String form) {
    try (Kernels kernels = new Kernels()) {
      DeviceBuffer b = kernels.buffer(new int[4]);
      String code = "mma.sync.aligned." + form + " {%f1}, {%r1}, {%r2}, {%f1};";
      assertThatThrownBy(() ->
              kernels.run(kernels.body(code), "test", Kernels.size(1), Kernels.size(32), 0, b, b))
          .hasMessageContaining("mma.sync.aligned." + form + " is not supported by the emulator");
    }
  }
}
