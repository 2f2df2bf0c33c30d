package dev.tuckerc.emulator.check;

import dev.tuckerc.emulator.ptx.SourcePosition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The asynchronous copies that the threads of a warp started, and how they wait for them.
public final class WarpCopies {
  private final WarpChecks warp;
  private final LaunchChecks launch;

  /// Under way, oldest first: `cp.async`, and bulk copies in groups.
  private final List<AsyncCopy> small = new ArrayList<>();

  private final List<AsyncCopy> bulk = new ArrayList<>();

  /// By lane: number of the open group.
  private final int[] smallGroup = new int[32];

  private final int[] bulkGroup = new int[32];

  WarpCopies(WarpChecks warp) {
    this.warp = warp;
    this.launch = warp.launch;
  }

  void clear() {
    small.clear();
    bulk.clear();
    java.util.Arrays.fill(smallGroup, 0);
    java.util.Arrays.fill(bulkGroup, 0);
  }

  /// A thread starts `cp.async`. Its source was checked as a read.
  public @Nullable Finding start(
      int lane, Shadow target, int offset, int bytes, SourcePosition position) {
    int site = launch.site(position);
    Finding found = intoTarget(lane, target, offset, bytes, site);
    if (found == null && launch.ordering) {
      long stamp = warp.stamp(1 << lane, site);
      AsyncCopy.Kind kind = AsyncCopy.Kind.SMALL;
      AsyncCopy copy = new AsyncCopy(kind, null, 0, target, offset, bytes, stamp, smallGroup[lane]);
      copy.start(launch);
      small.add(copy);
    }
    return found;
  }

  /// A thread starts a bulk copy whose end a memory barrier tells. Its source was checked as a
  /// read.
  ///
  /// @param source shared memory that is read, or null
  public @Nullable Finding startWithBarrier(
      int lane,
      @Nullable Shadow source,
      int sourceOffset,
      Shadow target,
      int offset,
      int bytes,
      Shadow barrier,
      int barrierOffset,
      SourcePosition position) {
    int site = launch.site(position);
    Finding found = fromSource(lane, source, sourceOffset, bytes);
    found = found != null ? found : intoTarget(lane, target, offset, bytes, site);
    if (found == null && launch.ordering) {
      long stamp = warp.stamp(1 << lane, site);
      AsyncCopy.Kind kind = AsyncCopy.Kind.BARRIER;
      AsyncCopy copy = new AsyncCopy(kind, source, sourceOffset, target, offset, bytes, stamp, 0);
      copy.start(launch);
      barrier.barrier(barrierOffset, launch).add(copy, launch);
    }
    return found;
  }

  /// A thread starts a bulk copy that belongs to its bulk group. Its source was checked as a read.
  public @Nullable Finding startInGroup(
      int lane,
      @Nullable Shadow source,
      int sourceOffset,
      Shadow target,
      int offset,
      int bytes,
      SourcePosition position) {
    int site = launch.site(position);
    Finding found = fromSource(lane, source, sourceOffset, bytes);
    found = found != null ? found : intoTarget(lane, target, offset, bytes, site);
    if (found == null && launch.ordering) {
      long stamp = warp.stamp(1 << lane, site);
      AsyncCopy.Kind kind = AsyncCopy.Kind.BULK_GROUP;
      AsyncCopy copy =
          new AsyncCopy(kind, source, sourceOffset, target, offset, bytes, stamp, bulkGroup[lane]);
      copy.start(launch);
      bulk.add(copy);
    }
    return found;
  }

  /// Bulk copies read shared memory past the caches of ordinary accesses.
  private @Nullable Finding fromSource(int lane, @Nullable Shadow source, int offset, int bytes) {
    RaceDetector detector = launch.detector;
    if (source == null || source.global || !launch.asyncCopies || detector == null) {
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

  private @Nullable Finding intoTarget(int lane, Shadow target, int offset, int bytes, int site) {
    return warp.place(target, offset, bytes, 1 << lane, Access.ASYNC_WRITE, site, null);
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
    end(small, smallGroup, mask, pending, true);
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
    end(bulk, bulkGroup, mask, pending, !readOnly);
  }

  private void end(
      List<AsyncCopy> underWay, int[] groups, int mask, int pending, boolean completely) {
    int kept = 0;
    for (int c = 0; c < underWay.size(); c++) {
      AsyncCopy copy = underWay.get(c);
      int lane = Stamp.lane(copy.stamp);
      boolean ended = (mask >>> lane & 1) != 0 && copy.group < groups[lane] - pending;
      long now = warp.stamp(1 << lane, Stamp.site(copy.stamp));
      if (ended && !copy.sourceRead()) {
        copy.finishReading(now);
        readSource(copy, lane);
      }
      if (ended && completely) {
        copy.finish(now);
        if (launch.detector != null) {
          launch.detector.land(copy.target, copy.targetOffset, copy.bytes, now);
        }
      } else {
        underWay.set(kept++, copy);
      }
    }
    underWay.subList(kept, underWay.size()).clear();
  }

  /// The source was read as late as now.
  private void readSource(AsyncCopy copy, int lane) {
    RaceDetector detector = launch.detector;
    if (detector != null && copy.source != null) {
      int site = Stamp.site(copy.stamp);
      detector.read(
          new RaceDetector.Place(warp, copy.source, copy.bytes, 1 << lane, Access.READ, site, null),
          copy.sourceOffset);
    }
  }

  /// `cp.async.mbarrier.arrive`: a memory barrier tells the end of the threads' copies so far.
  public void handOver(Shadow barrier, int offset, int mask) {
    int kept = 0;
    for (int c = 0; c < small.size(); c++) {
      AsyncCopy copy = small.get(c);
      if ((mask >>> Stamp.lane(copy.stamp) & 1) != 0) {
        barrier.barrier(offset, launch).add(copy, launch);
      } else {
        small.set(kept++, copy);
      }
    }
    small.subList(kept, small.size()).clear();
  }
}
