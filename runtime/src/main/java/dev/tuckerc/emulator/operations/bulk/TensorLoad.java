package dev.tuckerc.emulator.operations.bulk;

import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.memory.ClusterTarget;

/// `cp.async.bulk.tensor` from global to shared memory.
public final class TensorLoad extends Operation {
  private static final String WHAT = "cp.async.bulk.tensor";

  private final TensorAccess tensor;
  private final ClusterTarget target;

  public TensorLoad(TensorAccess tensor, ClusterTarget target) {
    this.tensor = tensor;
    this.target = target;
  }

  @Override
  public void run(Warp warp) {
    int whole = warp.mask;
    for (int m = whole; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      warp.mask = 1 << lane;
      TensorBox box = tensor.box(warp, lane, WHAT);
      target.deliver(warp, lane, box.bytes(), WHAT, (by, to) -> box.store(by, to, box.fetch(by)));
    }
    warp.mask = whole;
  }
}
