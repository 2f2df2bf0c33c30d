package dev.tuckerc.emulator.check;

import org.jspecify.annotations.Nullable;

/// A copy that a thread started and that may still be under way.
final class AsyncCopy {
  /// How it is waited for.
  enum Kind {
    /// `cp.async`: by `wait_group` of the thread.
    SMALL("cp.async", "cp.async.wait_group (or wait_all) of that thread"),
    /// `cp.async.bulk` with a memory barrier.
    BARRIER("cp.async.bulk", "mbarrier wait that observes its phase"),
    /// `cp.async.bulk` in a bulk group of the thread.
    BULK_GROUP("cp.async.bulk", "cp.async.bulk.wait_group of that thread");

    final String instruction;
    final String end;

    Kind(String instruction, String end) {
      this.instruction = instruction;
      this.end = end;
    }
  }

  final Kind kind;
  final @Nullable Shadow source;
  final int sourceOffset;
  final Shadow target;
  final int targetOffset;
  final int bytes;

  /// Who started it, when and with which instruction.
  final long stamp;

  /// Its group among the thread's.
  final int group;

  /// Stamp of the write once something waited for it, else 0.
  private long written;

  /// Stamp of the read once something waited for that, else 0.
  private long read;

  /// @param source none where the copy's source is not watched
  AsyncCopy(
      Kind kind,
      @Nullable Shadow source,
      int sourceOffset,
      Shadow target,
      int targetOffset,
      int bytes,
      long stamp,
      int group) {
    this.kind = kind;
    this.source = source;
    this.sourceOffset = sourceOffset;
    this.target = target;
    this.targetOffset = targetOffset;
    this.bytes = bytes;
    this.stamp = stamp;
    this.group = group;
  }

  /// Enters it where it reads and writes.
  void start(LaunchChecks launch) {
    mark(target.arrivals(launch), targetOffset, this);
    if (source != null) {
      mark(source.departures(launch), sourceOffset, this);
    }
  }

  boolean sourceRead() {
    return read != 0;
  }

  /// Something waited until it had read its source.
  void finishReading(long stamp) {
    read = stamp;
  }

  /// Something waited for its end.
  void finish(long stamp) {
    read = read == 0 ? stamp : read;
    written = stamp;
  }

  private void mark(@Nullable AsyncCopy[] cells, int offset, AsyncCopy value) {
    for (int c = offset >> 2; c < offset + bytes + 3 >> 2; c++) {
      cells[c] = value;
    }
  }

  /// The copy under way that an access must not disturb, or null.
  static @Nullable AsyncCopy disturbed(Shadow shadow, int offset, int bytes, boolean writes) {
    @Nullable AsyncCopy[] arriving = shadow.arriving;
    @Nullable AsyncCopy[] leaving = writes ? shadow.leaving : null;
    for (int c = offset >> 2; c < offset + bytes + 3 >> 2; c++) {
      AsyncCopy into = arriving == null ? null : arriving[c];
      if (into != null && into.written == 0) {
        return into;
      }
      AsyncCopy from = leaving == null ? null : leaving[c];
      if (from != null && from.read == 0) {
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
    if (into != null && into.written == stamp) {
      return into;
    }
    AsyncCopy from = leaving == null ? null : leaving[offset >> 2];
    return from != null && from.read == stamp ? from : null;
  }

  /// An access that comes too early, in words.
  String early(LaunchChecks launch, Shadow shadow, int offset, int bytes, Access access) {
    boolean into = shadow == target;
    return access
        + " of "
        + bytes
        + (bytes == 1 ? " byte of " : " bytes of ")
        + shadow.at(offset, launch)
        + (into ? ", which " : ", the source that ")
        + kind.instruction
        + (into ? " may still be writing" : " may still be reading")
        + ", issued by "
        + launch.who(stamp)
        + "; expected after the "
        + (into ? kind.end : kind.end + " (.read is enough)")
        + ", and a barrier where another thread waited";
  }
}
