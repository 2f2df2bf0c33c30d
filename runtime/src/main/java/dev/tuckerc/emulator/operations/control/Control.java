package dev.tuckerc.emulator.operations.control;

import dev.tuckerc.emulator.check.WarpChecks;
import dev.tuckerc.emulator.machine.Block;
import dev.tuckerc.emulator.machine.DecodedFunction;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Terminator;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Value;
import java.util.function.Supplier;

/// Ends of basic blocks.
public final class Control {
  private Control() {}

  /// Goes on at a block.
  public static final class Jump extends Terminator {
    private final int target;

    public Jump(int target) {
      this.target = target;
    }

    @Override
    public void run(Warp warp) {
      warp.goTo(target);
    }
  }

  /// `@p bra`.
  public static final class Branch extends Terminator {
    private final int predicate;
    private final int flip;
    private final int taken;
    private final int next;
    private final int join;

    public Branch(int predicate, boolean negated, int taken, int next, int join) {
      this.predicate = predicate;
      this.flip = negated ? -1 : 0;
      this.taken = taken;
      this.next = next;
      this.join = join;
    }

    @Override
    public void run(Warp warp) {
      warp.branch(warp.p[predicate] ^ flip, taken, next, join);
    }
  }

  /// `brx.idx`: a table of targets. Lanes with one target after the other.
  public static final class Switch extends Terminator {
    private final Value index;
    private final int[] targets;
    private final int join;

    public Switch(Value index, int[] targets, int join) {
      this.index = index;
      this.targets = targets;
      this.join = join;
    }

    @Override
    public void run(Warp warp) {
      int[] byTarget = new int[targets.length];
      for (int m = warp.mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        int choice = warp.i[index.slot()][lane];
        if (choice < 0 || choice >= targets.length) {
          throw new Fault(
              lane, "branch index " + choice + " outside the table of " + targets.length);
        }
        byTarget[choice] |= 1 << lane;
      }
      warp.split(byTarget, targets, join);
    }
  }

  /// `ret` or `exit`, possibly guarded: lanes that leave, and where the others go on.
  public static final class Leave extends Terminator {
    private final int predicate;
    private final int flip;
    private final boolean exit;
    private final int next;

    /// @param predicate guard, or -1
    /// @param exit whether the lanes leave the kernel, not only the function
    public Leave(int predicate, boolean negated, boolean exit, int next) {
      this.predicate = predicate;
      this.flip = negated ? -1 : 0;
      this.exit = exit;
      this.next = next;
    }

    @Override
    public boolean leaves() {
      return predicate < 0;
    }

    @Override
    public void run(Warp warp) {
      int leaving = warp.mask;
      if (predicate >= 0) {
        leaving &= warp.p[predicate] ^ flip;
        if (leaving != warp.mask) {
          // Those that stay must have moved on before the stack is cleaned.
          warp.calls.leaveSome(leaving, next, exit);
          return;
        }
      }
      if (exit) {
        warp.calls.exit(leaving);
      } else {
        warp.calls.returnFrom(leaving);
      }
    }
  }

  /// `call` of a known function.
  public static final class Call extends Terminator {
    private final Supplier<DecodedFunction> callee;
    private final int[] arguments;
    private final int[] results;
    private final int next;

    public Call(Supplier<DecodedFunction> callee, int[] arguments, int[] results, int next) {
      this.callee = callee;
      this.arguments = arguments;
      this.results = results;
      this.next = next;
    }

    @Override
    public void run(Warp warp) {
      warp.calls.call(callee.get(), arguments, results, next);
    }
  }

  /// `bar.warp.sync`: the lanes it names come together before, see [BasicBlock#memberSlot].
  public static final class WarpBarrier extends Terminator {
    private final Value members;
    private final int next;

    public WarpBarrier(Value members, int next) {
      this.members = members;
      this.next = next;
    }

    @Override
    public void run(Warp warp) {
      int named = WarpSync.checkExecuting(warp, members, "bar.warp.sync");
      WarpChecks checks = warp.checks;
      if (checks != null) {
        checks.warpBarrier(named, warp.mask, warp.live);
      }
      warp.goTo(next);
    }
  }

  /// `griddepcontrol.wait`: waits for the launches before.
  public static final class AwaitLaunches extends Terminator {
    private final int predicate;
    private final int flip;
    private final int next;

    /// @param predicate guard, or -1
    public AwaitLaunches(int predicate, boolean negated, int next) {
      this.predicate = predicate;
      this.flip = negated ? -1 : 0;
      this.next = next;
    }

    @Override
    public void run(Warp warp) {
      int waiting = predicate < 0 ? warp.mask : warp.mask & (warp.p[predicate] ^ flip);
      if (waiting != 0) {
        warp.block.awaitLaunches(warp);
      }
      warp.goTo(next);
    }
  }

  /// `barrier.cluster.arrive` and `barrier.cluster.wait`.
  public static final class ClusterBarrier extends Terminator {
    private final boolean arrive;
    private final boolean aligned;
    private final boolean releases;
    private final int next;

    /// @param aligned whether all threads of a warp must execute the same instruction
    /// @param releases whether the arrival orders memory
    public ClusterBarrier(boolean arrive, boolean aligned, boolean releases, int next) {
      this.arrive = arrive;
      this.aligned = aligned;
      this.releases = releases;
      this.next = next;
    }

    @Override
    public void run(Warp warp) {
      if (arrive) {
        warp.block.arriveAtCluster(warp, aligned, releases);
      } else {
        warp.block.waitForCluster(warp, aligned);
      }
      warp.goTo(next);
    }
  }

  /// `bar` and `barrier`.
  public static final class Barrier extends Terminator {
    private final Value id;
    private final Value count;
    private final boolean wait;
    private final boolean aligned;
    private final Block.Reduction reduction;
    private final int predicate;
    private final boolean negated;
    private final int slot;
    private final int next;

    /// @param count register with the number of threads, or [Value#NONE] for the whole block
    /// @param aligned whether all threads of a warp must execute the same instruction
    /// @param predicate source of a reduction, or -1
    /// @param slot result of a reduction
    public Barrier(
        Value id,
        Value count,
        boolean wait,
        boolean aligned,
        Block.Reduction reduction,
        int predicate,
        boolean negated,
        int slot,
        int next) {
      this.id = id;
      this.count = count;
      this.wait = wait;
      this.aligned = aligned;
      this.reduction = reduction;
      this.predicate = predicate;
      this.negated = negated;
      this.slot = slot;
      this.next = next;
    }

    @Override
    public void run(Warp warp) {
      int lane = Integer.numberOfTrailingZeros(warp.mask);
      int which = warp.i[id.slot()][lane];
      int threads = count.slot() < 0 ? 0 : warp.i[count.slot()][lane];
      int bits = predicate < 0 ? 0 : negated ? ~warp.p[predicate] : warp.p[predicate];
      warp.block.arrive(warp, which, threads, wait, aligned, reduction, bits, slot);
      warp.goTo(next);
    }
  }
}
