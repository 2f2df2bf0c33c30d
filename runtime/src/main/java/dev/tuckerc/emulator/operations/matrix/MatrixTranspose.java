package dev.tuckerc.emulator.operations.matrix;

import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Value;

/// `movmatrix`: transposes an 8x8 matrix of 16-bit elements of which lane `l` holds elements `(l /
/// 4, 2 (l mod 4))` and the next in the row.
public final class MatrixTranspose extends Operation {
  private final Value result;
  private final Value source;

  public MatrixTranspose(Value result, Value source) {
    this.result = result;
    this.source = source;
  }

  @Override
  public void run(Warp warp) {
    if (warp.mask != -1) {
      throw new Fault(
          Integer.numberOfTrailingZeros(~warp.mask),
          "movmatrix needs all 32 threads of the warp, this one is not active");
    }
    int[] from = warp.i[source.slot()].clone();
    int[] to = warp.i[result.slot()];
    for (int lane = 0; lane < 32; lane++) {
      int row = lane >> 2;
      int column = 2 * (lane & 3);
      to[lane] = element(from, column, row) | element(from, column + 1, row) << 16;
    }
  }

  private static int element(int[] words, int row, int column) {
    return words[4 * row + column / 2] >>> 16 * (column & 1) & 0xffff;
  }
}
