package dev.tuckerc.emulator.operations.memory;

import dev.tuckerc.emulator.check.MemoryOrder;
import dev.tuckerc.emulator.check.Shadow;
import dev.tuckerc.emulator.check.WarpChecks;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Bytes;
import dev.tuckerc.emulator.operations.Value;
import java.util.Arrays;

/// `cp.async`: copies 4, 8 or 16 bytes of global memory to shared memory for each lane.
public final class CopyAsync extends Operation {
  private final Addressing target;
  private final Addressing source;
  private final int bytes;
  private final Value sourceBytes;
  private final int ignore;

  /// @param sourceBytes register with the number of bytes to read (the rest is zeros), or NONE
  /// @param ignore predicate that makes the source ignored, or -1
  public CopyAsync(Addressing target, Addressing source, int bytes, Value sourceBytes, int ignore) {
    this.target = target;
    this.source = source;
    this.bytes = bytes;
    this.sourceBytes = sourceBytes;
    this.ignore = ignore;
  }

  @Override
  public void run(Warp warp) {
    byte[] to = target.resolve(warp, "cp.async destination");
    if (to == null) {
      to = warp.laneBytes[Integer.numberOfTrailingZeros(warp.mask)];
    }
    int[] offsets = target.uniform() ? spread(warp.offsets) : warp.offsets.clone();
    int whole = warp.mask;
    int reading = 0;
    for (int m = whole; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      if (count(warp, lane) > 0) {
        reading |= 1 << lane;
      }
    }
    byte[] from = null;
    if (reading != 0) {
      warp.mask = reading;
      from = source.resolve(warp, "cp.async source");
      MemoryCounting.load(warp, source);
      warp.mask = whole;
    }
    warp.block.counters.sharedStoreBytes += (long) bytes * Integer.bitCount(whole);
    if (warp.checks != null) {
      check(warp, warp.checks, offsets);
    }
    for (int m = whole; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      int count = count(warp, lane);
      int at = source.uniform() ? 0 : lane;
      byte[] content = from == null && count > 0 ? warp.laneBytes[at] : from;
      if (content != null && count == 16) {
        long low = (long) Bytes.LONG.get(content, warp.offsets[at]);
        long high = (long) Bytes.LONG.get(content, warp.offsets[at] + 8);
        Bytes.LONG.set(to, offsets[lane], low);
        Bytes.LONG.set(to, offsets[lane] + 8, high);
      } else {
        if (content != null && count > 0) {
          System.arraycopy(content, warp.offsets[at], to, offsets[lane], count);
        }
        Arrays.fill(to, offsets[lane] + count, offsets[lane] + bytes, (byte) 0);
      }
    }
  }

  private void check(Warp warp, WarpChecks checks, int[] offsets) {
    for (int m = warp.mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      int count = count(warp, lane);
      if (count > 0) {
        Shadow read = Checking.shadow(warp, source, lane);
        int at = warp.offsets[source.uniform() ? 0 : lane];
        Checking.report(
            checks.together(
                read, at, count, 1 << lane, warp.live, MemoryOrder.READ, warp.position()));
      }
      Shadow written = Checking.shadow(warp, target, lane);
      Checking.report(
          checks.copies().startSmall(lane, written, offsets[lane], bytes, warp.position()));
    }
  }

  private int count(Warp warp, int lane) {
    if (ignore >= 0 && (warp.p[ignore] >>> lane & 1) != 0) {
      return 0;
    }
    if (sourceBytes.slot() < 0) {
      return bytes;
    }
    int count = warp.i[sourceBytes.slot()][lane];
    if (count < 0 || count > bytes) {
      throw new Fault(lane, "cp.async with source size " + count + " of " + bytes + " bytes");
    }
    return count;
  }

  private static int[] spread(int[] offsets) {
    int[] all = new int[32];
    Arrays.fill(all, offsets[0]);
    return all;
  }
}
