package dev.tuckerc.emulator.machine;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.emulator.check.Check;
import dev.tuckerc.emulator.check.Shadow;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The device's global address space. Addresses are never reused, and gaps between buffers belong
/// to nobody, so that an access outside every buffer or to freed memory is always noticed.
public final class GlobalMemory {
  /// Generic addresses from here on are shared memory: the rank of the block in its cluster times
  /// 2^24, plus an offset.
  public static final long SHARED_WINDOW = 0x0001_0000_0000L;

  /// End of the shared window.
  public static final long SHARED_WINDOW_END = SHARED_WINDOW + (64L << 24);

  /// Generic addresses from here on are the thread's local memory.
  public static final long LOCAL_WINDOW = 0x0002_0000_0000L;

  /// Generic addresses from here on are the kernel's parameters.
  public static final long PARAMETER_WINDOW = 0x0003_0000_0000L;

  /// End of the parameter window.
  public static final long PARAMETER_WINDOW_END = 0x0003_1000_0000L;

  private static final long FIRST = 0x7f00_0000_0000L;
  private static final long GAP = 1 << 16;
  private static final long MOST_BYTES = Integer.MAX_VALUE - 16L;
  private static final int REMEMBERED_FREED = 4096;

  private final Set<Check> checks;
  private volatile Region[] regions = new Region[0];
  private long next = FIRST;
  private long allocated;
  private final java.util.ArrayDeque<Region> freed = new java.util.ArrayDeque<>();

  /// Memory of which nothing is recorded.
  public GlobalMemory() {
    this(Set.of());
  }

  /// @param checks defects to look for: some need a record of what happens to the memory
  public GlobalMemory(Set<Check> checks) {
    this.checks = checks;
  }

  /// Allocates zeroed memory.
  public synchronized Region allocate(long size, String name) {
    if (size < 1 || size > MOST_BYTES) {
      throw new DeviceException(
          "cannot allocate "
              + size
              + " bytes for "
              + name
              + ": the emulator holds buffers of 1 to "
              + MOST_BYTES
              + " bytes");
    }
    byte[] bytes;
    try {
      bytes = new byte[(int) size];
    } catch (OutOfMemoryError full) {
      throw new DeviceException(
          "out of memory: "
              + size
              + " bytes for "
              + name
              + " beside "
              + allocated
              + " already allocated; give the JVM more with -Xmx",
          full);
    }
    Region region = new Region(bytes, next, size, name, Shadow.ofBuffer(name, size, checks));
    next += (size + 255) / 256 * 256 + GAP;
    Region[] more = Arrays.copyOf(regions, regions.length + 1);
    more[regions.length] = region;
    regions = more;
    allocated += size;
    return region;
  }

  /// Frees memory; further accesses are faults.
  public synchronized void free(Region region) {
    if (region.live()) {
      region.free();
      allocated -= region.size;
      regions = Arrays.stream(regions).filter(r -> r != region).toArray(Region[]::new);
      freed.add(new Region(new byte[0], region.base, region.size, region.name));
      if (freed.size() > REMEMBERED_FREED) {
        freed.removeFirst();
      }
    }
  }

  /// All live regions.
  List<Region> regions() {
    return List.of(regions);
  }

  /// The region that holds an address, or null.
  public @Nullable Region find(long address) {
    Region[] all = regions;
    int low = 0;
    int high = all.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Region region = all[middle];
      if (address < region.base) {
        high = middle - 1;
      } else if (address >= region.base + region.size) {
        low = middle + 1;
      } else {
        return region;
      }
    }
    return null;
  }

  /// Says in words what is at or near an address that may not be accessed.
  public synchronized String describe(long address) {
    for (Region region : freed) {
      if (address >= region.base && address < region.base + region.size) {
        return "in freed buffer " + region.name + " at offset " + (address - region.base);
      }
    }
    if (address >= 0 && address < 1 << 16) {
      return "a null pointer";
    }
    Region near = null;
    for (Region region : regions) {
      if (region.base <= address) {
        near = region;
      } else if (near == null || region.base - address < address - near.base - near.size) {
        near = region;
        break;
      }
    }
    if (near == null) {
      return "outside every buffer; none is allocated";
    }
    long offset = address - near.base;
    return (offset < 0
            ? -offset + " bytes before"
            : (offset - near.size) + " bytes past the end of")
        + " buffer "
        + near.name
        + " of "
        + near.size
        + " bytes";
  }
}
