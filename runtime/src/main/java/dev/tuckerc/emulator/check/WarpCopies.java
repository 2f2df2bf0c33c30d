package dev.tuckerc.emulator.check;

import dev.tuckerc.ptx.SourcePosition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The asynchronous copies that the threads of a warp start, and how they wait for them.
public final class WarpCopies {
  private final WarpChecks warp;
  private final LaunchChecks launch;

  /// Under way, oldest first: `cp.async`, and bulk copies in groups.
  private final List<AsyncCopy> small = new ArrayList<>();

  private final List<AsyncCopy> bulk = new ArrayList<>();

  /// By lane: number of the open group.
  private final int[] smallGroup = new int[32];

  private final int[] bulkGroup = new int[32];

  /// The memory barrier of the bulk copy that is being issued; none where it belongs to a group.
  private @Nullable Shadow barrier;

  private int barrierOffset;

  WarpCopies(WarpChecks warp) {
    this.warp = warp;
    this.launch = warp.launch;
  }

  void clear() {
    small.clear();
    bulk.clear();
    Arrays.fill(smallGroup, 0);
    Arrays.fill(bulkGroup, 0);
  }

  /// A thread starts to write shared memory with `cp.async`.
  public @Nullable Finding startSmall(
      int lane, Shadow target, int offset, int bytes, SourcePosition position) {
    int site = launch.site(position);
    Finding found = warp.place(target, offset, bytes, 1 << lane, Access.ASYNC_WRITE, site, null);
    if (found == null && launch.ordering) {
      AsyncCopy.Kind kind = AsyncCopy.Kind.SMALL;
      long stamp = warp.stamp(1 << lane, site);
      AsyncCopy copy = new AsyncCopy(kind, target, offset, bytes, true, stamp, smallGroup[lane]);
      copy.start(launch);
      small.add(copy);
    }
    return found;
  }

  /// The bulk copies that follow end with a phase of a memory barrier.
  public void withBarrier(Shadow shadow, int offset) {
    barrier = shadow;
    barrierOffset = offset;
  }

  /// The bulk copies that follow belong to their threads' bulk groups.
  public void inGroup() {
    barrier = null;
  }

  /// A thread starts a bulk copy that reads a place. Shared memory must stay as it is meanwhile.
  public @Nullable Finding read(
      int lane, Shadow source, int offset, int bytes, SourcePosition position) {
    int site = launch.site(position);
    Finding found = warp.place(source, offset, bytes, 1 << lane, Access.READ, site, null);
    if (found != null || source.global || !launch.ordering) {
      return found;
    }
    found = visible(lane, source, offset, bytes);
    if (found == null) {
      begin(lane, source, offset, bytes, false, site);
    }
    return found;
  }

  /// A thread starts a bulk copy that writes a place.
  public @Nullable Finding write(
      int lane, Shadow target, int offset, int bytes, SourcePosition position) {
    int site = launch.site(position);
    Finding found = warp.place(target, offset, bytes, 1 << lane, Access.ASYNC_WRITE, site, null);
    if (found == null && launch.ordering) {
      begin(lane, target, offset, bytes, true, site);
    }
    return found;
  }

  private void begin(int lane, Shadow shadow, int offset, int bytes, boolean writes, int site) {
    Shadow counting = barrier;
    AsyncCopy copy =
        new AsyncCopy(
            counting == null ? AsyncCopy.Kind.GROUP : AsyncCopy.Kind.BARRIER,
            shadow,
            offset,
            bytes,
            writes,
            warp.stamp(1 << lane, site),
            bulkGroup[lane]);
    copy.start(launch);
    if (counting == null) {
      bulk.add(copy);
    } else {
      counting.barrier(barrierOffset, launch).add(copy, launch);
    }
  }

  /// Bulk copies read shared memory by another way than ordinary accesses, which a fence must make
  /// them see.
  private @Nullable Finding visible(int lane, Shadow source, int offset, int bytes) {
    RaceDetector detector = launch.detector;
    if (!launch.asyncCopies || detector == null) {
      return null;
    }
    long write = detector.unfenced(source, offset, bytes, warp.clocks().clock(lane).fenced);
    return write == 0
        ? null
        : new Finding(
            lane,
            "cp.async.bulk reads "
                + source.at(offset, launch)
                + ", written by "
                + launch.who(write)
                + ", without a fence.proxy.async after the write and before the copy");
  }

  /// `cp.async.commit_group`.
  public void commit(int mask) {
    commit(smallGroup, mask);
  }

  /// `cp.async.bulk.commit_group`.
  public void commitBulk(int mask) {
    commit(bulkGroup, mask);
  }

  private static void commit(int[] groups, int mask) {
    for (int m = mask; m != 0; m &= m - 1) {
      groups[Integer.numberOfTrailingZeros(m)]++;
    }
  }

  /// `cp.async.wait_group`: all but the newest `pending` groups of each thread have ended.
  public void await(int mask, int pending) {
    end(small, smallGroup, mask, pending, false);
  }

  /// `cp.async.wait_all`.
  public void awaitAll(int mask) {
    commit(mask);
    await(mask, 0);
  }

  /// `cp.async.bulk.wait_group`.
  ///
  /// @param readOnly whether it is enough that the sources were read
  public void awaitBulk(int mask, int pending, boolean readOnly) {
    end(bulk, bulkGroup, mask, pending, readOnly);
  }

  private void end(
      List<AsyncCopy> underWay, int[] groups, int mask, int pending, boolean readOnly) {
    int kept = 0;
    for (int c = 0; c < underWay.size(); c++) {
      AsyncCopy copy = underWay.get(c);
      int lane = Stamp.lane(copy.stamp);
      boolean ended = (mask >>> lane & 1) != 0 && copy.group < groups[lane] - pending;
      if (ended && !(copy.writes && readOnly)) {
        end(copy, lane);
      } else {
        underWay.set(kept++, copy);
      }
    }
    underWay.subList(kept, underWay.size()).clear();
  }

  /// The copy's access is as late as now.
  private void end(AsyncCopy copy, int lane) {
    int site = Stamp.site(copy.stamp);
    long now = warp.stamp(1 << lane, site);
    copy.finish(now);
    RaceDetector detector = launch.detector;
    if (detector == null) {
      return;
    }
    if (copy.writes) {
      detector.land(copy.shadow, copy.offset, copy.bytes, now);
    } else {
      detector.read(
          new RaceDetector.Place(warp, copy.shadow, copy.bytes, 1 << lane, Access.READ, site, null),
          copy.offset);
    }
  }

  /// `cp.async.mbarrier.arrive`: a memory barrier tells the end of the threads' copies so far.
  public void handOver(Shadow shadow, int offset, int mask) {
    int kept = 0;
    for (int c = 0; c < small.size(); c++) {
      AsyncCopy copy = small.get(c);
      if ((mask >>> Stamp.lane(copy.stamp) & 1) != 0) {
        shadow.barrier(offset, launch).add(copy, launch);
      } else {
        small.set(kept++, copy);
      }
    }
    small.subList(kept, small.size()).clear();
  }

  /// The warp's threads have exited: nothing may still be reading their block's shared memory.
  public @Nullable Finding ended() {
    for (AsyncCopy copy : bulk) {
      if (launch.asyncCopies && !copy.writes && !copy.shadow.global) {
        return new Finding(
            Stamp.lane(copy.stamp),
            "the thread ended while a bulk copy still read "
                + copy.shadow.at(copy.offset, launch)
                + ", issued at "
                + launch.where(copy.stamp)
                + "; expected cp.async.bulk.wait_group.read before");
      }
    }
    return null;
  }
}
