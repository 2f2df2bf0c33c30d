package dev.tuckerc.emulator.operations.memory;

import dev.tuckerc.emulator.check.Access;
import dev.tuckerc.emulator.check.Check;
import dev.tuckerc.emulator.check.MemoryOrder;
import dev.tuckerc.emulator.check.Shadow;
import dev.tuckerc.emulator.check.WarpChecks;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Bytes;
import dev.tuckerc.emulator.operations.Element;
import dev.tuckerc.emulator.operations.Value;
import org.jspecify.annotations.Nullable;

/// `mbarrier`: an arrival counter in shared memory with phases and a count of bytes under way.
///
/// The manual leaves the 64-bit object opaque. Here bits 0-19 hold the arrivals a phase expects,
/// 20-39 those still pending, 40-62 the signed number of bytes still to come, 63 the parity of the
/// current phase. A phase completes when nothing is pending and no bytes are to come.
public final class MemoryBarrier extends Operation {
  /// What is done.
  public enum Kind {
    INITIALIZE,
    INVALIDATE,
    ARRIVE,
    ARRIVE_DROP,
    EXPECT_BYTES,
    ARRIVE_EXPECT_BYTES,
    COMPLETE_BYTES,
    TEST_STATE,
    TEST_PARITY,
    PENDING_COUNT,
    /// Arrival that the `cp.async` copies of the thread trigger.
    ARRIVE_COPIES,
    /// The same where the count was raised for it.
    COUNT_COPIES
  }

  private static final int COUNT_BITS = 20;
  private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;
  private static final long BYTES_MASK = (1L << 23) - 1;

  private static final MemoryOrder OBJECT = new MemoryOrder(Access.BARRIER, false, false, false);

  private final Kind kind;
  private final Addressing addressing;
  private final Value result;
  private final Value operand;

  /// @param result state, predicate or count; [Value#NONE] where there is none
  /// @param operand count, bytes, state or parity; [Value#NONE] stands for a count of one
  public MemoryBarrier(Kind kind, Addressing addressing, Value result, Value operand) {
    this.kind = kind;
    this.addressing = addressing;
    this.result = result;
    this.operand = operand;
  }

  @Override
  public void run(Warp warp) {
    byte[] memory = addressing.resolve(warp, "mbarrier");
    if (warp.checks != null) {
      check(warp, warp.checks, memory);
    }
    int seen = 0;
    for (int m = warp.mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      int at = addressing.uniform() ? 0 : lane;
      byte[] bytes = memory == null ? warp.laneBytes[at] : memory;
      long value =
          operand.slot() < 0 ? 1 : Element.fromRegister(warp, operand.home(), operand.slot(), lane);
      boolean ended = lane(warp, lane, bytes, warp.offsets[at], value);
      if (warp.checks != null && ended) {
        boolean test = kind == Kind.TEST_STATE || kind == Kind.TEST_PARITY;
        seen |= test ? 1 << lane : 0;
        if (!test) {
          warp.checks.completed(Checking.shadow(warp, addressing, at), warp.offsets[at]);
        }
      }
    }
    if (warp.checks != null && seen != 0) {
      observe(warp, warp.checks, seen);
    }
  }

  /// An access to the barrier itself, and what the threads release by arriving.
  private void check(Warp warp, WarpChecks checks, byte @Nullable [] memory) {
    boolean plain = kind == Kind.INITIALIZE || kind == Kind.INVALIDATE;
    MemoryOrder order = plain ? MemoryOrder.WRITE : OBJECT;
    Checking.access(warp, checks, addressing, memory, order, warp.position(), null);
    boolean arrives =
        switch (kind) {
          case ARRIVE, ARRIVE_DROP, ARRIVE_EXPECT_BYTES, ARRIVE_COPIES, COUNT_COPIES -> true;
          case INITIALIZE,
              INVALIDATE,
              EXPECT_BYTES,
              COMPLETE_BYTES,
              TEST_STATE,
              TEST_PARITY,
              PENDING_COUNT ->
              false;
        };
    for (int remaining = arrives ? warp.mask : 0; remaining != 0; ) {
      int lane = Integer.numberOfTrailingZeros(remaining);
      int same = samePlace(warp, remaining, lane);
      int at = addressing.uniform() ? 0 : lane;
      Shadow shadow = Checking.shadow(warp, addressing, at);
      if (kind == Kind.ARRIVE_COPIES || kind == Kind.COUNT_COPIES) {
        checks.copies().handOver(shadow, warp.offsets[at], same);
      }
      if (kind != Kind.COUNT_COPIES) {
        checks.arriveAt(shadow, warp.offsets[at], same);
      }
      remaining &= ~same;
    }
  }

  private void observe(Warp warp, WarpChecks checks, int lanes) {
    for (int remaining = lanes; remaining != 0; ) {
      int lane = Integer.numberOfTrailingZeros(remaining);
      int same = samePlace(warp, remaining, lane);
      int at = addressing.uniform() ? 0 : lane;
      checks.observed(Checking.shadow(warp, addressing, at), warp.offsets[at], same, warp.live);
      remaining &= ~same;
    }
  }

  /// Of some lanes those whose barrier is that of one of them.
  private int samePlace(Warp warp, int lanes, int one) {
    if (addressing.uniform()) {
      return lanes;
    }
    int same = 0;
    for (int m = lanes; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      if (warp.offsets[lane] == warp.offsets[one]
          && addressing.region(warp, lane) == addressing.region(warp, one)) {
        same |= 1 << lane;
      }
    }
    return same;
  }

  /// @return whether a phase ended, or a test found that one had
  private boolean lane(Warp warp, int lane, byte[] memory, int offset, long value) {
    long before = (long) Bytes.LONG.get(memory, offset);
    if (kind != Kind.TEST_STATE && kind != Kind.TEST_PARITY) {
      warp.block.barrierChanges++;
    }
    if (kind == Kind.INITIALIZE || kind == Kind.INVALIDATE) {
      checkNobodyWaits(warp, lane, memory, offset);
    }
    if (kind == Kind.INITIALIZE) {
      if (value < 1 || value > COUNT_MASK) {
        throw new Fault(lane, "mbarrier initialised with a count of " + value);
      }
      Bytes.LONG.set(memory, offset, value | value << COUNT_BITS);
      return false;
    }
    if ((before & COUNT_MASK) == 0) {
      throw new Fault(lane, "mbarrier is used that was not initialised");
    }
    switch (kind) {
      case INVALIDATE -> Bytes.LONG.set(memory, offset, 0L);
      case ARRIVE, ARRIVE_COPIES -> Bytes.LONG.set(memory, offset, arrive(before, value, lane));
      case ARRIVE_DROP -> Bytes.LONG.set(memory, offset, arrive(before - value, value, lane));
      case EXPECT_BYTES -> Bytes.LONG.set(memory, offset, addBytes(before, value));
      case ARRIVE_EXPECT_BYTES ->
          Bytes.LONG.set(memory, offset, arrive(addBytes(before, value), 1, lane));
      case COMPLETE_BYTES -> complete(memory, offset, value);
      case TEST_STATE -> {
        return test(warp, lane, memory, before, offset, before >>> 63 != value >>> 63);
      }
      case TEST_PARITY -> {
        return test(warp, lane, memory, before, offset, before >>> 63 != (value & 1));
      }
      case COUNT_COPIES -> {}
      case PENDING_COUNT, INITIALIZE -> throw new IllegalStateException("handled elsewhere");
    }
    if (result.slot() >= 0) {
      Element.toRegister(warp, result.home(), result.slot(), lane, before);
    }
    return kind != Kind.INVALIDATE && ended(before, (long) Bytes.LONG.get(memory, offset));
  }

  private static boolean ended(long before, long after) {
    return (before ^ after) < 0;
  }

  private boolean test(Warp warp, int lane, byte[] memory, long state, int offset, boolean done) {
    Element.toRegister(warp, result.home(), result.slot(), lane, done ? 1 : 0);
    if (done) {
      warp.failedTests.clear();
    } else {
      warp.failedTests.add(memory, offset, () -> describe(state, offset));
    }
    return done;
  }

  private void checkNobodyWaits(Warp warp, int lane, byte[] memory, int offset) {
    if (!warp.block.launch.checks.contains(Check.BARRIERS)) {
      return;
    }
    Warp waiting = warp.block.testing(memory, offset);
    if (waiting != null) {
      throw new Fault(
          lane,
          "mbarrier at shared address "
              + offset
              + (kind == Kind.INITIALIZE ? " is initialised" : " is invalidated")
              + " while warp "
              + waiting.index
              + " "
              + waiting.failedTests.describe()
              + "; expected: nobody waits for it any more");
    }
  }

  private static String describe(long state, int offset) {
    long bytes = state << 1 >> 41;
    return "the mbarrier at shared address "
        + offset
        + " waits for "
        + (state >>> COUNT_BITS & COUNT_MASK)
        + " of "
        + (state & COUNT_MASK)
        + " arrivals"
        + (bytes == 0 ? "" : " and " + bytes + " bytes")
        + " in the phase with parity "
        + (state >>> 63);
  }

  private static long arrive(long state, long count, int lane) {
    long pending = state >>> COUNT_BITS & COUNT_MASK;
    if (count > pending) {
      throw new Fault(
          lane, "mbarrier: " + count + " arrivals while only " + pending + " are pending");
    }
    return settle(state - (count << COUNT_BITS));
  }

  /// Starts the next phase if this one is complete.
  private static long settle(long state) {
    boolean open = (state >>> COUNT_BITS & COUNT_MASK) != 0 || (state >>> 40 & BYTES_MASK) != 0;
    if (open) {
      return state;
    }
    return (state ^ Long.MIN_VALUE) | (state & COUNT_MASK) << COUNT_BITS;
  }

  private static long addBytes(long state, long bytes) {
    long under = (state >>> 40) + bytes & BYTES_MASK;
    return (state & ~(BYTES_MASK << 40)) | under << 40;
  }

  /// Bytes have arrived.
  ///
  /// @return whether that ended a phase
  public static boolean complete(byte[] memory, int offset, long bytes) {
    long state = (long) Bytes.LONG.get(memory, offset);
    long next = settle(addBytes(state, -bytes));
    Bytes.LONG.set(memory, offset, next);
    return ended(state, next);
  }
}
