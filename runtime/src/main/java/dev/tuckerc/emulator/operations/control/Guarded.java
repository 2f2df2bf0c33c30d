package dev.tuckerc.emulator.operations.control;

import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;

/// Operations executed only by lanes whose guard predicate is true.
public final class Guarded extends Operation {
  private final int predicate;
  private final int flip;
  private final Operation[] operations;

  public Guarded(int predicate, boolean negated, Operation[] operations) {
    this.predicate = predicate;
    this.flip = negated ? -1 : 0;
    this.operations = operations;
  }

  @Override
  public void run(Warp warp) {
    int before = warp.mask;
    int guarded = before & (warp.p[predicate] ^ flip);
    if (guarded == 0) {
      return;
    }
    warp.mask = guarded;
    for (Operation operation : operations) {
      operation.run(warp);
    }
    warp.mask = before;
  }
}
