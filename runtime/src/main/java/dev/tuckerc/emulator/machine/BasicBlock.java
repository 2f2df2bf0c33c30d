package dev.tuckerc.emulator.machine;

import dev.tuckerc.emulator.ptx.SourcePosition;

/// Operations that run one after the other, and what follows them.
public final class BasicBlock {
  /// In order.
  public final Operation[] operations;

  /// Where each operation stands, and last the terminator.
  public final SourcePosition[] positions;

  /// What follows.
  public final Terminator end;

  /// PTX instructions in the block, terminator included.
  public final int instructions;

  public BasicBlock(
      Operation[] operations, SourcePosition[] positions, Terminator end, int instructions) {
    this.operations = operations;
    this.positions = positions;
    this.end = end;
    this.instructions = instructions;
  }
}
