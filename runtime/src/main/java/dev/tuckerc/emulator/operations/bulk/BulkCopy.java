package dev.tuckerc.emulator.operations.bulk;

import dev.tuckerc.emulator.check.Shadow;
import dev.tuckerc.emulator.check.WarpChecks;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.memory.Addressing;
import dev.tuckerc.emulator.operations.memory.Checking;
import dev.tuckerc.emulator.operations.memory.MemoryBarrier;
import dev.tuckerc.emulator.operations.memory.MemoryCounting;
import dev.tuckerc.emulator.operations.memory.Space;

/// `cp.async.bulk`: copies a contiguous piece between global and shared memory, or between the
/// shared memories of a cluster, and tells a barrier how many bytes arrived.
public final class BulkCopy extends Operation {
  private final Space target;
  private final Space source;
  private final Value targetAddress;
  private final Value sourceAddress;
  private final Value size;
  private final Addressing barrier;
  private final boolean signals;

  /// @param targetAddress register with the destination's address
  /// @param barrier where the bytes are counted
  /// @param signals whether `barrier` is there at all
  public BulkCopy(
      Space target,
      Space source,
      Value targetAddress,
      Value sourceAddress,
      Value size,
      Addressing barrier,
      boolean signals) {
    this.target = target;
    this.source = source;
    this.targetAddress = targetAddress;
    this.sourceAddress = sourceAddress;
    this.size = size;
    this.barrier = barrier;
    this.signals = signals;
  }

  @Override
  public void run(Warp warp) {
    int whole = warp.mask;
    for (int m = whole; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      int bytes = warp.i[size.slot()][lane];
      if (bytes < 0 || bytes % 16 != 0) {
        throw new Fault(
            lane, "cp.async.bulk of " + bytes + " bytes, which is not a multiple of 16");
      }
      warp.mask = 1 << lane;
      copy(warp, lane, bytes);
      if (signals) {
        byte[] memory = barrier.resolve(warp, "mbarrier of cp.async.bulk");
        boolean ended =
            MemoryBarrier.complete(
                memory == null ? warp.laneBytes[lane] : memory, warp.offsets[lane], bytes);
        if (ended && warp.checks != null) {
          warp.checks.completed(Checking.shadow(warp, barrier, lane), warp.offsets[lane]);
        }
      }
      warp.mask = whole;
    }
  }

  private void copy(Warp warp, int lane, int bytes) {
    if (bytes == 0) {
      return;
    }
    Addressing from = addressing(source, sourceAddress, bytes);
    Addressing to = addressing(target, targetAddress, bytes);
    byte[] memory = from.resolve(warp, "cp.async.bulk source");
    MemoryCounting.load(warp, from);
    byte[] content = memory == null ? warp.laneBytes[lane] : memory;
    int start = warp.offsets[lane];
    if (warp.checks != null) {
      check(warp, warp.checks, lane, from, to);
    }
    byte[] into = to.resolve(warp, "cp.async.bulk destination");
    MemoryCounting.store(warp, to);
    System.arraycopy(
        content, start, into == null ? warp.laneBytes[lane] : into, warp.offsets[lane], bytes);
  }

  private void check(Warp warp, WarpChecks checks, int lane, Addressing from, Addressing to) {
    Shadow read = Checking.shadow(warp, from, lane);
    int readAt = warp.offsets[lane];
    to.resolve(warp, "cp.async.bulk destination");
    Shadow written = Checking.shadow(warp, to, lane);
    int writtenAt = warp.offsets[lane];
    if (signals) {
      barrier.resolve(warp, "mbarrier of cp.async.bulk");
      checks.copies().withBarrier(Checking.shadow(warp, barrier, lane), warp.offsets[lane]);
    } else {
      checks.copies().inGroup();
    }
    int bytes = from.bytes();
    Checking.report(checks.copies().read(lane, read, readAt, bytes, warp.position()));
    Checking.report(checks.copies().write(lane, written, writtenAt, bytes, warp.position()));
  }

  private static Addressing addressing(Space space, Value address, int bytes) {
    boolean wide = address.home() == dev.tuckerc.emulator.machine.Home.LONG;
    return new Addressing(space, wide, address.slot(), 0, bytes, false);
  }
}
