package dev.tuckerc.emulator.machine;

import dev.tuckerc.emulator.ptx.SourcePosition;

/// One decoded instruction (or part of one), executed for the active lanes of a warp.
public abstract class Operation {
  /// Where the instruction stands.
  public SourcePosition position = SourcePosition.NOWHERE;

  /// Executes for the lanes of [Warp#mask], which is never empty.
  public abstract void run(Warp warp);
}
