package dev.tuckerc.emulator.machine;

/// One decoded instruction (or part of one), executed for the active lanes of a warp.
public abstract class Operation {
  /// Executes for the lanes of [Warp#mask], which is never empty.
  public abstract void run(Warp warp);
}
