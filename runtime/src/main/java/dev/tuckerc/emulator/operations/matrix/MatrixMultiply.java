package dev.tuckerc.emulator.operations.matrix;

import dev.tuckerc.emulator.isa.Half;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.MatrixScratch;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Value;
import java.util.List;

/// `mma.sync` with floating-point operands, 16 rows (or 8) by 8 columns.
///
/// With `g = lane / 4`, `t = lane % 4` and `n` elements in a register, register `r` of A holds row
/// `g + 8 (r mod rows/8)`, columns `4n (r div rows/8) + n t` and following; register `r` of B holds
/// rows `4n r + n t` and following of column `g`; the accumulator holds row `g` (then `g + 8`),
/// columns `2t` and `2t + 1` (PTX ISA, "Matrix fragments for mma"). Products are exact in single
/// precision; sums are accumulated in single precision in order of k.
public final class MatrixMultiply extends Operation {
  /// Element formats of A and B.
  public enum Format {
    F16,
    BF16,
    TF32
  }

  final int rows;
  final int depth;
  final Format format;
  final Value[] d;
  final Value[] a;
  final Value[] b;
  final Value[] c;
  private final boolean halfResult;
  private final boolean halfAccumulator;

  /// @param rows 8 or 16
  /// @param depth of the product
  /// @param halfResult whether D is f16, two to a register
  /// @param halfAccumulator whether C is f16
  public MatrixMultiply(
      int rows,
      int depth,
      Format format,
      List<Value> d,
      List<Value> a,
      List<Value> b,
      List<Value> c,
      boolean halfResult,
      boolean halfAccumulator) {
    this.rows = rows;
    this.depth = depth;
    this.format = format;
    this.d = d.toArray(new Value[0]);
    this.a = a.toArray(new Value[0]);
    this.b = b.toArray(new Value[0]);
    this.c = c.toArray(new Value[0]);
    this.halfResult = halfResult;
    this.halfAccumulator = halfAccumulator;
  }

  @Override
  public void run(Warp warp) {
    if (warp.mask != -1) {
      throw new Fault(
          Integer.numberOfTrailingZeros(~warp.mask),
          "mma needs all 32 threads of the warp, this one is not active");
    }
    warp.block.counters.matrixMultiplyAdds += (long) rows * 8 * depth;
    MatrixScratch scratch = warp.matrix;
    int halves = rows / 8;
    int packed = format == Format.TF32 ? 1 : 2;
    for (int r = 0; r < a.length; r++) {
      int row = 8 * (r % halves);
      int column = 4 * packed * (r / halves);
      left(warp, a[r], scratch.a, row * depth + column);
    }
    for (int r = 0; r < b.length; r++) {
      right(warp, b[r], scratch.b, 4 * packed * r);
    }
    for (int half = 0; half < halves; half++) {
      accumulator(warp, scratch.c, half);
    }
    multiply(scratch.a, scratch.b, scratch.c, rows, depth);
    for (int half = 0; half < halves; half++) {
      result(warp, scratch.c, half);
    }
  }

  /// Whether [MatrixMultiplyGroup] can hold it.
  boolean groupable() {
    boolean floats = true;
    for (Value register : c) {
      floats &= register.home() == Home.FLOAT;
    }
    for (Value register : d) {
      floats &= register.home() == Home.FLOAT || register.slot() < 0;
    }
    for (Value register : a) {
      floats &= register.home() == Home.INT;
    }
    for (Value register : b) {
      floats &= register.home() == Home.INT;
    }
    return floats && rows == 16 && depth % 8 == 0 && !halfResult && !halfAccumulator;
  }

  /// The bits of a fragment's register.
  int[] factors(Warp warp, Value register) {
    return warp.i[register.slot()];
  }

  private void left(Warp warp, Value register, float[] matrix, int base) {
    if (format == Format.TF32) {
      for (int lane = 0; lane < 32; lane++) {
        matrix[base + (lane >> 2) * depth + (lane & 3)] = tf32(warp, register, lane);
      }
      return;
    }
    int[] bits = warp.i[register.slot()];
    if (format == Format.F16) {
      for (int lane = 0; lane < 32; lane++) {
        int at = base + (lane >> 2) * depth + 2 * (lane & 3);
        matrix[at] = Float.float16ToFloat((short) bits[lane]);
        matrix[at + 1] = Float.float16ToFloat((short) (bits[lane] >>> 16));
      }
    } else {
      for (int lane = 0; lane < 32; lane++) {
        int at = base + (lane >> 2) * depth + 2 * (lane & 3);
        matrix[at] = Float.intBitsToFloat(bits[lane] << 16);
        matrix[at + 1] = Float.intBitsToFloat(bits[lane] & 0xffff_0000);
      }
    }
  }

  private void right(Warp warp, Value register, float[] matrix, int row) {
    if (format == Format.TF32) {
      for (int lane = 0; lane < 32; lane++) {
        matrix[(row + (lane & 3)) * 8 + (lane >> 2)] = tf32(warp, register, lane);
      }
      return;
    }
    int[] bits = warp.i[register.slot()];
    if (format == Format.F16) {
      for (int lane = 0; lane < 32; lane++) {
        int at = (row + 2 * (lane & 3)) * 8 + (lane >> 2);
        matrix[at] = Float.float16ToFloat((short) bits[lane]);
        matrix[at + 8] = Float.float16ToFloat((short) (bits[lane] >>> 16));
      }
    } else {
      for (int lane = 0; lane < 32; lane++) {
        int at = (row + 2 * (lane & 3)) * 8 + (lane >> 2);
        matrix[at] = Float.intBitsToFloat(bits[lane] << 16);
        matrix[at + 8] = Float.intBitsToFloat(bits[lane] & 0xffff_0000);
      }
    }
  }

  /// The hardware ignores the low 13 bits.
  private static float tf32(Warp warp, Value register, int lane) {
    int bits =
        register.home() == Home.FLOAT
            ? Float.floatToRawIntBits(warp.f[register.slot()][lane])
            : warp.i[register.slot()][lane];
    return Float.intBitsToFloat(bits & 0xffff_e000);
  }

  private void accumulator(Warp warp, float[] matrix, int half) {
    if (halfAccumulator) {
      int[] bits = warp.i[c[half].slot()];
      for (int lane = 0; lane < 32; lane++) {
        int at = 64 * half + 2 * lane;
        matrix[at] = Half.toFloat(bits[lane]);
        matrix[at + 1] = Half.toFloat(bits[lane] >>> 16);
      }
      return;
    }
    // Row g, columns 2t and 2t + 1: position 8 g + 2 t = 2 * lane.
    for (int e = 0; e < 2; e++) {
      Value register = c[2 * half + e];
      if (register.home() == Home.FLOAT) {
        float[] values = warp.f[register.slot()];
        for (int lane = 0; lane < 32; lane++) {
          matrix[64 * half + 2 * lane + e] = values[lane];
        }
      } else {
        int[] values = warp.i[register.slot()];
        for (int lane = 0; lane < 32; lane++) {
          matrix[64 * half + 2 * lane + e] = Float.intBitsToFloat(values[lane]);
        }
      }
    }
  }

  private void result(Warp warp, float[] matrix, int half) {
    if (halfResult) {
      int[] bits = warp.i[d[half].slot()];
      for (int lane = 0; lane < 32; lane++) {
        int at = 64 * half + 2 * lane;
        bits[lane] = Half.fromFloat(matrix[at]) | Half.fromFloat(matrix[at + 1]) << 16;
      }
      return;
    }
    for (int e = 0; e < 2; e++) {
      Value register = d[2 * half + e];
      if (register.slot() < 0) {
        continue;
      }
      if (register.home() == Home.FLOAT) {
        float[] values = warp.f[register.slot()];
        for (int lane = 0; lane < 32; lane++) {
          values[lane] = matrix[64 * half + 2 * lane + e];
        }
      } else {
        int[] values = warp.i[register.slot()];
        for (int lane = 0; lane < 32; lane++) {
          values[lane] = Float.floatToRawIntBits(matrix[64 * half + 2 * lane + e]);
        }
      }
    }
  }

  /// `c += a b`, c and b with 8 columns, a with `depth` columns.
  static void multiply(float[] a, float[] b, float[] c, int rows, int depth) {
    for (int row = 0; row < rows; row++) {
      int at = row * 8;
      float c0 = c[at];
      float c1 = c[at + 1];
      float c2 = c[at + 2];
      float c3 = c[at + 3];
      float c4 = c[at + 4];
      float c5 = c[at + 5];
      float c6 = c[at + 6];
      float c7 = c[at + 7];
      int left = row * depth;
      for (int k = 0; k < depth; k++) {
        float x = a[left + k];
        int right = k * 8;
        c0 = Math.fma(x, b[right], c0);
        c1 = Math.fma(x, b[right + 1], c1);
        c2 = Math.fma(x, b[right + 2], c2);
        c3 = Math.fma(x, b[right + 3], c3);
        c4 = Math.fma(x, b[right + 4], c4);
        c5 = Math.fma(x, b[right + 5], c5);
        c6 = Math.fma(x, b[right + 6], c6);
        c7 = Math.fma(x, b[right + 7], c7);
      }
      c[at] = c0;
      c[at + 1] = c1;
      c[at + 2] = c2;
      c[at + 3] = c3;
      c[at + 4] = c4;
      c[at + 5] = c5;
      c[at + 6] = c6;
      c[at + 7] = c7;
    }
  }
}
