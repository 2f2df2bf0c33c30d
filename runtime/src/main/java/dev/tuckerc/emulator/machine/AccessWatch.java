package dev.tuckerc.emulator.machine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Watches the accesses of a launch to global memory while launches after it have begun early, or
/// while it has begun early itself.
public final class AccessWatch {
  /// Accesses of another launch that nothing orders with those of this one.
  ///
  /// @param later whether that launch comes after this one
  private record Other(EarlyAccesses accesses, boolean later) {}

  private final EarlyAccesses own;
  private final List<Other> others = new ArrayList<>();
  private boolean early;

  AccessWatch(String kernel) {
    own = new EarlyAccesses(kernel);
  }

  /// What this launch accessed early.
  EarlyAccesses own() {
    return own;
  }

  /// Says whether the launches before are still under way.
  void early(boolean on) {
    early = on;
  }

  void add(AccessWatch other, boolean later) {
    others.add(new Other(other.own, later));
  }

  void remove(AccessWatch other) {
    others.removeIf(each -> each.accesses == other.own);
  }

  /// Whether accesses are of any interest now.
  public boolean on() {
    return early || !others.isEmpty();
  }

  /// A thread accesses global memory.
  ///
  /// @param writes whether it writes; else it only reads
  public void access(Warp warp, int lane, long address, int bytes, boolean writes, String what) {
    for (Other other : others) {
      EarlyAccesses.Place place = other.accesses.collision(address, bytes, writes);
      if (place != null) {
        throw new Fault(lane, collision(warp, other, place, address, bytes, what));
      }
    }
    if (early) {
      own.add(warp, address, bytes, writes);
    }
  }

  private String collision(
      Warp warp, Other other, EarlyAccesses.Place place, long address, int bytes, String what) {
    Region region = warp.block.launch.memory.find(address);
    boolean wrote = false;
    for (long at = address; at < address + bytes; at++) {
      wrote |= other.accesses.wrote(at);
    }
    @Nullable String offset =
        region == null ? "" : "buffer " + region.name + " at offset " + (address - region.base);
    String did = wrote ? "wrote" : "read";
    String where = place.position() + ", block " + place.block();
    return other.later
        ? what
            + " of "
            + bytes
            + " bytes of "
            + offset
            + ", which kernel "
            + other.accesses.kernel
            + ", launched later, "
            + did
            + " before its griddepcontrol.wait at "
            + where
            + "; expected: memory that earlier launches use is accessed only after"
            + " griddepcontrol.wait"
        : what
            + " of "
            + bytes
            + " bytes of "
            + offset
            + " before griddepcontrol.wait, which kernel "
            + other.accesses.kernel
            + ", launched before and still running, "
            + did
            + " at "
            + where
            + "; expected: memory that earlier launches use is accessed only after"
            + " griddepcontrol.wait";
  }
}
