package dev.tuckerc.emulator.machine;

/// The end of a basic block: moves the warp to the next one, or makes it wait.
public abstract class Terminator {
  /// Executes for the active lanes.
  public abstract void run(Warp warp);

  /// Whether all lanes leave the function.
  public boolean leaves() {
    return false;
  }
}
