package dev.tuckerc.emulator.operations.memory;

import dev.tuckerc.emulator.machine.AccessWatch;
import dev.tuckerc.emulator.machine.Block;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.GlobalMemory;
import dev.tuckerc.emulator.machine.Region;
import dev.tuckerc.emulator.machine.Warp;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Turns the addresses of a warp's lanes into checked offsets in byte arrays.
public final class Addressing {
  /// Accesses that only read.
  private static final Set<String> READING =
      Set.of("load", "cp.async source", "cp.async.bulk source", "tensor map");

  private final Space space;
  private final boolean wideAddress;
  private final int slot;
  private final long offset;
  private final int bytes;
  private final int alignment;
  private final boolean uniform;

  /// The region used last; nearly always the one used next.
  private @Nullable Region last;

  /// @param wideAddress whether the address is in a 64-bit register, else in a 32-bit one
  /// @param slot its register
  /// @param offset constant added to it
  /// @param bytes accessed by each lane
  /// @param uniform whether all lanes have the same address
  public Addressing(
      Space space, boolean wideAddress, int slot, long offset, int bytes, boolean uniform) {
    this.space = space;
    this.wideAddress = wideAddress;
    this.slot = slot;
    this.offset = offset;
    this.bytes = bytes;
    this.alignment = Math.min(bytes, 16);
    this.uniform = uniform;
  }

  /// 64-bit addresses in a register, with an alignment of their own.
  ///
  /// @param alignment a power of two
  Addressing(Space space, int slot, int bytes, int alignment) {
    this.space = space;
    this.wideAddress = true;
    this.slot = slot;
    this.offset = 0;
    this.bytes = bytes;
    this.alignment = alignment;
    this.uniform = false;
  }

  /// State space named by the instruction.
  public Space space() {
    return space;
  }

  /// Whether all lanes have the same address; then only lane 0 of the offsets is set.
  public boolean uniform() {
    return uniform;
  }

  /// Bytes accessed by each lane.
  public int bytes() {
    return bytes;
  }

  /// Checks all active lanes and sets [Warp#offsets].
  ///
  /// @return the memory, or null when lanes access different regions: then each lane's is in
  ///   [Warp#laneBytes]
  public byte @Nullable [] resolve(Warp warp, String what) {
    return resolve(warp, what, !READING.contains(what));
  }

  /// The same.
  ///
  /// @param writes whether memory is written, not only read
  byte @Nullable [] resolve(Warp warp, String what, boolean writes) {
    AccessWatch watch = warp.block.launch.watch;
    if (watch != null && watch.on()) {
      watch(warp, what, writes, watch);
    }
    int first = uniform ? 0 : Integer.numberOfTrailingZeros(warp.mask);
    Region region = region(warp, address(warp, first));
    if (region == null) {
      return slow(warp, what);
    }
    int[] offsets = warp.offsets;
    long base = region.base + (space == Space.GENERIC ? windowOf(region, warp) : 0);
    long shift = offset - base;
    long limit = region.size - bytes;
    if (uniform) {
      long relative = address(warp, 0) - base;
      if (relative < 0 || relative > limit || (relative & (alignment - 1)) != 0) {
        return slow(warp, what);
      }
      offsets[0] = (int) relative;
      return region.bytes;
    }
    long bad;
    if (warp.mask == -1) {
      bad =
          wideAddress
              ? all(warp.l[slot], shift, limit, offsets)
              : all(warp.i[slot], shift, limit, offsets);
    } else {
      bad = 0;
      int low = 0;
      for (int m = warp.mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        long relative =
            (wideAddress ? warp.l[slot][lane] : Integer.toUnsignedLong(warp.i[slot][lane])) + shift;
        bad |= relative | (limit - relative);
        low |= (int) relative;
        offsets[lane] = (int) relative;
      }
      bad |= (low & (alignment - 1)) != 0 ? -1 : 0;
    }
    return bad < 0 ? slow(warp, what) : region.bytes;
  }

  /// Reports accesses to global memory.
  private void watch(Warp warp, String what, boolean writes, AccessWatch watch) {
    if (space != Space.GLOBAL && space != Space.GENERIC) {
      return;
    }
    for (int m = warp.mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      long address = address(warp, uniform ? 0 : lane);
      if (space == Space.GLOBAL
          || address < GlobalMemory.SHARED_WINDOW
          || address >= GlobalMemory.PARAMETER_WINDOW_END) {
        watch.access(warp, lane, address, bytes, writes, what);
      }
    }
  }

  private long all(long[] addresses, long shift, long limit, int[] offsets) {
    long bad = 0;
    long low = 0;
    for (int lane = 0; lane < 32; lane++) {
      long relative = addresses[lane] + shift;
      bad |= relative | (limit - relative);
      low |= relative;
      offsets[lane] = (int) relative;
    }
    return (low & (alignment - 1)) != 0 ? -1 : bad;
  }

  private long all(int[] addresses, long shift, long limit, int[] offsets) {
    // Shared memory is far smaller than 2^31, so 32-bit arithmetic finds every overflow.
    int shift32 = (int) shift;
    int limit32 = (int) limit;
    int bad = 0;
    int low = 0;
    for (int lane = 0; lane < 32; lane++) {
      int relative = addresses[lane] + shift32;
      bad |= relative | (limit32 - relative);
      low |= relative;
      offsets[lane] = relative;
    }
    return (low & (alignment - 1)) != 0 ? -1 : bad;
  }

  private long address(Warp warp, int lane) {
    return wideAddress
        ? warp.l[slot][lane] + offset
        : Integer.toUnsignedLong(warp.i[slot][lane]) + offset;
  }

  /// The memory that a lane accesses, whose address was resolved; null for local memory. Asked for
  /// by the checks only: it looks the address up again.
  @Nullable Region region(Warp warp, int lane) {
    long address = address(warp, lane);
    Block block = warp.block;
    return switch (space) {
      case SHARED -> block.sharedAt(address);
      case PARAMETER -> block.launch.parameters;
      case LOCAL -> null;
      case GLOBAL -> global(block, address);
      case GENERIC -> {
        if (address < GlobalMemory.SHARED_WINDOW || address >= GlobalMemory.PARAMETER_WINDOW_END) {
          yield global(block, address);
        }
        yield address >= GlobalMemory.PARAMETER_WINDOW
            ? block.launch.parameters
            : address >= GlobalMemory.LOCAL_WINDOW
                ? null
                : block.sharedAt(address - GlobalMemory.SHARED_WINDOW);
      }
    };
  }

  private @Nullable Region global(Block block, long address) {
    Region cached = last;
    return cached != null && address >= cached.base && address < cached.base + cached.size
        ? cached
        : block.launch.memory.find(address);
  }

  private static long windowOf(Region region, Warp warp) {
    if (region == warp.block.shared) {
      return GlobalMemory.SHARED_WINDOW;
    }
    return region == warp.block.launch.parameters ? GlobalMemory.PARAMETER_WINDOW : 0;
  }

  /// The region that an address most likely is in, or null where only the slow path can tell.
  private @Nullable Region region(Warp warp, long address) {
    Block block = warp.block;
    switch (space) {
      case SHARED -> {
        return block.shared;
      }
      case PARAMETER -> {
        return block.launch.parameters;
      }
      case LOCAL -> {
        return null;
      }
      case GENERIC, GLOBAL -> {
        if (space == Space.GENERIC && address < GlobalMemory.PARAMETER_WINDOW_END) {
          if (address >= GlobalMemory.PARAMETER_WINDOW) {
            return block.launch.parameters;
          }
          long inShared = address - GlobalMemory.SHARED_WINDOW - block.shared.base;
          return inShared >= 0 && inShared < block.shared.size ? block.shared : null;
        }
        Region cached = last;
        if (cached != null
            && address >= cached.base
            && address < cached.base + cached.size
            && cached.live()) {
          return cached;
        }
        Region found = block.launch.memory.find(address);
        last = found;
        return found;
      }
    }
    throw new IllegalStateException("unreachable");
  }

  private byte @Nullable [] slow(Warp warp, String what) {
    int lanes = uniform ? warp.mask & -warp.mask : warp.mask;
    for (int m = lanes; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      int at = uniform ? 0 : lane;
      locate(warp, lane, address(warp, at), what);
      if (uniform) {
        warp.laneBytes[0] = warp.laneBytes[lane];
        warp.offsets[0] = warp.offsets[lane];
      }
    }
    return null;
  }

  private void locate(Warp warp, int lane, long address, String what) {
    Block block = warp.block;
    Space actual = space;
    long place = address;
    if (space == Space.GENERIC) {
      if (address >= GlobalMemory.PARAMETER_WINDOW && address < GlobalMemory.PARAMETER_WINDOW_END) {
        actual = Space.PARAMETER;
        place -= GlobalMemory.PARAMETER_WINDOW;
      } else if (address >= GlobalMemory.LOCAL_WINDOW && address < GlobalMemory.PARAMETER_WINDOW) {
        actual = Space.LOCAL;
        place -= GlobalMemory.LOCAL_WINDOW;
      } else if (address >= GlobalMemory.SHARED_WINDOW
          && address < GlobalMemory.SHARED_WINDOW_END) {
        actual = Space.SHARED;
        place -= GlobalMemory.SHARED_WINDOW;
      } else {
        actual = Space.GLOBAL;
      }
    }
    if ((place & (alignment - 1)) != 0) {
      throw new Fault(
          lane,
          what
              + ": misaligned "
              + actual
              + " address "
              + hex(address)
              + " for an access of "
              + bytes
              + " bytes");
    }
    switch (actual) {
      case LOCAL -> set(warp, lane, warp.local[lane], place, warp.localSize(), 0, actual, what);
      case SHARED -> {
        Region shared = block.sharedAt(place);
        if (shared == null) {
          throw new Fault(
              lane,
              what
                  + " of "
                  + bytes
                  + " bytes at shared address "
                  + hex(address)
                  + ": no such block in the cluster");
        }
        set(warp, lane, shared.bytes, place, shared.size, shared.base, actual, what);
      }
      case PARAMETER -> {
        Region parameters = block.launch.parameters;
        set(warp, lane, parameters.bytes, place, parameters.size, 0, actual, what);
      }
      case GLOBAL, GENERIC -> {
        Region region = block.launch.memory.find(place);
        if (region == null || place + bytes > region.base + region.size) {
          throw new Fault(
              lane,
              what
                  + " of "
                  + bytes
                  + " bytes at global address "
                  + hex(address)
                  + ": "
                  + (region == null
                      ? block.launch.memory.describe(place)
                      : "runs past the end of buffer "
                          + region.name
                          + " of "
                          + region.size
                          + " bytes"));
        }
        set(warp, lane, region.bytes, place, region.size, region.base, actual, what);
      }
    }
  }

  private void set(
      Warp warp,
      int lane,
      byte[] memory,
      long place,
      long size,
      long base,
      Space actual,
      String what) {
    long relative = place - base;
    if (relative < 0 || relative + bytes > size) {
      throw new Fault(
          lane,
          what
              + " of "
              + bytes
              + " bytes at "
              + actual
              + " address "
              + hex(relative)
              + ": outside the "
              + size
              + " bytes of "
              + actual
              + " memory");
    }
    warp.laneBytes[lane] = memory;
    warp.offsets[lane] = (int) relative;
  }

  /// Base address of the buffer that the last [#resolve] found; 0 before any. Where the lanes
  /// accessed several buffers it is that of one of them.
  long lastBase() {
    return last == null ? 0 : last.base;
  }

  private static String hex(long address) {
    return "0x" + Long.toHexString(address).toLowerCase(Locale.ROOT);
  }
}
