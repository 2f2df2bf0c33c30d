package dev.tuckerc.emulator.machine;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/// Bulk copies into a block's shared memory that have not landed: each lands when a thread asks the
/// barrier that it signals.
public final class BulkLoads {
  /// A copy under way.
  public interface Load {
    /// Makes the data visible and tells the barrier.
    ///
    /// @param warp of the block that asks
    void land(Warp warp);
  }

  private record Pending(int barrier, Load load) {}

  private final List<Pending> pending = new ArrayList<>();

  void clear() {
    pending.clear();
  }

  /// Whether there are none.
  public boolean isEmpty() {
    return pending.isEmpty();
  }

  /// Adds a copy.
  ///
  /// @param barrier offset in the block's shared memory
  public void add(int barrier, Load load) {
    pending.add(new Pending(barrier, load));
  }

  /// Lands what signals a barrier, in the order of issue.
  public void land(Warp warp, int barrier) {
    List<Load> landing = new ArrayList<>();
    for (Iterator<Pending> each = pending.iterator(); each.hasNext(); ) {
      Pending one = each.next();
      if (one.barrier == barrier) {
        landing.add(one.load);
        each.remove();
      }
    }
    for (Load load : landing) {
      load.land(warp);
    }
  }
}
