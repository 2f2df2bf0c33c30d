package dev.tuckerc.emulator.machine;

import dev.tuckerc.ptx.SourcePosition;

/// An instruction that ends a basic block, such as a barrier.
///
/// @param function symbol of its function
/// @param block index of the basic block
/// @param position where it stands
record Site(String function, int block, SourcePosition position) {

  /// Whether both are the same instruction.
  boolean same(Site other) {
    return block == other.block && function.equals(other.function);
  }

  /// Whether both come from the same place in the source: a compiler may copy a barrier, for
  /// example where it unrolls a loop.
  boolean sameSource(Site other) {
    return same(other)
        || (position.line() > 0
            && position.line() == other.position.line()
            && position.file().equals(other.position.file()));
  }
}
