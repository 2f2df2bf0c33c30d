package dev.tuckerc.emulator.operations.control;

import dev.tuckerc.emulator.check.Check;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Value;

/// The member mask of `.sync` instructions.
final class WarpSync {
  private WarpSync() {}

  /// Checks that each executing lane is a member, and, if barriers are checked, that every live
  /// lane its mask names executes the instruction as well.
  static void check(Warp warp, Value members, String what) {
    int named = checkExecuting(warp, members, what);
    int absent = named & warp.live & ~warp.mask;
    if (absent != 0 && warp.block.launch.checks.contains(Check.BARRIERS)) {
      throw new Fault(
          Integer.numberOfTrailingZeros(warp.mask),
          what
              + " with member mask "
              + hex(named)
              + " executed by lanes "
              + hex(warp.mask)
              + " only; expected: all live threads that the mask names, "
              + hex(absent)
              + " as well");
    }
  }

  /// Checks that each executing lane is a member.
  ///
  /// @return all lanes named
  static int checkExecuting(Warp warp, Value members, String what) {
    int[] masks = warp.i[members.slot()];
    int named = 0;
    for (int m = warp.mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      named |= masks[lane];
      if ((masks[lane] >>> lane & 1) == 0) {
        throw new Fault(
            lane,
            what
                + " with member mask 0x"
                + Integer.toHexString(masks[lane])
                + " executed by a thread that is not a member");
      }
    }
    return named;
  }

  private static String hex(int lanes) {
    return "0x%08x".formatted(lanes);
  }
}
