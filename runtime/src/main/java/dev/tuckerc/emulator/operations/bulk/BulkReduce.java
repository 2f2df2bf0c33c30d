package dev.tuckerc.emulator.operations.bulk;

import dev.tuckerc.emulator.check.MemoryOrder;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.memory.ClusterTarget;
import dev.tuckerc.emulator.operations.memory.Pieces;
import dev.tuckerc.emulator.operations.memory.Reduction;
import dev.tuckerc.emulator.operations.memory.Space;
import org.jspecify.annotations.Nullable;

/// `cp.reduce.async.bulk`: combines a contiguous piece of shared memory with global memory, or with
/// the shared memory of a block of the cluster.
public final class BulkReduce extends Operation {
  private static final String WHAT = "cp.reduce.async.bulk";

  private final Value target;
  private final @Nullable ClusterTarget cluster;
  private final Value source;
  private final Value size;
  private final Reduction reduction;

  /// @param target register with the address in global memory, where `cluster` is null
  /// @param source register with the address in shared memory
  /// @param size register with the number of bytes
  public BulkReduce(
      Value target,
      @Nullable ClusterTarget cluster,
      Value source,
      Value size,
      Reduction reduction) {
    this.target = target;
    this.cluster = cluster;
    this.source = source;
    this.size = size;
    this.reduction = reduction;
  }

  @Override
  public void run(Warp warp) {
    int whole = warp.mask;
    for (int m = whole; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      warp.mask = 1 << lane;
      int bytes = BulkLoad.size(warp, size, lane, WHAT);
      long from = TensorStore.sharedAddress(warp, source, lane);
      Pieces reading = new Pieces(Space.SHARED, 16, 16, false, lane, WHAT + " source");
      if (cluster != null) {
        cluster.deliver(
            warp,
            lane,
            bytes,
            WHAT,
            (by, to) -> combine(by, Space.SHARED, to, read(by, reading, from, bytes), lane));
      } else {
        long to = warp.l[target.slot()][lane];
        if (warp.checks != null) {
          warp.checks.copies().inGroup();
        }
        combine(warp, Space.GLOBAL, to, read(warp, reading, from, bytes), lane);
      }
    }
    warp.mask = whole;
  }

  private static byte[] read(Warp warp, Pieces reading, long from, int bytes) {
    return reading.read(warp, bytes / 16, piece -> from + 16L * piece);
  }

  private void combine(Warp warp, Space space, long to, byte[] content, int lane) {
    if (to % 16 != 0) {
      throw new Fault(lane, WHAT + ": the destination is not aligned to 16 bytes");
    }
    new Pieces(space, 16, 16, true, lane, WHAT + " destination")
        .as(MemoryOrder.ATOMIC)
        .visit(
            warp,
            content.length / 16,
            piece -> to + 16L * piece,
            (piece, memory, offset) -> reduction.apply(content, 16 * piece, memory, offset, 16));
  }
}
