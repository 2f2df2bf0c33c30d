package dev.tuckerc.emulator.operations.control;

import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;

/// Logic on predicate registers, all lanes at once.
public final class Predicates extends Operation {
  /// What is computed.
  public enum Kind {
    AND,
    OR,
    XOR,
    NOT,
    MOVE
  }

  private final Kind kind;
  private final int result;
  private final int first;
  private final boolean firstNegated;
  private final int second;
  private final boolean secondNegated;
  private final boolean uniform;

  /// @param uniform whether the result is the same in all lanes, and set for all
  public Predicates(
      Kind kind,
      int result,
      int first,
      boolean firstNegated,
      int second,
      boolean secondNegated,
      boolean uniform) {
    this.kind = kind;
    this.result = result;
    this.first = first;
    this.firstNegated = firstNegated;
    this.second = second;
    this.secondNegated = secondNegated;
    this.uniform = uniform;
  }

  @Override
  public void run(Warp warp) {
    int a = firstNegated ? ~warp.p[first] : warp.p[first];
    int b = secondNegated ? ~warp.p[second] : warp.p[second];
    int bits =
        switch (kind) {
          case AND -> a & b;
          case OR -> a | b;
          case XOR -> a ^ b;
          case NOT -> ~a;
          case MOVE -> a;
        };
    warp.p[result] = uniform ? bits : (warp.p[result] & ~warp.mask) | (bits & warp.mask);
  }
}
