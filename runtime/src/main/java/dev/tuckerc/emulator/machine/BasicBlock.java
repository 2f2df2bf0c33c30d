package dev.tuckerc.emulator.machine;

import dev.tuckerc.ptx.SourcePosition;
import java.util.Arrays;

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

  /// The same by [InstructionClass].
  public final int[] mix;

  /// Register with the member mask of the `.sync` instruction the block begins with, or -1.
  public final int memberSlot;

  /// Whether that instruction is `bar.warp.sync`.
  public final boolean warpBarrier;

  /// Whether lanes exchange values in the block although it does not begin with a `.sync`
  /// instruction: it lies where all lanes go the same way.
  public final boolean exchanging;

  /// Whether the block begins with a `volatile` access to memory. Lanes need not execute those in
  /// step, and no race between them is a mistake by itself.
  public final boolean volatileAccess;

  /// @param exchanging whether it holds a `.sync` instruction and lies where lanes do not diverge
  public BasicBlock(
      Operation[] operations,
      SourcePosition[] positions,
      Terminator end,
      int[] mix,
      int memberSlot,
      boolean warpBarrier,
      boolean exchanging,
      boolean volatileAccess) {
    this.operations = operations;
    this.positions = positions;
    this.end = end;
    this.mix = mix;
    this.instructions = Arrays.stream(mix).sum();
    this.memberSlot = memberSlot;
    this.warpBarrier = warpBarrier;
    this.exchanging = exchanging;
    this.volatileAccess = volatileAccess;
  }

  /// Whether the block does nothing but leave the function.
  boolean onlyLeaves() {
    return operations.length == 0 && end.leaves();
  }

  /// The same block with other operations that do the same.
  ///
  /// @param where the position of each operation, and last the terminator's
  public BasicBlock with(Operation[] faster, SourcePosition[] where) {
    return new BasicBlock(
        faster, where, end, mix, memberSlot, warpBarrier, exchanging, volatileAccess);
  }
}
