package dev.tuckerc.emulator.operations.control;

import dev.tuckerc.emulator.check.Check;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Element;
import dev.tuckerc.emulator.operations.Value;

/// `shfl.sync`: reads a register of another lane.
public final class Shuffle extends Operation {
  /// How the source lane is computed.
  public enum Kind {
    UP,
    DOWN,
    BUTTERFLY,
    INDEX
  }

  private final Kind kind;
  private final Value result;
  private final int predicate;
  private final Value source;
  private final Value distance;
  private final Value clamp;
  private final Value members;

  /// @param predicate register that says whether the source lane was in range, or -1
  public Shuffle(
      Kind kind,
      Value result,
      int predicate,
      Value source,
      Value distance,
      Value clamp,
      Value members) {
    this.kind = kind;
    this.result = result;
    this.predicate = predicate;
    this.source = source;
    this.distance = distance;
    this.clamp = clamp;
    this.members = members;
  }

  @Override
  public void run(Warp warp) {
    WarpSync.check(warp, members, "shfl.sync");
    int[] values = warp.offsets;
    boolean floats = source.home() == dev.tuckerc.emulator.machine.Home.FLOAT;
    for (int lane = 0; lane < 32; lane++) {
      values[lane] =
          floats
              ? Float.floatToRawIntBits(warp.f[source.slot()][lane])
              : warp.i[source.slot()][lane];
    }
    int inRange = 0;
    for (int m = warp.mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      int b = warp.i[distance.slot()][lane] & 31;
      int c = warp.i[clamp.slot()][lane];
      int segment = c >>> 8 & 31;
      int limit = c & 31;
      int most = (lane & segment) | (limit & ~segment);
      int least = lane & segment;
      int from;
      boolean valid;
      switch (kind) {
        case UP -> {
          from = lane - b;
          valid = from >= most;
        }
        case DOWN -> {
          from = lane + b;
          valid = from <= most;
        }
        case BUTTERFLY -> {
          from = lane ^ b;
          valid = from <= most;
        }
        case INDEX -> {
          from = least | (b & ~segment);
          valid = from <= most;
        }
        default -> throw new IllegalStateException();
      }
      if (!valid) {
        from = lane;
      } else {
        inRange |= 1 << lane;
      }
      int value = values[from];
      if ((warp.mask >>> from & warp.i[members.slot()][lane] >>> from & 1) == 0) {
        value = undefined(warp, lane, from);
      }
      if (result.slot() >= 0) {
        Element.toRegister(warp, result.home(), result.slot(), lane, value);
      }
    }
    if (predicate >= 0) {
      warp.p[predicate] = (warp.p[predicate] & ~warp.mask) | inRange;
    }
  }

  /// What a lane reads from one that does not execute the instruction: anything, other bits in
  /// every launch and for every seed, so that no result depends on it unnoticed.
  ///
  /// Lanes beyond the end of the block are read on the way of many a reduction whose result does
  /// not depend on them, so that alone is no finding.
  private int undefined(Warp warp, int lane, int from) {
    boolean exists = (warp.launched >>> from & 1) != 0;
    if (exists && warp.block.launch.checks.contains(Check.BARRIERS)) {
      boolean named = (warp.i[members.slot()][lane] >>> from & 1) != 0;
      boolean exited = (warp.live >>> from & 1) == 0;
      throw new Fault(
          lane,
          "shfl.sync reads lane "
              + from
              + ", which "
              + (exited
                  ? "has left the kernel"
                  : named ? "does not execute it" : "the member mask does not name")
              + ": the value is undefined; expected: every lane that is read executes the"
              + " instruction and is named");
    }
    return Undefined.bits(warp, lane);
  }
}
