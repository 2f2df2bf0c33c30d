package dev.tuckerc.emulator.machine;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.emulator.check.Check;
import dev.tuckerc.emulator.check.Finding;
import dev.tuckerc.emulator.check.LocalBytes;
import dev.tuckerc.emulator.check.WarpChecks;
import dev.tuckerc.emulator.ptx.SourcePosition;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Thirty-two threads that run together.
public final class Warp {
  /// What a warp is doing.
  public enum State {
    READY,
    WAITING,
    DONE
  }

  /// Integer registers of the current function, by slot and lane.
  public int[][] i;

  /// Float registers.
  public float[][] f;

  /// Long registers.
  public long[][] l;

  /// Double registers.
  public double[][] d;

  /// Predicate registers, a bit for each lane.
  public int[] p;

  /// Lanes that execute the current operation.
  public int mask;

  /// Lanes of the current function: results for other lanes may be anything, so an operation whose
  /// mask is this may compute all 32.
  public int wide;

  /// The block it belongs to.
  public final Block block;

  /// Position in the block.
  public final int index;

  /// Offsets of the current memory access, by lane.
  public final int[] offsets = new int[32];

  /// Scratch for addresses, by lane.
  public final long[] addresses = new long[32];

  /// Memory of the current access, by lane, where lanes access different regions.
  public final byte[][] laneBytes = new byte[32][];

  /// Local memory, by lane; grows with the call depth.
  public final byte[][] local = new byte[32][];

  /// Its memory checks, where some are on.
  public final @Nullable WarpChecks checks;

  /// Its `wgmma` instructions.
  public final PendingMultiplies multiplies = new PendingMultiplies();

  /// Scratch of matrix operations.
  public final MatrixScratch matrix = new MatrixScratch();

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

  /// Tests of an `mbarrier` that failed since the last one that succeeded.
  public int failedTests;

  private Supplier<String> tested = () -> "";
  private @Nullable SourcePosition testedAt;
  private byte[] testedMemory = new byte[0];
  private int testedOffset;

  /// Lanes that wait for the launches before this one.
  int suspended;

  /// Index of the current operation in its basic block.
  private int operation;

  /// Threads that have not exited.
  public int live;

  /// How many basic blocks a diverged warp may run before its lanes take turns.
  private static final int PATIENCE = 1 << 16;

  /// What a turn that ends early, because it polls, counts for at least.
  private static final int POLL = 1 << 8;

  private Frame frame;
  private final Frame root;
  private @Nullable Strands strands;
  private int divergentSteps;
  private @Nullable BasicBlock stepped;
  private int untilVisit;

  /// What a warp that follows its stack waits for.
  private @Nullable Site waiting;

  private String waitingFor = "";

  /// Lanes that wait; the others of the warp may be elsewhere.
  private int waitingLanes;

  /// The aligned barrier instruction that some lanes have executed and others not yet.
  private @Nullable Site alignedSite;

  private int alignedLanes;

  /// Lanes that must come where others wait.
  final List<Detour> detours = new ArrayList<>();

  Warp(Block block, int index, DecodedFunction function) {
    this.block = block;
    this.index = index;
    this.checks = block.checks == null ? null : new WarpChecks(block.checks, index);
    this.root = new Frame(function, null, 0, 0);
    this.frame = root;
    i = root.i;
    f = root.f;
    l = root.l;
    d = root.d;
    p = root.p;
    growLocal(function.localBytes);
  }

  /// Prepares for a block.
  void start(int lanes) {
    root.reset(lanes);
    live = lanes;
    state = State.READY;
    instructions = 0;
    laneInstructions = 0;
    yielded = false;
    clusterPhase = -1;
    clusterOwed = 0;
    failedTests = 0;
    suspended = 0;
    alignedSite = null;
    detours.clear();
    strands = null;
    divergentSteps = 0;
    if (checks != null) {
      checks.start(lanes);
    }
    multiplies.clear();
    for (byte[] bytes : local) {
      java.util.Arrays.fill(bytes, (byte) 0);
    }
    enter(root);
    SpecialRegisters.fill(this, root.function);
  }

  void enter(Frame next) {
    frame = next;
    i = next.i;
    f = next.f;
    l = next.l;
    d = next.d;
    p = next.p;
    wide = next.lanes;
    mask = next.masks[next.depth];
  }

  private void growLocal(int size) {
    for (int lane = 0; lane < 32; lane++) {
      byte[] old = local[lane];
      if (old == null) {
        local[lane] = new byte[size];
      } else if (old.length < size) {
        local[lane] = java.util.Arrays.copyOf(old, Math.max(size, 2 * old.length));
      }
    }
  }

  /// Base of the current function's variables in local memory.
  public int localBase() {
    return frame.localBase;
  }

  /// Bytes of local memory in use.
  public int localSize() {
    return frame.localBase + frame.function.localBytes;
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
        findDetours("a .sync instruction that names them", current.positions[0]);
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
      throw located(fault, current.positions[next]);
    } catch (IndexOutOfBoundsException | NegativeArraySizeException inside) {
      throw new DeviceException(
          where(current.positions[next], -1) + ": internal error of the emulator", inside);
    }
    HotCode hot = function.hotCode;
    if (hot != null && --untilVisit < 0) {
      untilVisit = hot.visited(function, place);
    }
    long budget = block.launch.instructionBudget;
    if (instructions > budget) {
      throw new DeviceException(
          where(current.positions[operations.length], -1)
              + ": warp "
              + index
              + " executed more than "
              + budget
              + " instructions; an endless loop? (the budget is an option of the emulator)");
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
    failedTests = 0;
    if (strands != null) {
      strands.waitAt(what, position);
      return;
    }
    state = State.WAITING;
    waiting = site();
    waitingLanes = mask;
    waitingFor = what;
    if (aligned) {
      findDetours(what, position);
    }
  }

  /// Goes on after a barrier.
  void release(int lanes) {
    endDetours(lanes);
    if ((alignedLanes & lanes) != 0) {
      alignedSite = null;
    }
    if (strands != null) {
      strands.release(lanes);
    } else {
      state = State.READY;
    }
  }

  /// The active lanes execute a barrier instruction that all lanes must execute together.
  void arriveAligned(Site site) {
    Site other = alignedSite;
    int before = alignedLanes & live;
    if (other == null || before == 0 || before == live) {
      alignedLanes = mask;
    } else if (other.same(site)) {
      alignedLanes |= mask;
    } else {
      throw new Fault(
          Integer.numberOfTrailingZeros(mask),
          "barrier divergence: lanes "
              + Standstill.hex(before)
              + " of warp "
              + index
              + " are at the barrier at "
              + other.position()
              + "; expected: all threads of a warp execute the same barrier instruction");
    }
    alignedSite = (live & ~alignedLanes) == 0 ? null : site;
  }

  /// Finds lanes that must come where the active lanes wait: those that meet them again later.
  private void findDetours(String what, SourcePosition position) {
    if (mask == live || !block.launch.checks.contains(Check.BARRIERS)) {
      return;
    }
    int seen = mask;
    for (Frame each = frame; each != null; each = each.caller) {
      for (int entry = each.depth - 1; entry >= 0; entry--) {
        int absent = each.masks[entry] & live & ~seen;
        int meeting = each.blocks[entry];
        boolean both = (each.masks[entry] & mask) == mask;
        if (both && absent != 0 && !each.function.blocks[meeting].onlyLeaves()) {
          detours.add(new Detour(each.i, meeting, absent, mask, what, position));
          seen |= absent;
        }
      }
    }
  }

  /// Lanes no longer wait.
  void endDetours(int lanes) {
    if (!detours.isEmpty()) {
      detours.removeIf(detour -> (detour.waiting() & lanes) != 0);
    }
  }

  /// Fails where lanes missed what others of their warp wait for.
  void checkDetours(Frame place, int lanes) {
    for (Detour detour : detours) {
      int missed = lanes & detour.absent() & live;
      if (missed != 0 && place.i == detour.activation() && place.blocks[0] == detour.meeting()) {
        throw failure(
            detour.position(),
            Integer.numberOfTrailingZeros(detour.waiting()),
            "barrier divergence: lanes "
                + Standstill.hex(detour.waiting())
                + " of warp "
                + index
                + " wait at "
                + detour.what()
                + ", but lanes "
                + Standstill.hex(missed)
                + " took another way and are already at "
                + place.function.blocks[place.blocks[0]].positions[0]
                + "; expected: all live threads that take part come here");
      }
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
      case READY ->
          failedTests > 0
              ? "tests in vain at " + testedAt + ": " + tested.get()
              : "is at " + position();
    };
  }

  /// Whether its last test, which failed, was of that `mbarrier`.
  boolean testing(byte[] memory, int offset) {
    return state == State.READY
        && failedTests > 0
        && testedMemory == memory
        && testedOffset == offset;
  }

  /// What it tests in vain, in words.
  public String describeTest() {
    return "warp " + index + " tests in vain at " + testedAt + ": " + tested.get();
  }

  /// Remembers a test in vain, and lets other warps run.
  ///
  /// @param what describes it
  public void testFailed(byte[] memory, int offset, Supplier<String> what) {
    failedTests++;
    testedMemory = memory;
    testedOffset = offset;
    tested = what;
    testedAt = position();
    yielded = true;
  }

  Frame frame() {
    return frame;
  }

  /// All its threads have exited.
  void finish() {
    Finding found = checks == null ? null : checks.copies().ended();
    if (found != null) {
      throw located(new Fault(found.lane(), found.message()), position());
    }
  }

  /// The instruction that ends the current basic block.
  Site site() {
    return new Site(frame.function.name, frame.blocks[frame.depth], position());
  }

  /// A failure at a place of this warp.
  DeviceException failure(SourcePosition position, int lane, String message) {
    return new DeviceException(where(position, lane) + ": " + message);
  }

  DeviceException located(Fault fault, SourcePosition position) {
    return new DeviceException(where(position, fault.lane) + ": " + fault.getMessage());
  }

  /// Where the warp is, in words.
  String where(SourcePosition position, int lane) {
    StringBuilder text = new StringBuilder("kernel ").append(block.launch.function.name);
    if (frame.caller != null) {
      text.append(", function ").append(frame.function.name);
    }
    text.append(", ").append(position).append(", block ").append(block.coordinates());
    if (lane >= 0) {
      text.append(", thread ").append(block.threadCoordinates(index * 32 + lane));
    }
    return text.toString();
  }

  /// Position of the current instruction, or the one executed last.
  public SourcePosition position() {
    BasicBlock last = stepped;
    return last == null ? new SourcePosition(0, "", 0) : last.positions[operation];
  }

  /// Moves all active lanes to a block.
  public void goTo(int target) {
    Frame current = frame;
    int top = current.depth;
    int at = target;
    if (at != current.joins[top]) {
      current.blocks[top] = at;
      return;
    }
    while (at == current.joins[top]) {
      top--;
      at = current.blocks[top];
    }
    current.depth = top;
    mask = current.masks[top];
  }

  /// Moves some of the active lanes to one block and the others to another.
  ///
  /// @param takenMask lanes that go to `taken`: some of the active ones
  /// @param join immediate post-dominator of both, or -1 where there is none
  public void branch(int takenMask, int taken, int next, int join) {
    int taking = takenMask & mask;
    if (taking == mask) {
      goTo(taken);
      return;
    }
    if (taking == 0) {
      goTo(next);
      return;
    }
    block.counters.divergentBranches++;
    Frame current = frame;
    int staying = mask & ~taking;
    if (strands != null) {
      strands.split(new int[] {taking, staying}, new int[] {taken, next});
      return;
    }
    if (join >= 0 && join == current.joins[current.depth]) {
      current.depth--;
    } else if (join >= 0) {
      current.blocks[current.depth] = join;
    } else {
      // The sides never meet again: the entry itself becomes one side.
      int outer = current.joins[current.depth];
      current.masks[current.depth] = staying;
      current.blocks[current.depth] = next;
      current.push(taken, outer, taking);
      mask = taking;
      return;
    }
    if (next != join) {
      current.push(next, join, staying);
    }
    if (taken != join) {
      current.push(taken, join, taking);
    }
    mask = current.masks[current.depth];
  }

  /// Moves lanes to several blocks, those of one block together.
  public void split(int[] masks, int[] targets, int join) {
    int remaining = mask;
    int last = 0;
    for (int t = 0; t < masks.length; t++) {
      last = masks[t] != 0 ? t : last;
    }
    if (masks[last] == remaining) {
      goTo(targets[last]);
      return;
    }
    block.counters.divergentBranches++;
    if (strands != null) {
      strands.split(masks, targets);
      return;
    }
    Frame current = frame;
    int outer = current.joins[current.depth];
    if (join >= 0 && join != outer) {
      current.blocks[current.depth] = join;
    } else {
      current.depth--;
    }
    for (int t = 0; t < masks.length; t++) {
      if (masks[t] != 0 && targets[t] != join) {
        current.push(targets[t], join, masks[t]);
      }
    }
    mask = current.masks[current.depth];
  }

  /// Some lanes leave, the others go on at a block.
  public void leaveSome(int leaving, int next, boolean exit) {
    Frame current = frame;
    if (!exit && current.caller != null) {
      copyResults(leaving);
      current.remove(leaving);
    } else {
      exitChecks(leaving);
      live &= ~leaving;
      for (Frame each = current; each != null; each = each.caller) {
        each.remove(leaving);
      }
    }
    wide = current.lanes;
    mask = current.masks[current.depth];
    goTo(next);
    block.exited(this);
  }

  /// Ends lanes: they leave the kernel.
  public void exit(int lanes) {
    exitChecks(lanes);
    live &= ~lanes;
    for (Frame each = frame; each != null; each = each.caller) {
      each.remove(lanes);
    }
    afterRemoval();
    block.exited(this);
  }

  private void exitChecks(int lanes) {
    if (checks != null && block.checks != null && lanes != 0) {
      block.checks.exit(checks, lanes);
    }
  }

  /// Returns lanes from the current function; from the kernel, they exit.
  public void returnFrom(int lanes) {
    if (frame.caller == null) {
      exit(lanes);
      return;
    }
    copyResults(lanes);
    frame.remove(lanes);
    afterRemoval();
  }

  private void copyResults(int lanes) {
    Frame caller = frame.caller;
    if (caller == null) {
      return;
    }
    LocalBytes record = checks == null ? null : checks.local();
    for (int r = 0; r < frame.resultOffsets.length; r++) {
      DecodedFunction.ParameterPlace place = frame.function.results.get(r);
      for (int m = lanes; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        byte[] bytes = local[lane];
        if (record != null) {
          record.copy(
              lane,
              frame.localBase + place.offset(),
              caller.localBase + frame.resultOffsets[r],
              place.bytes());
        }
        System.arraycopy(
            bytes,
            frame.localBase + place.offset(),
            bytes,
            caller.localBase + frame.resultOffsets[r],
            place.bytes());
      }
    }
  }

  private void afterRemoval() {
    Frame current = frame;
    while (current.depth < 0) {
      Frame caller = current.caller;
      if (caller == null) {
        state = strands == null || live == 0 ? State.DONE : State.READY;
        mask = 0;
        wide = 0;
        return;
      }
      int resume = current.returnBlock;
      enterCaller(caller);
      if (caller.depth >= 0) {
        goTo(resume);
      }
      current = caller;
    }
    wide = current.lanes;
    mask = current.masks[current.depth];
  }

  private void enterCaller(Frame caller) {
    frame = caller;
    i = caller.i;
    f = caller.f;
    l = caller.l;
    d = caller.d;
    p = caller.p;
    wide = caller.lanes;
    mask = caller.depth >= 0 ? caller.masks[caller.depth] : 0;
  }

  /// Calls a function with the active lanes.
  ///
  /// @param arguments offsets of the argument variables in this function's local memory
  /// @param results offsets of the variables that receive the results
  public void call(DecodedFunction callee, int[] arguments, int[] results, int returnBlock) {
    int base = (localSize() + 15) & ~15;
    if (base + callee.localBytes > 1 << 20) {
      throw new Fault(-1, "call of " + callee.name + " needs more than 1 MiB of stack per thread");
    }
    growLocal(base + callee.localBytes);
    LocalBytes record = checks == null ? null : checks.local();
    if (record != null) {
      record.enter(mask, base, callee.localBytes);
    }
    for (int a = 0; a < arguments.length; a++) {
      DecodedFunction.ParameterPlace place = callee.parameters.get(a);
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        byte[] bytes = local[lane];
        if (record != null) {
          record.copy(lane, frame.localBase + arguments[a], base + place.offset(), place.bytes());
        }
        System.arraycopy(
            bytes, frame.localBase + arguments[a], bytes, base + place.offset(), place.bytes());
      }
    }
    Frame next = new Frame(callee, frame, mask, base);
    next.returnBlock = returnBlock;
    next.resultOffsets = results;
    enter(next);
    SpecialRegisters.fill(this, callee);
  }
}
