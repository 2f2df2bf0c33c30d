package dev.tuckerc.emulator.operations.matrix;

import dev.tuckerc.emulator.check.MemoryOrder;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Bytes;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.memory.Addressing;
import dev.tuckerc.emulator.operations.memory.Checking;
import dev.tuckerc.emulator.operations.memory.MemoryCounting;
import java.util.List;

/// `ldmatrix` and `stmatrix`: one, two or four 8x8 matrices of 16-bit elements.
///
/// Lane `8 m + r` gives the address of row `r` of matrix `m`, 16 bytes. Lane `l` holds of each
/// matrix the elements `(l / 4, 2 (l % 4))` and the next in the row; transposed, `(2 (l % 4), l /
/// 4)` and the next in the column.
public final class MatrixLoad extends Operation {
  private final Addressing addressing;
  private final Value[] registers;
  private final boolean transposed;
  private final boolean store;

  public MatrixLoad(
      Addressing addressing, List<Value> registers, boolean transposed, boolean store) {
    this.addressing = addressing;
    this.registers = registers.toArray(new Value[0]);
    this.transposed = transposed;
    this.store = store;
  }

  @Override
  public void run(Warp warp) {
    int whole = warp.mask;
    if (whole != -1) {
      throw new Fault(
          Integer.numberOfTrailingZeros(~whole),
          "ldmatrix/stmatrix needs all 32 threads of the warp, this one is not active");
    }
    int rows = 8 * registers.length;
    warp.mask = rows == 32 ? -1 : (1 << rows) - 1;
    byte[] memory;
    try {
      memory = addressing.resolve(warp, store ? "stmatrix" : "ldmatrix");
      if (warp.checks != null) {
        for (int row = 0; row < rows; row++) {
          MemoryOrder order = store ? MemoryOrder.WRITE : MemoryOrder.READ;
          Checking.place(warp, warp.checks, addressing, row, whole, order, warp.position());
        }
      }
      if (store) {
        MemoryCounting.store(warp, addressing);
      } else {
        MemoryCounting.load(warp, addressing);
      }
    } finally {
      warp.mask = whole;
    }
    int[] offsets = warp.offsets;
    for (int m = 0; m < registers.length; m++) {
      int[] values = warp.i[registers[m].slot()];
      if (memory != null && !transposed && !store) {
        for (int lane = 0; lane < 32; lane++) {
          values[lane] = (int) Bytes.INT.get(memory, offsets[8 * m + (lane >> 2)] + 4 * (lane & 3));
        }
        continue;
      }
      for (int lane = 0; lane < 32; lane++) {
        int r0 = transposed ? 2 * (lane & 3) : lane >> 2;
        int c0 = transposed ? lane >> 2 : 2 * (lane & 3);
        int row0 = 8 * m + r0;
        int row1 = transposed ? row0 + 1 : row0;
        int c1 = transposed ? c0 : c0 + 1;
        byte[] bytes0 = memory == null ? warp.laneBytes[row0] : memory;
        byte[] bytes1 = memory == null ? warp.laneBytes[row1] : memory;
        if (store) {
          Bytes.SHORT.set(bytes0, offsets[row0] + 2 * c0, (short) values[lane]);
          Bytes.SHORT.set(bytes1, offsets[row1] + 2 * c1, (short) (values[lane] >>> 16));
        } else {
          int low = (short) Bytes.SHORT.get(bytes0, offsets[row0] + 2 * c0) & 0xffff;
          int high = (short) Bytes.SHORT.get(bytes1, offsets[row1] + 2 * c1);
          values[lane] = low | high << 16;
        }
      }
    }
  }
}
