package dev.tuckerc.emulator.machine;

import org.jspecify.annotations.Nullable;

/// The lanes of a warp: their registers, which of them are active, and how branches move them.
public abstract sealed class WarpLanes permits Warp {
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

  /// Offsets of the current memory access, by lane.
  public final int[] offsets = new int[32];

  /// Scratch for addresses, by lane.
  public final long[] addresses = new long[32];

  /// Memory of the current access, by lane, where lanes access different regions.
  public final byte[][] laneBytes = new byte[32][];

  /// Local memory, by lane; grows with the call depth.
  public final byte[][] local = new byte[32][];

  /// Scratch of matrix operations.
  public final MatrixScratch matrix = new MatrixScratch();

  /// Threads that have not exited.
  public int live;

  /// Activation of the current function.
  Frame frame;

  /// Its lanes where they take turns, or null where they follow the divergence stack.
  @Nullable Strands strands;

  WarpLanes(Block block, Frame root) {
    this.block = block;
    this.frame = root;
    i = root.i;
    f = root.f;
    l = root.l;
    d = root.d;
    p = root.p;
  }

  /// Goes on in an activation.
  void enter(Frame next) {
    frame = next;
    i = next.i;
    f = next.f;
    l = next.l;
    d = next.d;
    p = next.p;
    wide = next.lanes;
    mask = next.depth >= 0 ? next.masks[next.depth] : 0;
  }

  /// Base of the current function's variables in local memory.
  public int localBase() {
    return frame.localBase;
  }

  /// Bytes of local memory in use.
  public int localSize() {
    return frame.localBase + frame.function.localBytes;
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
}
