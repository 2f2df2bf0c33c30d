package dev.tuckerc.emulator.check;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the checks know about a piece of memory.
public final class Shadow {
  private static final byte WRITTEN = 1;

  /// What it holds, for messages.
  private final String name;

  /// The block whose shared memory it is, as [LaunchChecks] counts them.
  int block;

  /// Whether blocks of other clusters can reach it.
  final boolean global;

  private final int size;
  private final boolean tracked;

  /// 1 for each byte that was written; none where all are or nobody asks.
  private byte @Nullable [] written;

  private RacePage @Nullable [] pages;
  private @Nullable LaunchChecks launch;

  /// Copies under way by their destination, a place for each 4 bytes.
  @Nullable AsyncCopy @Nullable [] arriving;

  /// Copies under way by their source.
  @Nullable AsyncCopy @Nullable [] leaving;

  /// Memory barriers by offset.
  private final Map<Integer, BarrierClock> barriers = new HashMap<>();

  /// Places that pass on what their writers released, by offset.
  final Map<Integer, Release> releases = new HashMap<>();

  /// @param initialization whether reads before writes are looked for
  public Shadow(String name, long size, boolean global, boolean initialization) {
    this.name = name;
    this.size = (int) size;
    this.global = global;
    this.tracked = initialization;
    this.written = initialization ? new byte[this.size] : null;
  }

  /// The shadow of a buffer, or null when none of the memory checks is on.
  public static @Nullable Shadow ofBuffer(String name, long size, Set<Check> checks) {
    return Check.MEMORY.stream().anyMatch(checks::contains)
        ? new Shadow(name, size, true, checks.contains(Check.INITIALIZATION))
        : null;
  }

  /// Everything was written.
  public void markAllWritten() {
    written = null;
  }

  /// A range was written.
  public void markWritten(long offset, long bytes) {
    byte[] map = written;
    if (map == null) {
      return;
    }
    if (bytes == size) {
      written = null;
    } else {
      Arrays.fill(map, (int) offset, (int) (offset + bytes), WRITTEN);
    }
  }

  /// What it held is no longer needed.
  public void markUnwritten() {
    if (tracked) {
      written = new byte[size];
    }
  }

  /// The first byte of a range that nothing wrote, or -1.
  int firstUnwritten(int offset, int bytes) {
    byte[] map = written;
    if (map != null) {
      for (int b = offset; b < offset + bytes; b++) {
        if (map[b] == 0) {
          return b;
        }
      }
    }
    return -1;
  }

  void write(int offset, int bytes) {
    byte[] map = written;
    if (map != null) {
      for (int b = offset; b < offset + bytes; b++) {
        map[b] = WRITTEN;
      }
    }
  }

  /// The memory barrier at an offset.
  BarrierClock barrier(int offset, LaunchChecks current) {
    return barriers.computeIfAbsent(offset, _ -> new BarrierClock(current.newAgent()));
  }

  /// Forgets everything, for the next block.
  void restart() {
    if (written != null) {
      Arrays.fill(written, (byte) 0);
    }
    if (pages != null) {
      for (RacePage page : pages) {
        if (page != null) {
          page.clear();
        }
      }
    }
    if (arriving != null) {
      Arrays.fill(arriving, null);
    }
    if (leaving != null) {
      Arrays.fill(leaving, null);
    }
    barriers.clear();
    releases.clear();
  }

  /// The page of an offset. What earlier launches did is forgotten: launches follow each other.
  RacePage page(int offset, LaunchChecks current) {
    RacePage[] all = pages;
    if (all == null || launch != current) {
      all = new RacePage[(size + RacePage.BYTES - 1) >>> RacePage.SHIFT];
      pages = all;
      launch = current;
      current.touched(this);
    }
    int index = offset >>> RacePage.SHIFT;
    RacePage page = all[index];
    if (page == null) {
      page = new RacePage(Math.min(RacePage.BYTES, size - (index << RacePage.SHIFT)));
      all[index] = page;
    }
    return page;
  }

  @Nullable AsyncCopy[] arrivals(LaunchChecks current) {
    @Nullable AsyncCopy[] all = arriving;
    if (all == null) {
      current.touched(this);
      all = new AsyncCopy[(size + 3) / 4];
      arriving = all;
    }
    return all;
  }

  @Nullable AsyncCopy[] departures(LaunchChecks current) {
    @Nullable AsyncCopy[] all = leaving;
    if (all == null) {
      current.touched(this);
      all = new AsyncCopy[(size + 3) / 4];
      leaving = all;
    }
    return all;
  }

  /// Gives back what only the launch needed.
  void endLaunch() {
    pages = null;
    launch = null;
    arriving = null;
    leaving = null;
    barriers.clear();
    releases.clear();
  }

  /// A place in words.
  String at(int offset, LaunchChecks of) {
    return (global ? "buffer " + name : "shared memory of block " + of.block(block))
        + " at offset "
        + offset;
  }
}
