package dev.tuckerc.emulator.machine;

import dev.tuckerc.emulator.check.LocalBytes;
import java.util.Arrays;

/// How the lanes of a warp enter functions and leave them, with what that does to local memory.
public final class Calls {
  private final Warp warp;

  Calls(Warp warp) {
    this.warp = warp;
  }

  /// Some lanes leave, the others go on at a block.
  public void leaveSome(int leaving, int next, boolean exit) {
    Frame current = warp.frame;
    if (!exit && current.caller != null) {
      copyResults(leaving);
      current.remove(leaving);
    } else {
      exitChecks(leaving);
      warp.live &= ~leaving;
      for (Frame each = current; each != null; each = each.caller) {
        each.remove(leaving);
      }
    }
    warp.wide = current.lanes;
    warp.mask = current.masks[current.depth];
    warp.goTo(next);
    warp.block.exited(warp);
  }

  /// Ends lanes: they leave the kernel.
  public void exit(int lanes) {
    exitChecks(lanes);
    warp.live &= ~lanes;
    for (Frame each = warp.frame; each != null; each = each.caller) {
      each.remove(lanes);
    }
    afterRemoval();
    warp.block.exited(warp);
  }

  private void exitChecks(int lanes) {
    if (warp.checks != null && warp.block.checks != null && lanes != 0) {
      warp.block.checks.exit(warp.checks, lanes);
    }
  }

  /// Returns lanes from the current function; from the kernel, they exit.
  public void returnFrom(int lanes) {
    if (warp.frame.caller == null) {
      exit(lanes);
      return;
    }
    copyResults(lanes);
    warp.frame.remove(lanes);
    afterRemoval();
  }

  private void copyResults(int lanes) {
    Frame callee = warp.frame;
    Frame caller = callee.caller;
    if (caller == null) {
      return;
    }
    LocalBytes record = warp.checks == null ? null : warp.checks.local();
    for (int r = 0; r < callee.resultOffsets.length; r++) {
      DecodedFunction.ParameterPlace place = callee.function.results.get(r);
      for (int m = lanes; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        byte[] bytes = warp.local[lane];
        if (record != null) {
          record.copy(
              lane,
              callee.localBase + place.offset(),
              caller.localBase + callee.resultOffsets[r],
              place.bytes());
        }
        System.arraycopy(
            bytes,
            callee.localBase + place.offset(),
            bytes,
            caller.localBase + callee.resultOffsets[r],
            place.bytes());
      }
    }
  }

  private void afterRemoval() {
    Frame current = warp.frame;
    while (current.depth < 0) {
      Frame caller = current.caller;
      if (caller == null) {
        warp.state = warp.strands == null || warp.live == 0 ? Warp.State.DONE : Warp.State.READY;
        warp.mask = 0;
        warp.wide = 0;
        return;
      }
      int resume = current.returnBlock;
      warp.enter(caller);
      if (caller.depth >= 0) {
        warp.goTo(resume);
      }
      current = caller;
    }
    warp.wide = current.lanes;
    warp.mask = current.masks[current.depth];
  }

  /// Calls a function with the active lanes.
  ///
  /// @param arguments offsets of the argument variables in this function's local memory
  /// @param results offsets of the variables that receive the results
  public void call(DecodedFunction callee, int[] arguments, int[] results, int returnBlock) {
    Frame caller = warp.frame;
    int base = (warp.localSize() + 15) & ~15;
    if (base + callee.localBytes > 1 << 20) {
      throw new Fault(-1, "call of " + callee.name + " needs more than 1 MiB of stack per thread");
    }
    growLocal(base + callee.localBytes);
    LocalBytes record = warp.checks == null ? null : warp.checks.local();
    if (record != null) {
      record.enter(warp.mask, base, callee.localBytes);
    }
    for (int a = 0; a < arguments.length; a++) {
      DecodedFunction.ParameterPlace place = callee.parameters.get(a);
      for (int m = warp.mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        byte[] bytes = warp.local[lane];
        if (record != null) {
          record.copy(lane, caller.localBase + arguments[a], base + place.offset(), place.bytes());
        }
        System.arraycopy(
            bytes, caller.localBase + arguments[a], bytes, base + place.offset(), place.bytes());
      }
    }
    Frame next = new Frame(callee, caller, warp.mask, base);
    next.returnBlock = returnBlock;
    next.resultOffsets = results;
    warp.enter(next);
    SpecialRegisters.fill(warp, callee);
  }

  /// Gives every lane at least so many bytes of local memory.
  void growLocal(int size) {
    for (int lane = 0; lane < 32; lane++) {
      byte[] old = warp.local[lane];
      if (old == null) {
        warp.local[lane] = new byte[size];
      } else if (old.length < size) {
        warp.local[lane] = Arrays.copyOf(old, Math.max(size, 2 * old.length));
      }
    }
  }
}
