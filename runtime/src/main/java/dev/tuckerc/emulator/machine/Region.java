package dev.tuckerc.emulator.machine;

import dev.tuckerc.emulator.check.Shadow;
import org.jspecify.annotations.Nullable;

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

  /// What the memory checks know about it, where there are any.
  public final @Nullable Shadow shadow;

  private volatile boolean freed;

  public Region(byte[] bytes, long base, long size, String name) {
    this(bytes, base, size, name, null);
  }

  public Region(byte[] bytes, long base, long size, String name, @Nullable Shadow shadow) {
    this.shadow = shadow;
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
