package dev.tuckerc.emulator.check;

import org.jspecify.annotations.Nullable;

/// One end of a copy that a thread started and that may still be under way: what it reads or what
/// it writes.
final class AsyncCopy {
  /// How it is waited for.
  enum Kind {
    /// `cp.async`: by `wait_group` of the thread.
    SMALL("cp.async", "cp.async.wait_group (or wait_all) of that thread"),
    /// A bulk copy, or an asynchronous store, with a memory barrier.
    BARRIER("an asynchronous copy", "mbarrier wait that observes its phase"),
    /// A bulk copy in a bulk group of the thread.
    GROUP("cp.async.bulk", "cp.async.bulk.wait_group of that thread");

    private final String instruction;
    private final String end;

    Kind(String instruction, String end) {
      this.instruction = instruction;
      this.end = end;
    }
  }

  final Kind kind;
  final Shadow shadow;
  final int offset;
  final int bytes;

  /// Whether it is what the copy writes.
  final boolean writes;

  /// Who started it, when and with which instruction.
  final long stamp;

  /// Its group among the thread's.
  final int group;

  /// Stamp of its access once something waited for it, else 0.
  private long ended;

  AsyncCopy(
      Kind kind, Shadow shadow, int offset, int bytes, boolean writes, long stamp, int group) {
    this.kind = kind;
    this.shadow = shadow;
    this.offset = offset;
    this.bytes = bytes;
    this.writes = writes;
    this.stamp = stamp;
    this.group = group;
  }

  /// Enters it where it reads or writes: in the words that it covers.
  void start(LaunchChecks launch) {
    @Nullable AsyncCopy[] cells = writes ? shadow.arrivals(launch) : shadow.departures(launch);
    for (int c = offset + 3 >> 2; c < offset + bytes >> 2; c++) {
      cells[c] = this;
    }
  }

  /// Something waited for it.
  void finish(long now) {
    ended = now;
  }

  /// The copy under way that an access must not disturb, or null.
  static @Nullable AsyncCopy disturbed(Shadow shadow, int offset, int bytes, boolean writes) {
    @Nullable AsyncCopy[] arriving = shadow.arriving;
    @Nullable AsyncCopy[] leaving = writes ? shadow.leaving : null;
    if (arriving == null && leaving == null) {
      return null;
    }
    for (int c = offset >> 2; c < offset + bytes + 3 >> 2; c++) {
      AsyncCopy into = arriving == null ? null : arriving[c];
      if (into != null && into.ended == 0) {
        return into;
      }
      AsyncCopy from = leaving == null ? null : leaving[c];
      if (from != null && from.ended == 0) {
        return from;
      }
    }
    return null;
  }

  /// The copy whose write or read a stamp stands for, or null.
  static @Nullable AsyncCopy behind(long stamp, Shadow shadow, int offset) {
    @Nullable AsyncCopy[] arriving = shadow.arriving;
    @Nullable AsyncCopy[] leaving = shadow.leaving;
    AsyncCopy into = arriving == null ? null : arriving[offset >> 2];
    if (into != null && into.ended == stamp) {
      return into;
    }
    AsyncCopy from = leaving == null ? null : leaving[offset >> 2];
    return from != null && from.ended == stamp ? from : null;
  }

  /// An access that comes too early, in words.
  String early(LaunchChecks launch, int at, int accessed, Access access) {
    return access
        + " of "
        + accessed
        + (accessed == 1 ? " byte of " : " bytes of ")
        + shadow.at(at, launch)
        + (writes ? ", which " : ", the source that ")
        + kind.instruction
        + (writes ? " may still be writing" : " may still be reading")
        + ", issued by "
        + launch.who(stamp)
        + "; expected after the "
        + kind.end
        + (writes || kind != Kind.GROUP ? "" : " (.read is enough)")
        + ", and a barrier where another thread waited";
  }
}
