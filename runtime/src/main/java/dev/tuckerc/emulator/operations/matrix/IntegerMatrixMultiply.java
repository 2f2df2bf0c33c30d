package dev.tuckerc.emulator.operations.matrix;

import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.MatrixScratch;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Value;
import java.util.List;

/// `mma.sync` with 8-bit integer operands and 32-bit accumulators; lane maps as in [MatrixMultiply]
/// with four elements in a register.
public final class IntegerMatrixMultiply extends Operation {
  private final int rows;
  private final int depth;
  private final Value[] d;
  private final Value[] a;
  private final Value[] b;
  private final Value[] c;
  private final boolean signedLeft;
  private final boolean signedRight;
  private final boolean saturate;

  public IntegerMatrixMultiply(
      int rows,
      int depth,
      List<Value> d,
      List<Value> a,
      List<Value> b,
      List<Value> c,
      boolean signedLeft,
      boolean signedRight,
      boolean saturate) {
    this.rows = rows;
    this.depth = depth;
    this.d = d.toArray(new Value[0]);
    this.a = a.toArray(new Value[0]);
    this.b = b.toArray(new Value[0]);
    this.c = c.toArray(new Value[0]);
    this.signedLeft = signedLeft;
    this.signedRight = signedRight;
    this.saturate = saturate;
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
    for (int lane = 0; lane < 32; lane++) {
      int g = lane >> 2;
      int t = lane & 3;
      for (int r = 0; r < a.length; r++) {
        int bits = warp.i[a[r].slot()][lane];
        int at = (g + 8 * (r % halves)) * depth + 16 * (r / halves) + 4 * t;
        for (int e = 0; e < 4; e++) {
          scratch.ai[at + e] = element(bits, e, signedLeft);
        }
      }
      for (int r = 0; r < b.length; r++) {
        int bits = warp.i[b[r].slot()][lane];
        for (int e = 0; e < 4; e++) {
          scratch.bi[(16 * r + 4 * t + e) * 8 + g] = element(bits, e, signedRight);
        }
      }
    }
    for (int lane = 0; lane < 32; lane++) {
      for (int r = 0; r < d.length; r++) {
        int row = (lane >> 2) + 8 * (r / 2);
        int column = 2 * (lane & 3) + r % 2;
        long sum = warp.i[c[r].slot()][lane];
        for (int k = 0; k < depth; k++) {
          sum += (long) scratch.ai[row * depth + k] * scratch.bi[k * 8 + column];
        }
        // C may be the same register as D: results are stored after all rows have been read.
        scratch.ci[row * 8 + column] =
            saturate
                ? (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, sum))
                : (int) sum;
      }
    }
    for (int lane = 0; lane < 32; lane++) {
      for (int r = 0; r < d.length; r++) {
        int row = (lane >> 2) + 8 * (r / 2);
        warp.i[d[r].slot()][lane] = scratch.ci[row * 8 + 2 * (lane & 3) + r % 2];
      }
    }
  }

  private static int element(int bits, int index, boolean signed) {
    int value = bits >>> (8 * index);
    return signed ? (byte) value : value & 0xff;
  }
}
