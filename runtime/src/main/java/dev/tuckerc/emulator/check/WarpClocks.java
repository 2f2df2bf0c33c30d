package dev.tuckerc.emulator.check;

import dev.tuckerc.device.DeviceException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The time of a warp and what its lanes know: one clock for all of them as long as they know the
/// same.
final class WarpClocks {
  private final LaunchChecks launch;
  private int id;
  private int existing;
  private int time;
  private Clock common = Clock.empty(0, 1);
  private Clock @Nullable [] own;

  /// Lanes for which another lane has already passed the current warp barrier.
  private int ahead;

  /// By lane: what its last fence lets it pass on within the block.
  private final @Nullable Clock[] fencedBlock = new Clock[32];

  /// By lane: what it observed without having acquired it.
  private final @Nullable List<Observed>[] observed = newLists();

  private static final class Observed {
    final Release release;
    int lineage;
    @Nullable Clock device;
    @Nullable Clock block;

    Observed(Release release) {
      this.release = release;
    }
  }

  @SuppressWarnings("unchecked")
  private static @Nullable List<Observed>[] newLists() {
    return (List<Observed>[]) new List<?>[32];
  }

  WarpClocks(LaunchChecks launch) {
    this.launch = launch;
  }

  /// @param lanes threads that the warp has
  void start(int warp, int firstOfCluster, int lanes) {
    id = warp;
    existing = lanes;
    time = 1;
    common = Clock.empty(firstOfCluster, launch.warpsPerCluster);
    own = null;
    ahead = 0;
    java.util.Arrays.fill(fencedBlock, null);
    java.util.Arrays.fill(observed, null);
  }

  int id() {
    return id;
  }

  Clock nothing() {
    return Clock.empty(
        id / launch.warpsPerCluster * launch.warpsPerCluster, launch.warpsPerCluster);
  }

  /// The stamp of an access now, or 0 for lanes that a stamp cannot name.
  long stamp(int mask, int site) {
    if ((mask & mask - 1) == 0) {
      return Stamp.of(id, Integer.numberOfTrailingZeros(mask), time, site);
    }
    return mask == -1 ? Stamp.of(id, Stamp.ALL_LANES, time, site) : 0;
  }

  Clock clock(int lane) {
    return own == null ? common : own[lane];
  }

  boolean knowsOthers(int mask) {
    return clock(Integer.numberOfTrailingZeros(mask)).knowsOthers();
  }

  /// Whether an earlier access comes before all of some lanes.
  ///
  /// @param lanes lanes that did it
  boolean after(long stamp, int lanes, int mask) {
    int warp = Stamp.warp(stamp);
    if (warp == id && lanes == mask && (mask & mask - 1) == 0) {
      return true;
    }
    int at = Stamp.time(stamp);
    if (own == null && covers(common, warp, lanes, at)) {
      return true;
    }
    if (own == null && warp != id) {
      return false;
    }
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      int others = warp == id ? lanes & ~(1 << lane) : lanes;
      if (others != 0 && !covers(clock(lane), warp, others, at)) {
        return false;
      }
    }
    return true;
  }

  private static boolean covers(Clock clock, int warp, int lanes, int at) {
    return (lanes & lanes - 1) == 0
        ? clock.covers(warp, Integer.numberOfTrailingZeros(lanes), at)
        : clock.coversAll(warp, lanes, at);
  }

  private void tick() {
    if (++time > Stamp.MOST_TIME) {
      throw new DeviceException(
          "kernel "
              + launch.kernel
              + ": a warp synchronises more than "
              + Stamp.MOST_TIME
              + " times, too often for the checks '"
              + Check.RACES.word()
              + "' and '"
              + Check.ASYNC_COPIES.word()
              + "'; leave them out");
    }
  }

  /// What some lanes pass on now. Their later accesses are not in it.
  Clock released(int mask) {
    Clock clock = clock(Integer.numberOfTrailingZeros(mask));
    if (own != null) {
      for (int m = mask & mask - 1; m != 0; m &= m - 1) {
        clock = clock.join(own[Integer.numberOfTrailingZeros(m)]);
      }
    }
    clock = (existing & ~mask) == 0 ? clock.withWarp(id, time) : clock.withLanes(id, mask, time);
    tick();
    return clock;
  }

  /// Some lanes know no more and no less than a clock that contains what they know.
  void replace(int mask, int live, Clock clock) {
    if ((live & ~mask) == 0) {
      common = clock;
      own = null;
      return;
    }
    Clock[] all = spread();
    for (int m = mask; m != 0; m &= m - 1) {
      all[Integer.numberOfTrailingZeros(m)] = clock;
    }
  }

  private Clock[] spread() {
    Clock[] all = own;
    if (all == null) {
      all = new Clock[32];
      java.util.Arrays.fill(all, common);
      own = all;
    }
    return all;
  }

  /// Some lanes learn what a clock knows.
  void acquire(int mask, int live, @Nullable Clock clock) {
    if (clock == null) {
      return;
    }
    if (own == null && (live & ~mask) == 0) {
      common = common.join(clock);
      return;
    }
    Clock[] all = spread();
    Clock before = null;
    Clock joined = null;
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      if (joined == null || all[lane] != before) {
        before = all[lane];
        joined = before.join(clock);
      }
      all[lane] = joined;
    }
  }

  /// `bar.warp.sync`: the first of its lanes to pass does so for all, since the others wait there.
  void warpBarrier(int members, int mask, int live) {
    if ((mask & ~ahead) == 0) {
      ahead &= ~mask;
      return;
    }
    int all = members & live | mask;
    replace(all, live, released(all));
    ahead |= all & ~mask;
  }

  /// A fence: what came before can be released by a later strong write, and what was observed by
  /// strong reads is acquired.
  void fence(int mask, int live, boolean blockOnly) {
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      List<Observed> seen = observed[lane];
      if (seen != null) {
        for (Observed each : seen) {
          acquire(1 << lane, live, each.block);
          if (!blockOnly) {
            acquire(1 << lane, live, each.device);
          }
        }
        observed[lane] = null;
      }
    }
    Clock before = released(mask);
    for (int m = mask; m != 0; m &= m - 1) {
      fencedBlock[Integer.numberOfTrailingZeros(m)] = before;
    }
    if (!blockOnly) {
      acquire(mask, live, nothing().withPublished(before));
    }
  }

  /// `fence.proxy.async`.
  void proxyFence(int mask, int live) {
    Clock before = released(mask);
    acquire(mask, live, nothing().withFenced(before));
  }

  /// A strong access of one lane to a place.
  void strong(int lane, int live, Shadow shadow, int offset, MemoryOrder order, int block) {
    Access access = order.access();
    Release release = shadow.releases.get(offset);
    if (release != null && access != Access.STRONG_WRITE) {
      Clock inBlock = release.inBlock.get(block);
      if (order.acquires()) {
        acquire(1 << lane, live, inBlock);
        if (!order.block()) {
          acquire(1 << lane, live, release.device);
        }
      } else {
        remember(lane, release, inBlock);
      }
    }
    if (!access.writes) {
      return;
    }
    if (release != null && access == Access.STRONG_WRITE) {
      release.restart();
    }
    Clock device = clock(lane).published;
    Clock inBlock = fencedBlock[lane];
    if (order.releases()) {
      Clock clock = released(1 << lane);
      inBlock = clock;
      device = order.block() ? device : clock;
    }
    if (inBlock != null || device != null) {
      Release to = shadow.releases.computeIfAbsent(offset, _ -> new Release());
      if (inBlock != null) {
        to.add(inBlock, block, true);
      }
      if (device != null) {
        to.add(device, block, false);
      }
    }
  }

  private void remember(int lane, Release release, @Nullable Clock inBlock) {
    List<Observed> seen = observed[lane];
    if (seen == null) {
      seen = new ArrayList<>(2);
      observed[lane] = seen;
    }
    Observed entry = null;
    for (Observed each : seen) {
      if (each.release == release && each.lineage == release.lineage) {
        entry = each;
      }
    }
    if (entry == null) {
      entry = new Observed(release);
      entry.lineage = release.lineage;
      seen.add(entry);
    }
    entry.device = release.device;
    entry.block = inBlock;
  }
}
