package dev.tuckerc.emulator.translate;

import dev.tuckerc.emulator.machine.LaneOperation;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;

/// Several lane operations in one. Subclasses are generated; registers that nothing reads later are
/// not written.
public abstract class FusedOperation extends Operation {
  private final LaneOperation[] parts;

  protected FusedOperation(LaneOperation[] parts) {
    this.parts = parts;
  }

  /// Runs the operations one by one, for a warp that some of its lanes have left for a while.
  protected final void each(Warp warp) {
    for (LaneOperation part : parts) {
      part.run(warp);
    }
  }
}
