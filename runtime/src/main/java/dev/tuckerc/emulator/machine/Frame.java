package dev.tuckerc.emulator.machine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// An activation of a function: its registers and its divergence stack.
///
/// The stack follows the immediate post-dominators: a divergent branch leaves an entry that waits
/// at the post-dominator with all lanes, and pushes one entry for each side; a side that arrives
/// there is popped.
public final class Frame {
  final DecodedFunction function;
  final @Nullable Frame caller;
  final int[][] i;
  final float[][] f;
  final long[][] l;
  final double[][] d;
  final int[] p;
  final int localBase;

  /// Lanes that have not left the function.
  int lanes;

  /// Block of the caller where execution goes on.
  int returnBlock;

  /// Call parameters of the caller that receive the results.
  int[] resultOffsets = new int[0];

  int depth;
  int[] blocks = new int[8];
  int[] joins = new int[8];
  int[] masks = new int[8];

  Frame(DecodedFunction function, @Nullable Frame caller, int lanes, int localBase) {
    this.function = function;
    this.caller = caller;
    this.lanes = lanes;
    this.localBase = localBase;
    // Constants are shared by all warps; every other slot is this frame's own.
    i = function.intConstants.clone();
    f = function.floatConstants.clone();
    l = function.longConstants.clone();
    d = function.doubleConstants.clone();
    p = new int[function.registers[Home.PREDICATE.ordinal()]];
    for (int r = 0; r < i.length; r++) {
      i[r] = i[r] == null ? new int[32] : i[r];
    }
    for (int r = 0; r < f.length; r++) {
      f[r] = f[r] == null ? new float[32] : f[r];
    }
    for (int r = 0; r < l.length; r++) {
      l[r] = l[r] == null ? new long[32] : l[r];
    }
    for (int r = 0; r < d.length; r++) {
      d[r] = d[r] == null ? new double[32] : d[r];
    }
    p[1] = -1;
    start();
  }

  /// Back to the state of a new activation: registers are zero.
  void reset(int newLanes) {
    for (int r = 0; r < i.length; r++) {
      if (function.intConstants[r] == null) {
        Arrays.fill(i[r], 0);
      }
    }
    for (int r = 0; r < f.length; r++) {
      if (function.floatConstants[r] == null) {
        Arrays.fill(f[r], 0);
      }
    }
    for (int r = 0; r < l.length; r++) {
      if (function.longConstants[r] == null) {
        Arrays.fill(l[r], 0);
      }
    }
    for (int r = 0; r < d.length; r++) {
      if (function.doubleConstants[r] == null) {
        Arrays.fill(d[r], 0);
      }
    }
    Arrays.fill(p, 2, p.length, 0);
    lanes = newLanes;
    start();
  }

  private void start() {
    depth = 0;
    blocks[0] = 0;
    joins[0] = -1;
    masks[0] = lanes;
  }

  private Frame(Frame source, @Nullable Frame caller, int lanes) {
    function = source.function.forStrands();
    this.caller = caller;
    this.lanes = lanes;
    localBase = source.localBase;
    i = source.i;
    f = source.f;
    l = source.l;
    d = source.d;
    p = source.p;
    returnBlock = source.returnBlock;
    resultOffsets = source.resultOffsets;
    blocks[0] = source.blocks[Math.max(0, source.depth)];
    joins[0] = -1;
    masks[0] = lanes;
  }

  /// The same activation, registers shared, for some of its lanes, at a place of its own.
  Frame view(int some) {
    return new Frame(this, caller == null ? null : caller.view(some), some);
  }

  /// Leaves only some lanes.
  void restrict(int some) {
    for (Frame frame = this; frame != null; frame = frame.caller) {
      frame.lanes &= some;
      frame.masks[0] &= some;
    }
  }

  /// Takes in the lanes of another view of the same activation.
  void join(Frame other) {
    Frame mine = this;
    Frame theirs = other;
    while (mine != null && theirs != null) {
      mine.lanes |= theirs.lanes;
      mine.masks[0] |= theirs.masks[0];
      mine = mine.caller;
      theirs = theirs.caller;
    }
  }

  /// Whether two views are at the same place of the same activation.
  static boolean samePlace(Frame one, Frame other) {
    Frame a = one;
    Frame b = other;
    boolean first = true;
    while (a != null && b != null) {
      if (a.i != b.i || (first && a.blocks[0] != b.blocks[0])) {
        return false;
      }
      first = false;
      a = a.caller;
      b = b.caller;
    }
    return a == null && b == null;
  }

  /// Gives every lane the value of registers that were computed once.
  void spreadUniform() {
    int[][] slots = function.uniformSlots;
    if (slots.length == 0) {
      return;
    }
    for (int r : slots[Home.INT.ordinal()]) {
      Arrays.fill(i[r], i[r][0]);
    }
    for (int r : slots[Home.FLOAT.ordinal()]) {
      Arrays.fill(f[r], f[r][0]);
    }
    for (int r : slots[Home.LONG.ordinal()]) {
      Arrays.fill(l[r], l[r][0]);
    }
    for (int r : slots[Home.DOUBLE.ordinal()]) {
      Arrays.fill(d[r], d[r][0]);
    }
  }

  void push(int block, int join, int mask) {
    depth++;
    if (depth == blocks.length) {
      blocks = Arrays.copyOf(blocks, depth * 2);
      joins = Arrays.copyOf(joins, depth * 2);
      masks = Arrays.copyOf(masks, depth * 2);
    }
    blocks[depth] = block;
    joins[depth] = join;
    masks[depth] = mask;
  }

  /// Takes lanes out of the function.
  void remove(int gone) {
    lanes &= ~gone;
    for (int entry = 0; entry <= depth; entry++) {
      masks[entry] &= ~gone;
    }
    while (depth >= 0 && masks[depth] == 0) {
      depth--;
    }
  }
}
