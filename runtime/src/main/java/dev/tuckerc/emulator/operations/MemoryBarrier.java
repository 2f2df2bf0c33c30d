package dev.tuckerc.emulator.operations;

import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;

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
    PENDING_COUNT
  }

  private static final int COUNT_BITS = 20;
  private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;
  private static final long BYTES_MASK = (1L << 23) - 1;

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
    if (!warp.block.loads.isEmpty() && (kind == Kind.TEST_STATE || kind == Kind.TEST_PARITY)) {
      landCopies(warp);
      memory = addressing.resolve(warp, "mbarrier");
    }
    for (int m = warp.mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      int at = addressing.uniform() ? 0 : lane;
      byte[] bytes = memory == null ? warp.laneBytes[at] : memory;
      long value =
          operand.slot() < 0 ? 1 : Element.fromRegister(warp, operand.home(), operand.slot(), lane);
      lane(warp, lane, bytes, warp.offsets[at], value);
    }
  }

  /// Bulk copies land when the barrier that they signal is asked.
  private void landCopies(Warp warp) {
    int[] offsets = warp.offsets.clone();
    int asking = addressing.uniform() ? 1 : warp.mask;
    for (int m = asking; m != 0; m &= m - 1) {
      warp.block.loads.land(warp, offsets[Integer.numberOfTrailingZeros(m)]);
    }
  }

  private void lane(Warp warp, int lane, byte[] memory, int offset, long value) {
    long before = (long) Bytes.LONG.get(memory, offset);
    if (kind != Kind.TEST_STATE && kind != Kind.TEST_PARITY) {
      warp.block.barrierChanges++;
    }
    if (kind == Kind.INITIALIZE) {
      if (value < 1 || value > COUNT_MASK) {
        throw new Fault(lane, "mbarrier initialised with a count of " + value);
      }
      Bytes.LONG.set(memory, offset, value | value << COUNT_BITS);
      return;
    }
    if ((before & COUNT_MASK) == 0) {
      throw new Fault(lane, "mbarrier is used that was not initialised");
    }
    switch (kind) {
      case INVALIDATE -> Bytes.LONG.set(memory, offset, 0L);
      case ARRIVE -> Bytes.LONG.set(memory, offset, arrive(before, value, lane));
      case ARRIVE_DROP -> Bytes.LONG.set(memory, offset, arrive(before - value, value, lane));
      case EXPECT_BYTES -> Bytes.LONG.set(memory, offset, addBytes(before, value));
      case ARRIVE_EXPECT_BYTES ->
          Bytes.LONG.set(memory, offset, arrive(addBytes(before, value), 1, lane));
      case COMPLETE_BYTES -> complete(memory, offset, value);
      case TEST_STATE -> test(warp, lane, before, offset, before >>> 63 != value >>> 63);
      case TEST_PARITY -> test(warp, lane, before, offset, before >>> 63 != (value & 1));
      case PENDING_COUNT, INITIALIZE -> throw new IllegalStateException("handled elsewhere");
    }
    if (result.slot() >= 0 && kind != Kind.TEST_STATE && kind != Kind.TEST_PARITY) {
      Element.toRegister(warp, result.home(), result.slot(), lane, before);
    }
  }

  private void test(Warp warp, int lane, long state, int offset, boolean done) {
    Element.toRegister(warp, result.home(), result.slot(), lane, done ? 1 : 0);
    if (done) {
      warp.failedTests = 0;
    } else {
      warp.testFailed(() -> describe(state, offset));
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
  static void complete(byte[] memory, int offset, long bytes) {
    long state = (long) Bytes.LONG.get(memory, offset);
    Bytes.LONG.set(memory, offset, settle(addBytes(state, -bytes)));
  }
}
