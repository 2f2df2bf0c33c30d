package dev.tuckerc.emulator.check;

import dev.tuckerc.ptx.SourcePosition;
import org.jspecify.annotations.Nullable;

/// The memory checks of a warp. Operations tell it what they are about to do; it answers with a
/// [Finding] or null.
public final class WarpChecks {
  final LaunchChecks launch;
  private final BlockChecks block;
  private final int index;
  private final WarpClocks clocks;
  private final WarpCopies copies;
  private final LocalBytes local = new LocalBytes();
  private int[] storedOffsets = new int[0];
  private int stored;

  /// @param index position in the block
  public WarpChecks(BlockChecks block, int index) {
    this.launch = block.launch;
    this.block = block;
    this.index = index;
    this.clocks = new WarpClocks(launch);
    this.copies = new WarpCopies(this);
  }

  /// Prepares for a block.
  ///
  /// @param lanes threads that the warp has
  public void start(int lanes) {
    int first = block.firstWarp();
    clocks.start(first + index, first / launch.warpsPerCluster * launch.warpsPerCluster, lanes);
    copies.clear();
    local.clear();
  }

  int id() {
    return clocks.id();
  }

  WarpClocks clocks() {
    return clocks;
  }

  long stamp(int mask, int site) {
    return clocks.stamp(mask, site);
  }

  boolean after(long stamp, int lanes, int mask) {
    return clocks.after(stamp, lanes, mask);
  }

  boolean knowsOthers(int mask) {
    return clocks.knowsOthers(mask);
  }

  /// Whether another lane has just stored to the same place in the same instruction.
  boolean stores(int other, int lane) {
    return (stored >>> other & 1) != 0 && storedOffsets[other] == storedOffsets[lane];
  }

  /// Local memory, where reads before writes are looked for, or null.
  public @Nullable LocalBytes local() {
    return launch.initialization ? local : null;
  }

  /// The asynchronous copies of the warp's threads.
  public WarpCopies copies() {
    return copies;
  }

  /// Lanes access memory, each its own place.
  ///
  /// @param offsets by lane
  /// @param bytes of each lane
  /// @param live lanes that have not exited
  /// @param values for a plain store
  public @Nullable Finding access(
      Shadow shadow,
      int[] offsets,
      int bytes,
      int mask,
      int live,
      MemoryOrder order,
      SourcePosition position,
      @Nullable StoredValues values) {
    int site = launch.site(position);
    storedOffsets = offsets;
    stored = 0;
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      Finding found = at(shadow, offsets[lane], bytes, 1 << lane, live, order, site, values);
      if (found != null) {
        return found;
      }
      stored |= 1 << lane;
    }
    return null;
  }

  /// Lanes access one place together.
  public @Nullable Finding together(
      Shadow shadow,
      int offset,
      int bytes,
      int mask,
      int live,
      MemoryOrder order,
      SourcePosition position) {
    return at(shadow, offset, bytes, mask, live, order, launch.site(position), null);
  }

  private @Nullable Finding at(
      Shadow shadow,
      int offset,
      int bytes,
      int mask,
      int live,
      MemoryOrder order,
      int site,
      @Nullable StoredValues values) {
    Access access = order.access();
    Finding found = place(shadow, offset, bytes, mask, access, site, values);
    if (found == null && access.strong && launch.ordering) {
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        clocks.strong(lane, live, shadow, offset, order, block.number());
      }
    }
    return found;
  }

  /// What does not concern the order of other accesses.
  @Nullable Finding place(
      Shadow shadow,
      int offset,
      int bytes,
      int mask,
      Access access,
      int site,
      @Nullable StoredValues values) {
    int lane = Integer.numberOfTrailingZeros(mask);
    if (launch.asyncCopies) {
      AsyncCopy copy = AsyncCopy.disturbed(shadow, offset, bytes, access.writes);
      if (copy != null) {
        return new Finding(lane, copy.early(launch, offset, bytes, access));
      }
    }
    if (launch.initialization) {
      if (access.reads) {
        int hole = shadow.firstUnwritten(offset, bytes);
        if (hole >= 0) {
          return new Finding(lane, unwritten(access, bytes, shadow.at(hole, launch)));
        }
      }
      if (access.writes) {
        shadow.write(offset, bytes);
      }
    }
    RaceDetector detector = launch.detector;
    return detector == null
        ? null
        : detector.access(
            new RaceDetector.Place(this, shadow, bytes, mask, access, site, values), offset);
  }

  /// A read of bytes that nothing wrote, in words.
  static String unwritten(Access access, int bytes, String hole) {
    return access
        + " of "
        + bytes
        + (bytes == 1 ? " byte" : " bytes")
        + ": uninitialised memory: nothing has written "
        + hole;
  }

  /// `bar.warp.sync`.
  public void warpBarrier(int members, int mask, int live) {
    if (launch.ordering) {
      clocks.warpBarrier(members, mask, live);
    }
  }

  /// `fence` or `membar`.
  ///
  /// @param blockOnly whether it orders for threads of the block only
  public void fence(int mask, int live, boolean blockOnly) {
    if (launch.ordering) {
      clocks.fence(mask, live, blockOnly);
    }
  }

  /// `fence.proxy.async`: what came before is visible to later asynchronous copies.
  public void proxyFence(int mask, int live) {
    if (launch.ordering) {
      clocks.proxyFence(mask, live);
    }
  }

  /// Lanes arrive at the memory barrier at a place, and release what they did.
  public void arriveAt(Shadow shadow, int offset, int mask) {
    if (launch.ordering) {
      shadow.barrier(offset, launch).arrive(clocks.released(mask));
    }
  }

  /// The phase of the memory barrier at a place ended.
  public void completed(Shadow shadow, int offset) {
    if (launch.ordering) {
      shadow.barrier(offset, launch).complete(clocks.nothing());
    }
  }

  /// Lanes saw that the last phase of a memory barrier ended.
  public void observed(Shadow shadow, int offset, int mask, int live) {
    if (launch.ordering) {
      Clock clock = shadow.barrier(offset, launch).observe(launch.detector);
      clocks.acquire(mask, live, clock);
    }
  }

  Clock released(int mask) {
    return clocks.released(mask);
  }

  void replace(int mask, int live, Clock clock) {
    clocks.replace(mask, live, clock);
  }

  void acquire(int mask, int live, @Nullable Clock clock) {
    clocks.acquire(mask, live, clock);
  }
}
