package dev.tuckerc.emulator.machine;

/// A contiguous piece of addressable memory: a buffer, a block's shared memory, kernel parameters.
public final class Region {
  /// Content; may be longer than [#size].
  public final byte[] bytes;

  /// Address of the first byte.
  public final long base;

  /// Bytes that may be accessed.
  public final long size;

  /// What it holds, for messages.
  public final String name;

  private volatile boolean freed;

  public Region(byte[] bytes, long base, long size, String name) {
    this.bytes = bytes;
    this.base = base;
    this.size = size;
    this.name = name;
  }

  /// Whether the memory may still be used.
  public boolean live() {
    return !freed;
  }

  void free() {
    freed = true;
  }
}
