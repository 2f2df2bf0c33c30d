package dev.tuckerc.emulator.operations;

import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.Warp;

/// A matrix of `wgmma` in shared memory, read in pieces of 16 bytes, 32 at a time, like the lanes
/// of a load.
///
/// @param descriptor 64-bit register with the matrix descriptor
/// @param acrossDepth whether the matrix is contiguous along M or N, not along K
/// @param addressing reads 16 bytes at the addresses in `scratch`
/// @param scratch 32-bit register of the emulator's own
public record WarpgroupOperand(
    Value descriptor, boolean acrossDepth, Addressing addressing, Value scratch) {

  /// The descriptor's bits; it is the same in all threads.
  long bits(Warp warp) {
    return descriptor.home() == Home.LONG ? warp.l[descriptor.slot()][0] : 0;
  }

  /// Copies rows (of A) or columns (of B) of 32 bytes along K.
  void read(Warp warp, long bits, int first, int count, byte[] into) {
    MatrixDescriptor matrix = MatrixDescriptor.of(bits);
    int pieces = 2 * count;
    int base = (int) warp.block.shared.base;
    int[] addresses = warp.i[scratch.slot()];
    for (int from = 0; from < pieces; from += 32) {
      int now = Math.min(32, pieces - from);
      for (int lane = 0; lane < now; lane++) {
        int piece = from + lane;
        addresses[lane] =
            base
                + (acrossDepth
                    ? matrix.acrossDepth(first / 8 + piece / 16, piece % 16)
                    : matrix.alongDepth(first + piece / 2, piece % 2));
      }
      int whole = warp.mask;
      warp.mask = now == 32 ? -1 : (1 << now) - 1;
      byte[] memory;
      try {
        memory = addressing.resolve(warp, "wgmma.mma_async matrix");
      } finally {
        warp.mask = whole;
      }
      for (int lane = 0; lane < now; lane++) {
        byte[] bytes = memory == null ? warp.laneBytes[lane] : memory;
        place(bytes, warp.offsets[lane], from + lane, into);
      }
    }
  }

  private void place(byte[] memory, int offset, int piece, byte[] into) {
    if (!acrossDepth) {
      System.arraycopy(memory, offset, into, 16 * piece, 16);
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
