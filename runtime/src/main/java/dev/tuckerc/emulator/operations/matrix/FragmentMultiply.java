package dev.tuckerc.emulator.operations.matrix;

import dev.tuckerc.emulator.isa.Float8;
import dev.tuckerc.emulator.isa.Half;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Element;
import dev.tuckerc.emulator.operations.Value;
import java.util.List;

/// `mma.sync` with operands of 8-bit floats, 4-bit integers, single bits or doubles; lane maps as
/// in [MatrixMultiply], with as many elements in a register as fit.
///
/// Sums are accumulated in order of k: of 8-bit floats in single precision, of doubles with fused
/// multiply-adds in double precision, of integers exactly.
public final class FragmentMultiply extends Operation {
  /// Elements of A or B.
  public enum Format {
    E4M3(4),
    E5M2(4),
    S4(8),
    U4(8),
    B1(32),
    F64(1);

    /// Elements in a register.
    public final int packed;

    Format(int packed) {
      this.packed = packed;
    }

    /// Whether sums are integers.
    public boolean integer() {
      return switch (this) {
        case S4, U4, B1 -> true;
        case E4M3, E5M2, F64 -> false;
      };
    }

    private double element(long bits, int index) {
      int part = (int) (bits >>> 32 / packed * index);
      return switch (this) {
        case E4M3 -> Float8.fromE4m3((byte) part);
        case E5M2 -> Float8.fromE5m2((byte) part);
        case S4 -> part << 28 >> 28;
        case U4 -> part & 15;
        case B1 -> part & 1;
        case F64 -> Double.longBitsToDouble(bits);
      };
    }
  }

  /// What an instruction is.
  ///
  /// @param rows 8 or 16
  /// @param half whether C and D are f16, two to a register
  /// @param exclusive whether single bits are combined with `xor`, not `and`
  /// @param saturate whether integer sums are clamped
  public record Form(
      int rows,
      int depth,
      Format formatA,
      Format formatB,
      boolean half,
      boolean exclusive,
      boolean saturate) {}

  private final Form form;
  private final Value[] d;
  private final Value[] a;
  private final Value[] b;
  private final Value[] c;

  public FragmentMultiply(Form form, List<Value> d, List<Value> a, List<Value> b, List<Value> c) {
    this.form = form;
    this.d = d.toArray(new Value[0]);
    this.a = a.toArray(new Value[0]);
    this.b = b.toArray(new Value[0]);
    this.c = c.toArray(new Value[0]);
  }

  @Override
  public void run(Warp warp) {
    if (warp.mask != -1) {
      throw new Fault(
          Integer.numberOfTrailingZeros(~warp.mask),
          "mma needs all 32 threads of the warp, this one is not active");
    }
    int rows = form.rows;
    int depth = form.depth;
    warp.block.counters.matrixMultiplyAdds += (long) rows * 8 * depth;
    int halves = rows / 8;
    int packed = form.formatA.packed;
    double[] left = new double[rows * depth];
    double[] right = new double[8 * depth];
    for (int lane = 0; lane < 32; lane++) {
      int g = lane >> 2;
      int t = lane & 3;
      for (int r = 0; r < a.length; r++) {
        int at = (g + 8 * (r % halves)) * depth + packed * (4 * (r / halves) + t);
        for (int e = 0; e < packed; e++) {
          left[at + e] = form.formatA.element(bits(warp, a[r], lane), e);
        }
      }
      for (int r = 0; r < b.length; r++) {
        int at = g * depth + packed * (4 * r + t);
        for (int e = 0; e < packed; e++) {
          right[at + e] = form.formatB.element(bits(warp, b[r], lane), e);
        }
      }
    }
    // D may share registers with C of other lanes' sums only by lane, so each lane is complete.
    for (int lane = 0; lane < 32; lane++) {
      lane(warp, lane, left, right);
    }
  }

  private void lane(Warp warp, int lane, double[] left, double[] right) {
    int elements = form.rows / 4;
    long[] results = new long[elements];
    for (int i = 0; i < elements; i++) {
      int row = (lane >> 2) + 8 * (i / 2);
      int column = 2 * (lane & 3) + i % 2;
      long old = bits(warp, c[form.half ? i / 2 : i], lane);
      results[i] =
          sum(
              form.half ? old >>> 16 * (i % 2) : old,
              left,
              row * form.depth,
              right,
              column * form.depth);
    }
    for (int r = 0; r < d.length; r++) {
      if (d[r].slot() >= 0) {
        long bits = form.half ? results[2 * r] | results[2 * r + 1] << 16 : results[r];
        Element.toRegister(warp, d[r].home(), d[r].slot(), lane, bits);
      }
    }
  }

  /// Bits of an element of D, given those of C.
  private long sum(long old, double[] left, int from, double[] right, int to) {
    if (form.formatA == Format.F64) {
      double sum = Double.longBitsToDouble(old);
      for (int k = 0; k < form.depth; k++) {
        sum = Math.fma(left[from + k], right[to + k], sum);
      }
      return Double.doubleToRawLongBits(sum);
    }
    if (form.formatA.integer()) {
      long sum = (int) old;
      for (int k = 0; k < form.depth; k++) {
        double x = left[from + k];
        double y = right[to + k];
        sum += form.exclusive ? x != y ? 1 : 0 : (long) (x * y);
      }
      return form.saturate ? Math.clamp(sum, Integer.MIN_VALUE, Integer.MAX_VALUE) : sum;
    }
    float sum = form.half ? Half.toFloat((int) old) : Float.intBitsToFloat((int) old);
    for (int k = 0; k < form.depth; k++) {
      sum = Math.fma((float) left[from + k], (float) right[to + k], sum);
    }
    return form.half ? Half.fromFloat(sum) : Float.floatToRawIntBits(sum);
  }

  private static long bits(Warp warp, Value register, int lane) {
    return register.home() == Home.INT
        ? warp.i[register.slot()][lane]
        : Element.fromRegister(warp, register.home(), register.slot(), lane);
  }
}
