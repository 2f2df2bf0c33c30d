package dev.tuckerc.emulator.operations.bulk;

import dev.tuckerc.emulator.check.WarpChecks;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;

/// `cp.async.bulk.commit_group` and `cp.async.bulk.wait_group`.
public final class BulkGroup extends Operation {
  private final boolean commit;
  private final int pending;
  private final boolean readOnly;

  /// @param commit whether a group is closed; otherwise it waits
  /// @param pending groups that may remain under way after a wait
  /// @param readOnly whether only the sources must have been read
  public BulkGroup(boolean commit, int pending, boolean readOnly) {
    this.commit = commit;
    this.pending = pending;
    this.readOnly = readOnly;
  }

  @Override
  public void run(Warp warp) {
    // Copies land when they are issued; only the checks want to know.
    WarpChecks checks = warp.checks;
    if (checks == null) {
      return;
    }
    if (commit) {
      checks.copies().commitBulk(warp.mask);
    } else {
      checks.copies().awaitBulk(warp.mask, pending, readOnly);
    }
  }
}
