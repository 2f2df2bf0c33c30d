package dev.tuckerc.emulator.machine;

import dev.tuckerc.emulator.check.Check;
import dev.tuckerc.ptx.SourcePosition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where the lanes of a warp must come together, and whether they do: aligned barriers, which all
/// lanes execute together, and instructions at which some lanes wait for others.
final class Convergence {
  private final Warp warp;

  /// The aligned barrier instruction that some lanes have executed and others not yet.
  private @Nullable Site alignedSite;

  private int alignedLanes;

  /// Lanes that must come where others wait.
  private final List<Detour> detours = new ArrayList<>();

  Convergence(Warp warp) {
    this.warp = warp;
  }

  /// Prepares for a block.
  void start() {
    alignedSite = null;
    detours.clear();
  }

  /// Lanes go on after a barrier.
  void release(int lanes) {
    endDetours(lanes);
    if ((alignedLanes & lanes) != 0) {
      alignedSite = null;
    }
  }

  /// The active lanes execute a barrier instruction that all lanes must execute together.
  void arriveAligned(Site site) {
    Site other = alignedSite;
    int before = alignedLanes & warp.live;
    if (other == null || before == 0 || before == warp.live) {
      alignedLanes = warp.mask;
    } else if (other.same(site)) {
      alignedLanes |= warp.mask;
    } else {
      throw new Fault(
          Integer.numberOfTrailingZeros(warp.mask),
          "barrier divergence: lanes "
              + Standstill.hex(before)
              + " of warp "
              + warp.index
              + " are at the barrier at "
              + other.position()
              + "; expected: all threads of a warp execute the same barrier instruction");
    }
    alignedSite = (warp.live & ~alignedLanes) == 0 ? null : site;
  }

  /// An aligned barrier is complete; fails where lanes of the warp left the kernel without it.
  ///
  /// The PTX ISA manual lets exiting threads release a barrier (`exit`), and leaves undefined what
  /// an aligned one does under a condition that the threads of a warp do not evaluate alike
  /// (`barrier`). Whether the other lanes return early or skip the barrier at the end of the kernel
  /// is the same program.
  static void requireWholeWarp(Warp warp, int arrived, String what, SourcePosition position) {
    int missing = warp.launched & ~arrived;
    if (missing != 0) {
      throw WarpFailures.at(
          warp,
          position,
          Integer.numberOfTrailingZeros(arrived),
          "barrier divergence: lanes "
              + Standstill.hex(arrived)
              + " of warp "
              + warp.index
              + " wait at "
              + what
              + ", but lanes "
              + Standstill.hex(missing)
              + " leave the kernel without it; expected: all threads of a warp execute an aligned"
              + " barrier such as __syncthreads() (put the condition around the work, not around the"
              + " barrier)");
    }
  }

  /// Finds lanes that must come where the active lanes wait: those that meet them again later.
  void findDetours(String what, SourcePosition position) {
    if (warp.mask == warp.live || !warp.block.launch.checks.contains(Check.BARRIERS)) {
      return;
    }
    int seen = warp.mask;
    for (Frame each = warp.frame; each != null; each = each.caller) {
      for (int entry = each.depth - 1; entry >= 0; entry--) {
        int absent = each.masks[entry] & warp.live & ~seen;
        int meeting = each.blocks[entry];
        boolean both = (each.masks[entry] & warp.mask) == warp.mask;
        if (both && absent != 0 && !each.function.blocks[meeting].onlyLeaves()) {
          detours.add(new Detour(each.i, meeting, absent, warp.mask, what, position));
          seen |= absent;
        }
      }
    }
  }

  /// Lanes no longer wait.
  void endDetours(int lanes) {
    if (!detours.isEmpty()) {
      detours.removeIf(detour -> (detour.waiting() & lanes) != 0);
    }
  }

  /// Fails where lanes missed what others of their warp wait for.
  void checkDetours(Frame place, int lanes) {
    for (Detour detour : detours) {
      int missed = lanes & detour.absent() & warp.live;
      if (missed != 0 && place.i == detour.activation() && place.blocks[0] == detour.meeting()) {
        throw WarpFailures.at(
            warp,
            detour.position(),
            Integer.numberOfTrailingZeros(detour.waiting()),
            "barrier divergence: lanes "
                + Standstill.hex(detour.waiting())
                + " of warp "
                + warp.index
                + " wait at "
                + detour.what()
                + ", but lanes "
                + Standstill.hex(missed)
                + " took another way and are already at "
                + place.function.blocks[place.blocks[0]].positions[0]
                + "; expected: all live threads that take part come here");
      }
    }
  }
}
