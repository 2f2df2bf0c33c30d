package dev.tuckerc.emulator.operations.bulk;

import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.memory.ClusterTarget;
import dev.tuckerc.emulator.operations.memory.Pieces;
import dev.tuckerc.emulator.operations.memory.Space;

/// `cp.async.bulk` with `.multicast::cluster`: a contiguous piece of global memory to the same
/// place in the shared memory of several blocks of the cluster.
public final class BulkLoad extends Operation {
  private static final String WHAT = "cp.async.bulk";

  private final ClusterTarget target;
  private final Value source;
  private final Value size;

  /// @param source register with the address in global memory
  /// @param size register with the number of bytes
  public BulkLoad(ClusterTarget target, Value source, Value size) {
    this.target = target;
    this.source = source;
    this.size = size;
  }

  static int size(Warp warp, Value register, int lane, String what) {
    int bytes = warp.i[register.slot()][lane];
    if (bytes < 0 || bytes % 16 != 0) {
      throw new Fault(lane, what + " of " + bytes + " bytes, which is not a multiple of 16");
    }
    if (bytes > TensorAccess.MOST_BYTES) {
      throw new Fault(lane, what + " of " + bytes + " bytes, more than shared memory holds");
    }
    return bytes;
  }

  @Override
  public void run(Warp warp) {
    int whole = warp.mask;
    for (int m = whole; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      warp.mask = 1 << lane;
      int bytes = size(warp, size, lane, WHAT);
      long from = warp.l[source.slot()][lane];
      Pieces reading = new Pieces(Space.GLOBAL, 16, 16, false, lane, WHAT + " source");
      Pieces writing = new Pieces(Space.SHARED, 16, 16, true, lane, WHAT + " destination");
      target.deliver(
          warp,
          lane,
          bytes,
          WHAT,
          (by, to) -> {
            byte[] content = reading.read(by, bytes / 16, piece -> from + 16L * piece);
            writing.visit(
                by,
                bytes / 16,
                piece -> to + 16L * piece,
                (piece, memory, offset) ->
                    System.arraycopy(content, 16 * piece, memory, offset, 16));
          });
    }
    warp.mask = whole;
  }
}
