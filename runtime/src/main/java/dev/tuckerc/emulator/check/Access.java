package dev.tuckerc.emulator.check;

/// How threads touch memory. Strong accesses (atomic, volatile, relaxed and stronger) do not race
/// with each other.
public enum Access {
  READ("read", true, false, false),
  WRITE("write", false, true, false),
  STRONG_READ("volatile or ordered read", true, false, true),
  STRONG_WRITE("volatile or ordered write", false, true, true),
  ATOMIC("atomic", true, true, true),
  /// An atomic exchange: the old value may be anything.
  EXCHANGE("atomic exchange", false, true, true),
  /// What `mbarrier` instructions do to the barrier's object.
  BARRIER("mbarrier operation", false, true, true),
  /// The destination of a copy that lands later.
  ASYNC_WRITE("asynchronous write", false, true, false);

  private final String words;

  final boolean reads;
  final boolean writes;

  /// Whether it cannot race with another strong access.
  final boolean strong;

  Access(String words, boolean reads, boolean writes, boolean strong) {
    this.words = words;
    this.reads = reads;
    this.writes = writes;
    this.strong = strong;
  }

  /// Whether the value found there matters.
  public boolean reads() {
    return reads;
  }

  /// Whether the place changes.
  public boolean writes() {
    return writes;
  }

  @Override
  public String toString() {
    return words;
  }
}
