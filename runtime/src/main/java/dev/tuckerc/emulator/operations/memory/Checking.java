package dev.tuckerc.emulator.operations.memory;

import dev.tuckerc.emulator.check.Finding;
import dev.tuckerc.emulator.check.LocalBytes;
import dev.tuckerc.emulator.check.MemoryOrder;
import dev.tuckerc.emulator.check.Shadow;
import dev.tuckerc.emulator.check.StoredValues;
import dev.tuckerc.emulator.check.WarpChecks;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Region;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.ptx.SourcePosition;
import org.jspecify.annotations.Nullable;

/// Tells the memory checks of accesses whose addresses were resolved and that are about to happen.
/// A finding becomes a [Fault].
public final class Checking {
  private Checking() {}

  /// The active lanes access memory.
  ///
  /// @param memory what [Addressing#resolve] returned
  static void access(
      Warp warp,
      WarpChecks checks,
      Addressing addressing,
      byte @Nullable [] memory,
      MemoryOrder order,
      SourcePosition position,
      @Nullable StoredValues values) {
    int mask = warp.mask;
    if (addressing.uniform()) {
      place(warp, checks, addressing, 0, mask, order, position);
    } else if (memory != null) {
      Region region = addressing.region(warp, Integer.numberOfTrailingZeros(mask));
      if (region != null && region.shadow != null) {
        report(
            checks.access(
                region.shadow,
                warp.offsets,
                addressing.bytes(),
                mask,
                warp.live,
                order,
                position,
                values));
      }
    } else {
      apart(warp, checks, addressing, order, position, values);
    }
  }

  /// Lanes access different pieces of memory.
  private static void apart(
      Warp warp,
      WarpChecks checks,
      Addressing addressing,
      MemoryOrder order,
      SourcePosition position,
      @Nullable StoredValues values) {
    int remaining = warp.mask;
    while (remaining != 0) {
      int lane = Integer.numberOfTrailingZeros(remaining);
      Region region = addressing.region(warp, lane);
      int same = 1 << lane;
      for (int m = remaining & ~same; m != 0; m &= m - 1) {
        int other = Integer.numberOfTrailingZeros(m);
        same |= addressing.region(warp, other) == region ? 1 << other : 0;
      }
      remaining &= ~same;
      if (region != null && region.shadow != null) {
        report(
            checks.access(
                region.shadow,
                warp.offsets,
                addressing.bytes(),
                same,
                warp.live,
                order,
                position,
                values));
      } else if (region == null) {
        local(warp, checks, addressing, same, order);
      }
    }
  }

  private static void local(
      Warp warp, WarpChecks checks, Addressing addressing, int mask, MemoryOrder order) {
    LocalBytes local = checks.local();
    if (local == null) {
      return;
    }
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      int offset = warp.offsets[addressing.uniform() ? 0 : lane];
      if (order.access().reads()) {
        report(local.access(lane, offset, addressing.bytes(), false));
      }
      if (order.access().writes()) {
        report(local.access(lane, offset, addressing.bytes(), true));
      }
    }
  }

  /// Several lanes access together what the resolved address of one names.
  public static void place(
      Warp warp,
      WarpChecks checks,
      Addressing addressing,
      int lane,
      int lanes,
      MemoryOrder order,
      SourcePosition position) {
    Region region = addressing.region(warp, lane);
    if (region == null) {
      local(warp, checks, addressing, lanes, order);
    } else if (region.shadow != null) {
      report(
          checks.together(
              region.shadow,
              warp.offsets[lane],
              addressing.bytes(),
              lanes,
              warp.live,
              order,
              position));
    }
  }

  /// What is known of the memory that a lane's address names; it must be a buffer or shared memory.
  public static Shadow shadow(Warp warp, Addressing addressing, int lane) {
    Region region = addressing.region(warp, lane);
    if (region == null || region.shadow == null) {
      throw new Fault(lane, "address is neither in global nor in shared memory");
    }
    return region.shadow;
  }

  public static void report(@Nullable Finding finding) {
    if (finding != null) {
      throw new Fault(finding.lane(), finding.message());
    }
  }
}
