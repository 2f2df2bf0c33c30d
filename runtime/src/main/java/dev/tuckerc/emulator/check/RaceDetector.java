package dev.tuckerc.emulator.check;

import org.jspecify.annotations.Nullable;

/// Finds two accesses to one place, one of them a write, that nothing orders.
///
/// After FastTrack (Flanagan and Freund, "FastTrack: efficient and precise dynamic race detection",
/// 2009): each cell keeps its last write, and of the reads since then those that do not come before
/// a later one. Strong accesses are kept apart, since they race only with plain ones.
final class RaceDetector {
  private final LaunchChecks launch;
  private final AccessLists lists = new AccessLists();

  /// What the access under consideration raced with.
  private String otherKind = "";

  RaceDetector(LaunchChecks launch) {
    this.launch = launch;
  }

  /// An access of some lanes to one place.
  ///
  /// @param mask lanes: one, or several that access the place together
  /// @param values for a store, or null where nothing is known of the values
  record Place(
      WarpChecks warp,
      Shadow shadow,
      int bytes,
      int mask,
      Access access,
      int site,
      @Nullable StoredValues values) {}

  /// Checks and records an access.
  @Nullable Finding access(Place place, int offset) {
    int bytes = place.bytes;
    int end = offset + bytes;
    for (int at = offset; at < end; ) {
      RacePage page = place.shadow.page(at, launch);
      int granule = Integer.numberOfTrailingZeros(offset | bytes);
      if (granule < page.shift) {
        page.refine(granule, lists);
      }
      int start = at & -RacePage.BYTES;
      int stop = Math.min(end, start + RacePage.BYTES);
      for (; at < stop; at += 1 << page.shift) {
        int cell = at - start >> page.shift;
        long other = conflict(place, page, cell, at);
        if (other != 0) {
          return finding(place, at, other);
        }
        update(place, page, cell);
      }
    }
    return null;
  }

  private Finding finding(Place place, int at, long other) {
    int lane = Integer.numberOfTrailingZeros(place.mask);
    for (int m = place.mask; m != 0; m &= m - 1) {
      if (!place.warp.after(other, Stamp.mask(other), m & -m)) {
        lane = Integer.numberOfTrailingZeros(m);
        break;
      }
    }
    AsyncCopy copy = early(place, at, other);
    return new Finding(
        lane,
        copy == null
            ? launch.race(
                place.warp,
                place.shadow.at(at, launch),
                place.bytes,
                place.access,
                other,
                otherKind)
            : copy.early(launch, at, place.bytes, place.access));
  }

  /// The asynchronous copy behind a conflicting access, where its start comes before but its end
  /// does not: then a wait is missing, else a barrier.
  private static @Nullable AsyncCopy early(Place place, int at, long other) {
    AsyncCopy copy = AsyncCopy.behind(other, place.shadow, at);
    return copy != null
            && (Stamp.warp(other) >= Stamp.FIRST_AGENT
                || place.warp.after(copy.stamp, Stamp.mask(copy.stamp), place.mask))
        ? copy
        : null;
  }

  /// Whether a check that is on is about a conflict.
  private boolean reported(Place place, int at, long other) {
    return early(place, at, other) == null ? launch.races : launch.asyncCopies;
  }

  /// @return the stamp of an access that conflicts, or 0
  private long conflict(Place place, RacePage page, int cell, int at) {
    WarpChecks warp = place.warp;
    long write = page.writes[cell];
    if (write != 0
        && !warp.after(write, Stamp.mask(write), place.mask)
        && !benign(place, write)
        && reported(place, at, write)) {
      otherKind = "write";
      return write;
    }
    if (place.access.writes) {
      long read = page.reads[cell];
      long racing = read == 0 ? 0 : unordered(warp, read, place.mask, false);
      if (racing != 0 && reported(place, at, racing)) {
        otherKind = "read";
        return racing;
      }
    }
    long[] strong = page.strong;
    if (!place.access.strong && strong != null && strong[cell] != 0) {
      long racing = unordered(warp, strong[cell], place.mask, !place.access.writes);
      if (racing != 0 && launch.races) {
        otherKind = "atomic or volatile access";
        return racing;
      }
    }
    return 0;
  }

  private void update(Place place, RacePage page, int cell) {
    WarpChecks warp = place.warp;
    if (place.access.strong) {
      long[] cells = page.strongCells();
      cells[cell] = record(place, cells[cell]);
      return;
    }
    long mine = warp.stamp(place.mask, place.site);
    if (place.access.writes) {
      long[] strong = page.strong;
      page.writes[cell] = mine != 0 ? mine : warp.stamp(-1, place.site);
      lists.drop(page.reads[cell]);
      page.reads[cell] = 0;
      if (strong != null) {
        lists.drop(strong[cell]);
        strong[cell] = 0;
      }
      return;
    }
    long read = page.reads[cell];
    if (mine != 0 && (read == 0 || (read > 0 && warp.after(read, Stamp.mask(read), place.mask)))) {
      page.reads[cell] = mine;
    } else if (!repeated(read, mine)) {
      page.reads[cell] = record(place, read);
    }
  }

  /// Whether a read adds nothing to an earlier one of the same moment.
  private static boolean repeated(long read, long mine) {
    return read > 0
        && mine != 0
        && Stamp.sameTime(read, mine)
        && (Stamp.mask(read) | Stamp.mask(mine)) == Stamp.mask(read);
  }

  /// Whether a write that nothing orders changes nothing: it stores what the other one did.
  private static boolean benign(Place place, long write) {
    StoredValues values = place.values;
    if (values == null || place.access != Access.WRITE) {
      return false;
    }
    int lane = Integer.numberOfTrailingZeros(place.mask);
    int other = Stamp.lane(write);
    boolean together =
        other != Stamp.ALL_LANES
            && write == place.warp.stamp(1 << other, place.site)
            && place.warp.stores(other, lane);
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
          if (!warp.after(stamp, m & -m, mask)) {
            return Stamp.withLane(stamp, Integer.numberOfTrailingZeros(m));
          }
        }
        return stamp;
      }
    }
    return 0;
  }

  /// Adds an access to those of a cell, without those that come before it.
  private long record(Place place, long cell) {
    WarpChecks warp = place.warp;
    int mask = place.mask;
    boolean writes = place.access.writes;
    if (cell < 0 && AccessLists.saturated(cell) && !warp.knowsOthers(mask)) {
      return cell;
    }
    long stamp = warp.stamp(1 << Integer.numberOfTrailingZeros(mask), place.site);
    int head =
        cell > 0
            ? lists.add(cell, Stamp.mask(cell), false, -1)
            : cell < 0 ? AccessLists.first(cell) : -1;
    int previous = -1;
    boolean merged = false;
    boolean foreign = false;
    for (int e = head; e >= 0; ) {
      int following = lists.next(e);
      long old = lists.stamp(e);
      if (Stamp.sameTime(old, stamp) && lists.writes(e) == writes) {
        lists.addLanes(e, mask);
        merged = true;
        previous = e;
      } else if ((writes || !lists.writes(e)) && warp.after(old, lists.mask(e), mask & -mask)) {
        if (previous < 0) {
          head = following;
        } else {
          lists.setNext(previous, following);
        }
        lists.release(e);
      } else {
        foreign |= lists.writes(e) == writes && !launch.sameCluster(old, stamp);
        previous = e;
      }
      e = following;
    }
    if (!merged) {
      head = lists.add(stamp, mask, writes, head);
    }
    // Strong reads alone do not tell plain reads of a strong write.
    boolean saturated = place.shadow.global && foreign && (writes || !place.access.strong);
    return AccessLists.list(head, saturated);
  }

  /// Records a read that was checked before.
  void read(Place place, int offset) {
    for (int at = offset; at < offset + place.bytes; ) {
      RacePage page = place.shadow.page(at, launch);
      int cell = (at & RacePage.BYTES - 1) >> page.shift;
      page.reads[cell] = record(place, page.reads[cell]);
      at += 1 << page.shift;
    }
  }

  /// A copy that something waited for: its write is then.
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
}
