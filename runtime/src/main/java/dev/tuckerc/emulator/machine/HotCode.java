package dev.tuckerc.emulator.machine;

/// Watches which blocks of a function run often, and may replace them by faster ones that do the
/// same.
public interface HotCode {
  /// Reports some of the blocks that a warp executes. Called by all workers.
  ///
  /// @param block index of a basic block that has just been executed
  /// @return after how many more blocks of the warp to report again
  int visited(DecodedFunction function, int block);
}
