package dev.tuckerc.emulator.operations.matrix;

import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;

/// `wgmma.fence`, `wgmma.commit_group` and `wgmma.wait_group`.
public final class WarpgroupControl extends Operation {
  /// What is done.
  public enum Kind {
    FENCE,
    COMMIT,
    WAIT
  }

  private final Kind kind;
  private final int pending;

  /// @param pending groups that may remain in flight after a wait
  public WarpgroupControl(Kind kind, int pending) {
    this.kind = kind;
    this.pending = pending;
  }

  @Override
  public void run(Warp warp) {
    requireWarpgroup(warp, "wgmma");
    switch (kind) {
      case FENCE -> warp.multiplies.fence();
      case COMMIT -> warp.multiplies.commit();
      case WAIT -> warp.multiplies.wait(warp, pending);
    }
  }

  /// A warpgroup is four warps, the first one's number a multiple of four, with all their threads.
  static void requireWarpgroup(Warp warp, String what) {
    if (warp.mask != -1) {
      throw new Fault(
          Integer.numberOfTrailingZeros(~warp.mask),
          what + " needs all 128 threads of the warpgroup, this one is not active");
    }
    long threads = warp.block.launch.blockSize.count();
    if (threads < 128L * (warp.index / 4 + 1)) {
      throw new Fault(
          0,
          what
              + " needs a warpgroup of four warps; the block has "
              + threads
              + " threads, so that warp "
              + warp.index
              + " is in none");
    }
  }
}
