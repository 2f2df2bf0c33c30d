package dev.tuckerc.emulator.operations.memory;

import dev.tuckerc.emulator.check.WarpChecks;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.GlobalMemory;
import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.Region;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Value;
import java.util.ArrayList;
import java.util.List;

/// Where a bulk load goes: a place in the shared memory of one block of the cluster or of several,
/// and the barrier there that counts its bytes.
///
/// @param address register with the destination
/// @param barrier register with the barrier
/// @param blocks register with the mask of blocks for `.multicast::cluster`, or [Value#NONE]
public record ClusterTarget(Value address, Value barrier, Value blocks) {
  private static final int RANK = 24;

  /// Puts data at an address of the cluster's shared memory.
  public interface Writer {
    void write(Warp warp, long address);
  }

  /// One block's part.
  private record Place(int rank, long address, long barrier) {}

  private static long read(Warp warp, Value register, int lane) {
    long value =
        register.home() == Home.LONG
            ? warp.l[register.slot()][lane]
            : Integer.toUnsignedLong(warp.i[register.slot()][lane]);
    return value >= GlobalMemory.SHARED_WINDOW ? value - GlobalMemory.SHARED_WINDOW : value;
  }

  private List<Place> places(Warp warp, int lane) {
    long to = read(warp, address, lane);
    long at = read(warp, barrier, lane);
    List<Place> places = new ArrayList<>();
    if (blocks.slot() < 0) {
      places.add(new Place((int) (at >> RANK), to, at));
      return places;
    }
    long offset = to & (1L << RANK) - 1;
    long barrierOffset = at & (1L << RANK) - 1;
    for (int m = warp.i[blocks.slot()][lane] & 0xffff; m != 0; m &= m - 1) {
      long rank = Integer.numberOfTrailingZeros(m);
      places.add(new Place((int) rank, rank << RANK | offset, rank << RANK | barrierOffset));
    }
    return places;
  }

  /// Delivers to every block. The checks know the data as under way until a thread sees the
  /// barrier's phase end.
  ///
  /// @param bytes counted by each barrier
  public void deliver(Warp warp, int lane, int bytes, String what, Writer writer) {
    for (Place place : places(warp, lane)) {
      Region shared = warp.block.sharedAt(place.barrier);
      if (shared == null) {
        throw new Fault(lane, what + ": the cluster has no block " + place.rank);
      }
      int offset = (int) (place.barrier - shared.base);
      WarpChecks checks = warp.checks;
      if (checks != null && shared.shadow != null) {
        checks.copies().withBarrier(shared.shadow, offset);
      }
      writer.write(warp, place.address);
      boolean[] ended = new boolean[1];
      new Pieces(Space.SHARED, 8, 8, true, lane, "mbarrier of " + what)
          .unchecked()
          .visit(
              warp,
              1,
              _ -> place.barrier,
              (_, memory, at) -> ended[0] = MemoryBarrier.complete(memory, at, bytes));
      if (ended[0] && checks != null && shared.shadow != null) {
        checks.completed(shared.shadow, offset);
      }
    }
  }
}
