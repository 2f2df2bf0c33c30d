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

  /// Whether the source may be overwritten.
  boolean sourceRead;

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

  /// It has read its source.
  void finishReading() {
    if (source != null && source.leaving != null) {
      clear(source.leaving, sourceOffset);
    }
    sourceRead = true;
  }

  /// It has ended.
  void finish() {
    finishReading();
    if (target.arriving != null) {
      clear(target.arriving, targetOffset);
    }
  }

  private void mark(@Nullable AsyncCopy[] cells, int offset, @Nullable AsyncCopy value) {
    for (int c = offset >> 2; c < offset + bytes + 3 >> 2; c++) {
      cells[c] = value;
    }
  }

  private void clear(@Nullable AsyncCopy[] cells, int offset) {
    for (int c = offset >> 2; c < offset + bytes + 3 >> 2; c++) {
      if (cells[c] == this) {
        cells[c] = null;
      }
    }
  }

  /// The copy that an access must not disturb, or null.
  static @Nullable AsyncCopy disturbed(Shadow shadow, int offset, int bytes, boolean writes) {
    AsyncCopy found = find(shadow.arriving, offset, bytes);
    return found == null && writes ? find(shadow.leaving, offset, bytes) : found;
  }

  /// Whether a copy under way writes there.
  static boolean isTarget(Shadow shadow, int offset, int bytes) {
    return find(shadow.arriving, offset, bytes) != null;
  }

  private static @Nullable AsyncCopy find(
      @Nullable AsyncCopy @Nullable [] cells, int offset, int bytes) {
    if (cells != null) {
      for (int c = offset >> 2; c < offset + bytes + 3 >> 2; c++) {
        if (cells[c] != null) {
          return cells[c];
        }
      }
    }
    return null;
  }
}
