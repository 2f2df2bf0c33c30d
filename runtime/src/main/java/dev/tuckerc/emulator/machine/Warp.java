package dev.tuckerc.emulator.machine;

import dev.tuckerc.emulator.check.Finding;
import dev.tuckerc.emulator.check.WarpChecks;
import dev.tuckerc.ptx.SourcePosition;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Thirty-two threads that run together.
public final class Warp extends WarpLanes {
  /// What a warp is doing.
  public enum State {
    READY,
    WAITING,
    DONE
  }

  /// How many basic blocks a diverged warp may run before its lanes take turns.
  private static final int PATIENCE = 1 << 16;

  /// What a turn that ends early, because it polls, counts for at least.
  private static final int POLL = 1 << 8;

  /// Position in the block.
  public final int index;

  /// Its memory checks, where some are on.
  public final @Nullable WarpChecks checks;

  /// Its calls and returns.
  public final Calls calls = new Calls(this);

  /// Its tests of an `mbarrier` that failed.
  public final FailedTests failedTests = new FailedTests(this);

  /// Where its lanes must come together.
  final Convergence convergence = new Convergence(this);

  /// Its `wgmma` instructions.
  public final PendingMultiplies multiplies = new PendingMultiplies();

  /// Where it is and what it waits for.
  public State state = State.DONE;

  /// Set by an operation that polls: lets other warps run.
  public boolean yielded;

  /// Instructions executed since the block began.
  public long instructions;

  /// Lane-instructions executed since the block began.
  public long laneInstructions;

  /// Phase of the cluster barrier at the last arrival, or -1.
  long clusterPhase = -1;

  /// Lanes that arrived in that phase.
  int clusterLanes;

  /// Lanes that arrived at the cluster barrier and did not wait yet.
  int clusterOwed;

  /// Lanes that wait for the launches before this one.
  int suspended;

  /// Lanes that had a thread when the block began.
  public int launched;

  /// Index of the current operation in its basic block.
  private int operation;

  private final Frame root;
  private int divergentSteps;
  private @Nullable BasicBlock stepped;
  private int untilVisit;

  /// What a warp that follows its stack waits for.
  private @Nullable Site waiting;

  private String waitingFor = "";

  /// Lanes that wait; the others of the warp may be elsewhere.
  private int waitingLanes;

  Warp(Block block, int index, DecodedFunction function) {
    super(block, new Frame(function, null, 0, 0));
    this.index = index;
    this.checks = block.checks == null ? null : new WarpChecks(block.checks, index);
    this.root = frame;
    calls.growLocal(function.localBytes);
  }

  /// Prepares for a block.
  void start(int lanes) {
    root.reset(lanes);
    live = lanes;
    launched = lanes;
    state = State.READY;
    instructions = 0;
    laneInstructions = 0;
    yielded = false;
    clusterPhase = -1;
    clusterOwed = 0;
    failedTests.clear();
    suspended = 0;
    convergence.start();
    strands = null;
    divergentSteps = 0;
    if (checks != null) {
      checks.start(lanes);
    }
    multiplies.clear();
    for (byte[] bytes : local) {
      Arrays.fill(bytes, (byte) 0);
    }
    enter(root);
    SpecialRegisters.fill(this, root.function);
    if (block.launch.interleaving) {
      scheduleIndependently();
    }
  }

  /// Runs until the warp ends or waits, or for about `quantum` basic blocks.
  void run(int quantum) {
    yielded = false;
    if (strands != null) {
      strands.run(quantum);
      return;
    }
    int steps = 0;
    while (steps < quantum) {
      BasicBlock current = frame.function.blocks[frame.blocks[frame.depth]];
      if (current.memberSlot >= 0 && membersMissing(current)) {
        stepped = current;
        operation = 0;
        convergence.findDetours("a .sync instruction that names them", current.positions[0]);
        scheduleIndependently();
        return;
      }
      step();
      steps++;
      if (state != State.READY || yielded) {
        break;
      }
    }
    if (mask == live || state != State.READY) {
      divergentSteps = 0;
      return;
    }
    divergentSteps += yielded ? Math.max(POLL, steps) : steps;
    if (divergentSteps > PATIENCE) {
      scheduleIndependently();
    }
  }

  /// Whether some lanes that the `.sync` instruction of a block names are elsewhere.
  private boolean membersMissing(BasicBlock current) {
    return (membersAt(current, i, mask) & live & ~mask) != 0;
  }

  /// Lanes named by any of the lanes that execute the `.sync` instruction of a block.
  static int membersAt(BasicBlock block, int[][] registers, int lanes) {
    int members = 0;
    for (int m = lanes; m != 0; m &= m - 1) {
      members |= registers[block.memberSlot][Integer.numberOfTrailingZeros(m)];
    }
    return members;
  }

  /// Executes one basic block.
  void step() {
    DecodedFunction function = frame.function;
    int place = frame.blocks[frame.depth];
    BasicBlock current = function.blocks[place];
    Operation[] operations = current.operations;
    int next = 0;
    stepped = current;
    try {
      for (; next < operations.length; next++) {
        operation = next;
        operations[next].run(this);
      }
      operation = next;
      instructions += current.instructions;
      laneInstructions += (long) current.instructions * Integer.bitCount(mask);
      if (block.launch.counting) {
        block.counters.addMix(current.mix);
      }
      current.end.run(this);
    } catch (Fault fault) {
      throw WarpFailures.of(this, fault, current.positions[next]);
    } catch (IndexOutOfBoundsException | NegativeArraySizeException inside) {
      throw WarpFailures.internal(this, current.positions[next], inside);
    }
    HotCode hot = function.hotCode;
    if (hot != null && --untilVisit < 0) {
      untilVisit = hot.visited(function, place);
    }
    if (instructions > block.launch.instructionBudget) {
      throw WarpFailures.overBudget(this, current.positions[operations.length]);
    }
  }

  /// Lets the lanes of a diverged warp take turns from now on.
  ///
  /// @return whether that changes anything
  boolean scheduleIndependently() {
    if (strands != null || state == State.DONE) {
      return false;
    }
    for (Frame each = frame; each != null; each = each.caller) {
      each.spreadUniform();
    }
    Site site = waiting;
    strands =
        state == State.WAITING && site != null
            ? new Strands(this, frame, waitingLanes, waitingFor, site.position())
            : new Strands(this, frame, 0, "", position());
    state = State.READY;
    return true;
  }

  /// The active lanes wait.
  ///
  /// @param what for what, in words
  /// @param aligned whether all lanes must come here
  void waitAt(String what, SourcePosition position, boolean aligned) {
    failedTests.clear();
    if (strands != null) {
      strands.waitAt(what, position);
      return;
    }
    state = State.WAITING;
    waiting = site();
    waitingLanes = mask;
    waitingFor = what;
    if (aligned) {
      convergence.findDetours(what, position);
    }
  }

  /// Goes on after a barrier.
  void release(int lanes) {
    convergence.release(lanes);
    if (strands != null) {
      strands.release(lanes);
    } else {
      state = State.READY;
    }
  }

  /// Whether some threads of the warp are not at the place where it waits.
  boolean diverged() {
    return strands == null && state == State.WAITING && waitingLanes != live;
  }

  /// What it does, in words.
  String describe() {
    if (strands != null && state != State.DONE) {
      return strands.describe();
    }
    Site site = waiting;
    return switch (state) {
      case DONE -> "exited";
      case WAITING ->
          "waits at "
              + waitingFor
              + (site == null ? "" : " at " + site.position())
              + (waitingLanes == live
                  ? ""
                  : " with lanes " + Standstill.hex(waitingLanes) + " only");
      case READY -> failedTests.count() > 0 ? failedTests.describe() : "is at " + position();
    };
  }

  /// All its threads have exited.
  void finish() {
    Finding found = checks == null ? null : checks.copies().ended();
    if (found != null) {
      throw WarpFailures.at(this, position(), found.lane(), found.message());
    }
  }

  /// The instruction that ends the current basic block.
  Site site() {
    return new Site(frame.function.name, frame.blocks[frame.depth], position());
  }

  /// Position of the current instruction, or the one executed last.
  public SourcePosition position() {
    BasicBlock last = stepped;
    return last == null ? new SourcePosition(0, "", 0) : last.positions[operation];
  }
}
