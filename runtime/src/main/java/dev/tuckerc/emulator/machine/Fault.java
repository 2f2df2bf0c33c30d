package dev.tuckerc.emulator.machine;

import java.io.Serial;

/// An operation that may not be done. The run loop adds kernel, line, block and thread.
public final class Fault extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /// Lane that did it, or -1 where the whole warp is concerned.
  public final int lane;

  public Fault(int lane, String message) {
    super(message, null, false, false);
    this.lane = lane;
  }
}
