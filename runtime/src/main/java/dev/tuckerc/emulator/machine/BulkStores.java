package dev.tuckerc.emulator.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The bulk groups of a warp's threads: bulk copies out of shared memory that read it, and then
/// write global memory, only when they are waited for.
public final class BulkStores {
  /// A copy under way.
  public interface Store {
    /// Reads the source, if that has not been done.
    void read(Warp warp);

    /// Writes the target.
    void write(Warp warp);

    /// Whether the source has been read.
    boolean hasRead();
  }

  private static final class Groups {
    private List<Store> open = new ArrayList<>();
    private final ArrayDeque<List<Store>> closed = new ArrayDeque<>();
  }

  private final Map<Integer, Groups> lanes = new TreeMap<>();

  void clear() {
    lanes.clear();
  }

  /// Adds a copy to a thread's open group.
  public void add(int lane, Store store) {
    lanes.computeIfAbsent(lane, _ -> new Groups()).open.add(store);
  }

  /// Closes a thread's open group.
  public void commit(int lane) {
    Groups groups = lanes.get(lane);
    if (groups != null) {
      groups.closed.addLast(groups.open);
      groups.open = new ArrayList<>();
    }
  }

  /// Waits for all but the newest `pending` groups of a thread.
  ///
  /// @param readOnly whether only the sources must have been read
  public void wait(Warp warp, int lane, int pending, boolean readOnly) {
    Groups groups = lanes.get(lane);
    if (groups == null) {
      return;
    }
    int complete = groups.closed.size() - pending;
    if (readOnly) {
      groups.closed.stream()
          .limit(Math.max(0, complete))
          .flatMap(List::stream)
          .forEach(store -> store.read(warp));
      return;
    }
    for (int g = 0; g < complete; g++) {
      for (Store store : groups.closed.removeFirst()) {
        store.read(warp);
        store.write(warp);
      }
    }
  }

  /// The warp's threads have exited: writes become visible, and nothing may still be reading.
  void finish(Warp warp) {
    lanes.forEach((lane, groups) -> {
      groups.closed.addLast(groups.open);
      for (List<Store> group : groups.closed) {
        for (Store store : group) {
          if (!store.hasRead()) {
            throw new Fault(
                lane,
                "the thread ended while a bulk copy still read shared memory; wait with"
                    + " cp.async.bulk.wait_group.read first");
          }
          store.write(warp);
        }
      }
    });
    lanes.clear();
  }
}
