package dev.tuckerc.emulator.check;

import org.jspecify.annotations.Nullable;

/// Finds two accesses to one place, one of them a write, that nothing orders.
///
/// After FastTrack (Flanagan and Freund, 2009): each cell keeps its last write, and of the reads
/// since then those that do not come before a later one. Strong accesses are kept apart, since they
/// race only with plain ones.
final class RaceDetector {
  private final LaunchChecks launch;
  private final AccessLists lists = new AccessLists();

  RaceDetector(LaunchChecks launch) {
    this.launch = launch;
  }

  /// Checks and records an access of some lanes of a warp to one place.
  ///
  /// @param mask lanes: one, or several that access the place together
  /// @param values for a store, or null where nothing is known of the values
  @Nullable Finding access(
      WarpChecks warp,
      Shadow shadow,
      int offset,
      int bytes,
      int mask,
      Access access,
      int site,
      @Nullable StoredValues values) {
    int end = offset + bytes;
    for (int at = offset; at < end; ) {
      RacePage page = shadow.page(at, launch);
      if (bytes < 1 << page.shift) {
        page.refine(Integer.numberOfTrailingZeros(bytes), lists);
      }
      int start = at & ~(RacePage.BYTES - 1);
      int stop = Math.min(end, start + RacePage.BYTES);
      for (; at < stop; at += 1 << page.shift) {
        long other = cell(warp, shadow, page, at - start >> page.shift, mask, access, site, values);
        if (other != 0 && launch.races) {
          int lane = blamed(warp, other, mask);
          return launch.race(warp, shadow, at, bytes, access, other, lane, otherWords);
        }
      }
    }
    return null;
  }

  /// Kind of the access that a race was found with.
  private String otherWords = "";

  private int blamed(WarpChecks warp, long other, int mask) {
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      if (!warp.after(other, Stamp.mask(other), 1 << lane)) {
        return lane;
      }
    }
    return Integer.numberOfTrailingZeros(mask);
  }

  /// @return the stamp of an access that races, or 0
  private long cell(
      WarpChecks warp,
      Shadow shadow,
      RacePage page,
      int cell,
      int mask,
      Access access,
      int site,
      @Nullable StoredValues values) {
    long race = conflict(warp, page, cell, mask, access, site, values);
    if (race == 0 || !launch.races) {
      update(warp, shadow, page, cell, mask, access, site);
    }
    return race;
  }

  private long conflict(
      WarpChecks warp,
      RacePage page,
      int cell,
      int mask,
      Access access,
      int site,
      @Nullable StoredValues values) {
    long write = page.writes[cell];
    if (write != 0
        && !warp.after(write, Stamp.mask(write), mask)
        && !(access == Access.WRITE && benign(warp, write, mask, site, values))) {
      otherWords = "write";
      return write;
    }
    if (access.writes) {
      long read = page.reads[cell];
      long racing = read == 0 ? 0 : unordered(warp, read, mask, false);
      if (racing != 0) {
        otherWords = "read";
        return racing;
      }
    }
    long[] strong = page.strong;
    if (!access.strong && strong != null && strong[cell] != 0) {
      long racing = unordered(warp, strong[cell], mask, access == Access.READ);
      if (racing != 0) {
        otherWords = "atomic or volatile access";
        return racing;
      }
    }
    return 0;
  }

  private void update(
      WarpChecks warp,
      Shadow shadow,
      RacePage page,
      int cell,
      int mask,
      Access access,
      int site) {
    if (access == Access.ASYNC_WRITE) {
      return;
    }
    if (access.strong) {
      long[] cells = page.strongCells();
      cells[cell] = record(warp, shadow, cells[cell], mask, site, access.writes, true);
    } else if (access == Access.READ) {
      long read = page.reads[cell];
      long mine = warp.stamp(mask, site);
      if (mine != 0 && (read == 0 || (read > 0 && warp.after(read, Stamp.mask(read), mask)))) {
        page.reads[cell] = mine;
      } else if (!repeated(read, mine)) {
        page.reads[cell] = record(warp, shadow, read, mask, site, false, false);
      }
    } else {
      long mine = warp.stamp(mask, site);
      page.writes[cell] = mine != 0 ? mine : warp.stamp(-1, site);
      lists.drop(page.reads[cell]);
      page.reads[cell] = 0;
      long[] strong = page.strong;
      if (strong != null) {
        lists.drop(strong[cell]);
        strong[cell] = 0;
      }
    }
  }

  /// Records a read that was checked before.
  void read(WarpChecks warp, Shadow shadow, int offset, int bytes, int mask, int site) {
    for (int at = offset; at < offset + bytes; ) {
      RacePage page = shadow.page(at, launch);
      int cell = (at & RacePage.BYTES - 1) >> page.shift;
      page.reads[cell] = record(warp, shadow, page.reads[cell], mask, site, false, false);
      at += 1 << page.shift;
    }
  }

  /// The first write of a range that is not among those known to be visible to copies, or 0.
  long unfenced(Shadow shadow, int offset, int bytes, @Nullable Clock visible) {
    for (int at = offset; at < offset + bytes; ) {
      RacePage page = shadow.page(at, launch);
      long write = page.writes[(at & RacePage.BYTES - 1) >> page.shift];
      if (write != 0
          && Stamp.warp(write) < Stamp.FIRST_AGENT
          && (visible == null
              || !visible.covers(Stamp.warp(write), Stamp.lane(write), Stamp.time(write)))) {
        return write;
      }
      at += 1 << page.shift;
    }
    return 0;
  }

  /// Whether a read adds nothing to an earlier one of the same moment.
  private static boolean repeated(long read, long mine) {
    return read > 0
        && mine != 0
        && Stamp.sameTime(read, mine)
        && (Stamp.mask(read) | Stamp.mask(mine)) == Stamp.mask(read);
  }

  /// Whether a write that nothing orders changes nothing: it stores what the other one did.
  private static boolean benign(
      WarpChecks warp, long write, int mask, int site, @Nullable StoredValues values) {
    if (values == null || Integer.bitCount(mask) != 1) {
      return false;
    }
    int lane = Integer.numberOfTrailingZeros(mask);
    int other = Stamp.lane(write);
    boolean together =
        other != Stamp.ALL_LANES
            && write == warp.stamp(1 << other, site)
            && warp.stores(other, lane);
    return together ? values.same(lane, other) : values.unchanged(lane);
  }

  /// The first access of a cell that does not come before, or 0.
  ///
  /// @param writesOnly whether reads in the list do not matter
  private long unordered(WarpChecks warp, long cell, int mask, boolean writesOnly) {
    if (cell > 0) {
      return warp.after(cell, Stamp.mask(cell), mask) ? 0 : cell;
    }
    for (int e = AccessLists.first(cell); e >= 0; e = lists.next(e)) {
      long stamp = lists.stamp(e);
      int lanes = lists.mask(e);
      if ((lists.writes(e) || !writesOnly) && !warp.after(stamp, lanes, mask)) {
        for (int m = lanes; m != 0; m &= m - 1) {
          int lane = Integer.numberOfTrailingZeros(m);
          if (!warp.after(stamp, 1 << lane, mask)) {
            return Stamp.withLane(stamp, lane);
          }
        }
        return stamp;
      }
    }
    return 0;
  }

  /// Adds an access to those of a cell, without those that come before it.
  private long record(
      WarpChecks warp,
      Shadow shadow,
      long cell,
      int mask,
      int site,
      boolean writes,
      boolean strong) {
    if (AccessLists.saturated(cell) && cell < 0 && !warp.knowsOthers(mask)) {
      return cell;
    }
    long stamp = warp.stamp(1 << Integer.numberOfTrailingZeros(mask), site);
    int head = cell < 0 ? AccessLists.first(cell) : -1;
    if (cell > 0) {
      head = lists.add(cell, Stamp.mask(cell), false, -1);
    }
    int one = mask & -mask;
    int previous = -1;
    boolean merged = false;
    boolean foreign = false;
    for (int e = head; e >= 0; ) {
      int following = lists.next(e);
      long old = lists.stamp(e);
      if (Stamp.sameTime(old, stamp) && lists.writes(e) == writes) {
        lists.addLanes(e, mask);
        merged = true;
      } else if ((writes || !lists.writes(e)) && warp.after(old, lists.mask(e), one)) {
        if (previous < 0) {
          head = following;
        } else {
          lists.setNext(previous, following);
        }
        lists.release(e);
        e = following;
        continue;
      } else {
        foreign |= lists.writes(e) == writes && !launch.sameCluster(old, stamp);
      }
      previous = e;
      e = following;
    }
    if (!merged) {
      head = lists.add(stamp, mask, writes, head);
    }
    // A strong read does not stand for a strong write, so only writes make a list of them complete.
    boolean saturated = shadow.global && foreign && (writes || !strong);
    return AccessLists.list(head, saturated);
  }

  /// A copy that lands: its write is now.
  void land(Shadow shadow, int offset, int bytes, long stamp) {
    for (int at = offset; at < offset + bytes; ) {
      RacePage page = shadow.page(at, launch);
      int cell = (at & RacePage.BYTES - 1) >> page.shift;
      page.writes[cell] = stamp;
      lists.drop(page.reads[cell]);
      page.reads[cell] = 0;
      at += 1 << page.shift;
    }
  }
}
