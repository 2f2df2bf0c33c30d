package dev.tuckerc.emulator.operations.control;

import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Element;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.memory.Atomic;

/// `vote.sync`, `activemask`, `match.sync`, `redux.sync` and `elect.sync`.
public final class WarpVote extends Operation {
  /// What is computed.
  public enum Kind {
    ALL,
    ANY,
    UNIFORM,
    BALLOT,
    ACTIVE_MASK,
    MATCH_ANY,
    MATCH_ALL,
    REDUCE_ADD,
    REDUCE_MIN,
    REDUCE_MAX,
    REDUCE_AND,
    REDUCE_OR,
    REDUCE_XOR,
    ELECT
  }

  private final Kind kind;
  private final String type;
  private final Value result;
  private final int predicate;
  private final Value source;
  private final boolean negated;
  private final Value members;

  /// @param type type of the operand, for reductions
  /// @param predicate second result, a predicate, or -1
  /// @param negated whether a predicate operand is negated
  public WarpVote(
      Kind kind,
      String type,
      Value result,
      int predicate,
      Value source,
      boolean negated,
      Value members) {
    this.kind = kind;
    this.type = type;
    this.result = result;
    this.predicate = predicate;
    this.source = source;
    this.negated = negated;
    this.members = members;
  }

  @Override
  public void run(Warp warp) {
    if (members.slot() < 0) {
      compute(warp, warp.mask);
      return;
    }
    WarpSync.check(warp, members, "vote, match or redux");
    int whole = warp.mask;
    // Lanes that name different members are groups of their own.
    for (int rest = whole; rest != 0; rest &= ~warp.mask) {
      warp.mask = rest & warp.i[members.slot()][Integer.numberOfTrailingZeros(rest)];
      compute(warp, warp.mask);
    }
    warp.mask = whole;
  }

  private void compute(Warp warp, int mask) {
    switch (kind) {
      case ALL, ANY, UNIFORM, BALLOT -> vote(warp, mask);
      case ACTIVE_MASK -> every(warp, mask);
      case MATCH_ANY -> matchAny(warp, mask);
      case MATCH_ALL -> {
        boolean same = true;
        long first = source(warp, Integer.numberOfTrailingZeros(mask));
        for (int m = mask; m != 0; m &= m - 1) {
          same &= source(warp, Integer.numberOfTrailingZeros(m)) == first;
        }
        every(warp, same ? mask : 0);
        if (predicate >= 0) {
          warp.p[predicate] = (warp.p[predicate] & ~mask) | (same ? mask : 0);
        }
      }
      case ELECT -> {
        int leader = Integer.numberOfTrailingZeros(mask);
        every(warp, leader);
        if (predicate >= 0) {
          warp.p[predicate] = (warp.p[predicate] & ~mask) | 1 << leader;
        }
      }
      case REDUCE_ADD, REDUCE_MIN, REDUCE_MAX, REDUCE_AND, REDUCE_OR, REDUCE_XOR ->
          reduce(warp, mask);
    }
  }

  private void vote(Warp warp, int mask) {
    int bits = (negated ? ~warp.p[source.slot()] : warp.p[source.slot()]) & mask;
    if (kind == Kind.BALLOT) {
      every(warp, bits);
      return;
    }
    boolean truth =
        switch (kind) {
          case ALL -> bits == mask;
          case ANY -> bits != 0;
          default -> bits == mask || bits == 0;
        };
    warp.p[result.slot()] = (warp.p[result.slot()] & ~mask) | (truth ? mask : 0);
  }

  private void matchAny(Warp warp, int mask) {
    int[] same = warp.offsets;
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      long value = source(warp, lane);
      int found = 0;
      for (int n = mask; n != 0; n &= n - 1) {
        int other = Integer.numberOfTrailingZeros(n);
        if (source(warp, other) == value) {
          found |= 1 << other;
        }
      }
      same[lane] = found;
    }
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      Element.toRegister(warp, result.home(), result.slot(), lane, same[lane]);
    }
  }

  private void reduce(Warp warp, int mask) {
    Atomic.Kind operation =
        switch (kind) {
          case REDUCE_ADD -> Atomic.Kind.ADD;
          case REDUCE_MIN -> Atomic.Kind.MIN;
          case REDUCE_MAX -> Atomic.Kind.MAX;
          case REDUCE_AND -> Atomic.Kind.AND;
          case REDUCE_OR -> Atomic.Kind.OR;
          default -> Atomic.Kind.XOR;
        };
    int first = Integer.numberOfTrailingZeros(mask);
    long value = source(warp, first);
    for (int m = mask & (mask - 1); m != 0; m &= m - 1) {
      value = Atomic.apply(operation, type, value, source(warp, Integer.numberOfTrailingZeros(m)));
    }
    every(warp, (int) value);
  }

  private long source(Warp warp, int lane) {
    return Element.fromRegister(warp, source.home(), source.slot(), lane);
  }

  private void every(Warp warp, int value) {
    if (result.slot() < 0) {
      return;
    }
    for (int m = warp.mask; m != 0; m &= m - 1) {
      Element.toRegister(
          warp, result.home(), result.slot(), Integer.numberOfTrailingZeros(m), value);
    }
  }
}
