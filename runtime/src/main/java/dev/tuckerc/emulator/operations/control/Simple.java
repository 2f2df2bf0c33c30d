package dev.tuckerc.emulator.operations.control;

import dev.tuckerc.emulator.check.WarpCopies;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Element;
import dev.tuckerc.emulator.operations.Value;
import java.util.Arrays;

/// Small operations that need no class of their own.
public final class Simple extends Operation {
  /// What is done.
  public enum Kind {
    /// Address of a variable in local memory, as an offset or as a generic address.
    LOCAL_ADDRESS,
    /// Address of a variable in shared memory: the block's rank in its cluster, and an offset.
    SHARED_ADDRESS,
    /// Instructions that the warp has executed, shifted right.
    CLOCK,
    /// Nanoseconds, shifted right.
    GLOBAL_TIMER,
    YIELD,
    LAUNCH_DEPENDENTS,
    COMMIT_COPIES,
    WAIT_COPIES,
    WAIT_ALL_COPIES,
    TRAP
  }

  private final Kind kind;
  private final Value result;
  private final long number;

  public Simple(Kind kind, Value result, long number) {
    this.kind = kind;
    this.result = result;
    this.number = number;
  }

  @Override
  public void run(Warp warp) {
    switch (kind) {
      case LOCAL_ADDRESS -> every(warp, warp.localBase() + number);
      case SHARED_ADDRESS ->
          Arrays.fill(warp.i[result.slot()], (int) (warp.block.shared.base + number));
      case CLOCK -> every(warp, warp.instructions >>> number);
      case GLOBAL_TIMER -> every(warp, System.nanoTime() >>> number);
      case YIELD -> warp.yielded = true;
      case LAUNCH_DEPENDENTS -> warp.block.triggered = true;
      // Copies land when they are issued; only the checks want to know.
      case COMMIT_COPIES, WAIT_COPIES, WAIT_ALL_COPIES -> {
        if (warp.checks != null) {
          copies(warp.checks.copies(), warp.mask);
        }
      }
      case TRAP -> throw new Fault(Integer.numberOfTrailingZeros(warp.mask), "trap executed");
    }
  }

  private void copies(WarpCopies copies, int mask) {
    switch (kind) {
      case COMMIT_COPIES -> copies.commit(mask);
      case WAIT_COPIES -> copies.await(mask, (int) number);
      case WAIT_ALL_COPIES -> copies.awaitAll(mask);
      case LOCAL_ADDRESS, SHARED_ADDRESS, CLOCK, GLOBAL_TIMER, YIELD, LAUNCH_DEPENDENTS, TRAP -> {}
    }
  }

  private void every(Warp warp, long value) {
    for (int m = warp.mask; m != 0; m &= m - 1) {
      Element.toRegister(
          warp, result.home(), result.slot(), Integer.numberOfTrailingZeros(m), value);
    }
  }
}
