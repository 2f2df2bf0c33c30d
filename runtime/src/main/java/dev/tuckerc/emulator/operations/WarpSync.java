package dev.tuckerc.emulator.operations;

import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Warp;

/// The member mask of `.sync` instructions.
final class WarpSync {
  private WarpSync() {}

  /// Checks that the executing lanes are members, and waits for members that are elsewhere.
  static void check(Warp warp, Value members, String what) {
    int first = Integer.numberOfTrailingZeros(warp.mask);
    int mask = warp.i[members.slot()][first];
    if ((warp.mask & ~mask) != 0) {
      int lane = Integer.numberOfTrailingZeros(warp.mask & ~mask);
      throw new Fault(
          lane,
          what
              + " with member mask 0x"
              + Integer.toHexString(mask)
              + " executed by a thread that is not a member");
    }
  }
}
