package dev.tuckerc.emulator.operations.matrix;

import dev.tuckerc.emulator.check.MemoryOrder;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.memory.Pieces;
import dev.tuckerc.emulator.operations.memory.Space;

/// A matrix of `wgmma` in shared memory, read in pieces of 16 bytes, 32 at a time, like the lanes
/// of a load.
///
/// @param descriptor 64-bit register with the matrix descriptor
/// @param acrossDepth whether the matrix is contiguous along M or N, not along K
public record WarpgroupOperand(Value descriptor, boolean acrossDepth) {

  /// The descriptor's bits; it is the same in all threads.
  long bits(Warp warp) {
    return warp.l[descriptor.slot()][0];
  }

  /// Copies rows (of A) or columns (of B) of 32 bytes along K.
  void read(Warp warp, long bits, int first, int count, byte[] into) {
    MatrixDescriptor matrix = MatrixDescriptor.of(bits);
    long base = warp.block.shared.base;
    new Pieces(Space.SHARED, 16, 16, false, -1, "wgmma.mma_async matrix")
        .as(MemoryOrder.READ)
        .visit(
            warp,
            2 * count,
            piece ->
                base
                    + (acrossDepth
                        ? matrix.acrossDepth(first / 8 + piece / 16, piece % 16)
                        : matrix.alongDepth(first + row(piece), piece >> 3 & 1)),
            (piece, memory, offset) -> place(memory, offset, piece, into));
  }

  /// Row of a piece: eight rows of a core matrix, then of the one beside it.
  private static int row(int piece) {
    return piece / 16 * 8 + piece % 8;
  }

  private void place(byte[] memory, int offset, int piece, byte[] into) {
    if (!acrossDepth) {
      System.arraycopy(memory, offset, into, 32 * row(piece) + 16 * (piece >> 3 & 1), 16);
      return;
    }
    int depth = piece % 16;
    for (int element = 0; element < 8; element++) {
      int at = 32 * (piece / 16 * 8 + element) + 2 * depth;
      into[at] = memory[offset + 2 * element];
      into[at + 1] = memory[offset + 2 * element + 1];
    }
  }
}
