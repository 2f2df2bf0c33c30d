package dev.tuckerc.emulator.operations.memory;

import dev.tuckerc.emulator.check.WarpChecks;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;

/// `fence` and `membar`. Memory is coherent here, so they matter to the checks only.
public final class Fence extends Operation {
  /// For whom it orders.
  public enum Kind {
    BLOCK,
    DEVICE,
    /// Between ordinary accesses and asynchronous copies.
    PROXY
  }

  private final Kind kind;

  public Fence(Kind kind) {
    this.kind = kind;
  }

  @Override
  public void run(Warp warp) {
    WarpChecks checks = warp.checks;
    if (checks != null) {
      switch (kind) {
        case BLOCK -> checks.fence(warp.mask, warp.live, true);
        case DEVICE -> checks.fence(warp.mask, warp.live, false);
        case PROXY -> checks.proxyFence(warp.mask, warp.live);
      }
    }
  }
}
