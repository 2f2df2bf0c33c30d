package dev.tuckerc.emulator.machine;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.emulator.ptx.SourcePosition;
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

  /// Asynchronous copies of this warp.
  public final AsyncCopies copies = new AsyncCopies();

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
  public long clusterPhase = -1;

  /// Threads that have not exited.
  public int live;

  /// How many quanta a diverged warp may run before its lanes take turns.
  private static final int PATIENCE = 16;

  private Frame frame;
  private final Frame root;
  private @Nullable Strands strands;
  private int divergentQuanta;
  private @Nullable BasicBlock stepped;
  private int untilVisit;

  Warp(Block block, int index, DecodedFunction function) {
    this.block = block;
    this.index = index;
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
    strands = null;
    divergentQuanta = 0;
    copies.clear();
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
    for (int steps = 0; steps < quantum; steps++) {
      BasicBlock current = frame.function.blocks[frame.blocks[frame.depth]];
      if (current.memberSlot >= 0 && membersMissing(current)) {
        scheduleIndependently();
        return;
      }
      step();
      if (state != State.READY || yielded) {
        divergentQuanta = 0;
        return;
      }
    }
    divergentQuanta = mask == live ? 0 : divergentQuanta + 1;
    if (divergentQuanta > PATIENCE) {
      scheduleIndependently();
    }
  }

  private boolean membersMissing(BasicBlock current) {
    int members = i[current.memberSlot][Integer.numberOfTrailingZeros(mask)];
    return (members & live & ~mask) != 0;
  }

  /// Executes one basic block.
  void step() {
    DecodedFunction function = frame.function;
    int place = frame.blocks[frame.depth];
    BasicBlock current = function.blocks[place];
    Operation[] operations = current.operations;
    int next = 0;
    try {
      for (; next < operations.length; next++) {
        operations[next].run(this);
      }
      instructions += current.instructions;
      laneInstructions += (long) current.instructions * Integer.bitCount(mask);
      if (block.launch.counting) {
        block.counters.addMix(current.mix);
      }
      stepped = current;
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
    int waiting = state == State.WAITING ? mask : 0;
    strands = new Strands(this, frame);
    if (waiting != 0) {
      strands.waitAtBarrier();
    }
    state = State.READY;
    return true;
  }

  /// Waits at a barrier.
  void waitAtBarrier() {
    if (strands != null) {
      strands.waitAtBarrier();
    } else {
      state = State.WAITING;
    }
  }

  /// Goes on after a barrier.
  void release(int lanes) {
    if (strands != null) {
      strands.release(lanes);
    } else {
      state = State.READY;
    }
  }

  /// Whether some threads of the warp are not at the place where it waits.
  boolean diverged() {
    return strands == null && state == State.WAITING && mask != live;
  }

  /// What independently scheduled lanes wait for, or nothing.
  String waits() {
    return strands == null ? "" : "warp " + index + ": " + strands.describe();
  }

  Frame frame() {
    return frame;
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

  /// Position of the instruction that ended the block run last.
  SourcePosition position() {
    BasicBlock last = stepped;
    return last == null ? new SourcePosition(0, "", 0) : last.positions[last.positions.length - 1];
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
    live &= ~lanes;
    for (Frame each = frame; each != null; each = each.caller) {
      each.remove(lanes);
    }
    afterRemoval();
    block.exited(this);
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
    for (int r = 0; r < frame.resultOffsets.length; r++) {
      DecodedFunction.ParameterPlace place = frame.function.results.get(r);
      for (int m = lanes; m != 0; m &= m - 1) {
        byte[] bytes = local[Integer.numberOfTrailingZeros(m)];
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
    for (int a = 0; a < arguments.length; a++) {
      DecodedFunction.ParameterPlace place = callee.parameters.get(a);
      for (int m = mask; m != 0; m &= m - 1) {
        byte[] bytes = local[Integer.numberOfTrailingZeros(m)];
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
