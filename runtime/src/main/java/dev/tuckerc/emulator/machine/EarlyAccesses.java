package dev.tuckerc.emulator.machine;

import dev.tuckerc.ptx.SourcePosition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The global memory that a launch accessed before the launches before it were complete: for each
/// byte, the instruction that read it first and the one that wrote it first.
final class EarlyAccesses {
  private static final int PAGE_BITS = 12;
  private static final int PAGE_MASK = (1 << PAGE_BITS) - 1;
  private static final int MOST_PLACES = Short.MAX_VALUE;

  /// An instruction, and the first block that executed it.
  record Place(SourcePosition position, String block) {}

  private static final class Page {
    final short[] readers = new short[1 << PAGE_BITS];
    final short[] writers = new short[1 << PAGE_BITS];
  }

  /// The kernel.
  final String kernel;

  private final Map<Long, Page> pages = new HashMap<>();
  private final Map<SourcePosition, Integer> numbers = new HashMap<>();
  private final List<Place> places = new ArrayList<>();
  private long lowest = Long.MAX_VALUE;
  private long highest = Long.MIN_VALUE;
  private boolean written;

  EarlyAccesses(String kernel) {
    this.kernel = kernel;
  }

  /// Whether anything was written.
  boolean written() {
    return written;
  }

  /// Adds the access of a thread.
  void add(Warp warp, long address, int bytes, boolean writes) {
    written |= writes;
    lowest = Math.min(lowest, address);
    highest = Math.max(highest, address + bytes);
    int number =
        numbers.computeIfAbsent(
            warp.position(),
            position -> {
              if (places.size() < MOST_PLACES) {
                places.add(new Place(position, warp.block.coordinates()));
              }
              return places.size();
            });
    for (long at = address; at < address + bytes; at++) {
      Page page = pages.computeIfAbsent(at >> PAGE_BITS, _ -> new Page());
      int offset = (int) at & PAGE_MASK;
      short[] first = writes ? page.writers : page.readers;
      if (first[offset] == 0) {
        first[offset] = (short) number;
      }
    }
  }

  /// The write, or for a write also the read, that an access of another launch collides with.
  @Nullable Place collision(long address, int bytes, boolean writes) {
    if (address >= highest || address + bytes <= lowest) {
      return null;
    }
    for (long at = address; at < address + bytes; at++) {
      Page page = pages.get(at >> PAGE_BITS);
      if (page != null) {
        int offset = (int) at & PAGE_MASK;
        int number = page.writers[offset];
        if (number == 0 && writes) {
          number = page.readers[offset];
        }
        if (number != 0) {
          return places.get(number - 1);
        }
      }
    }
    return null;
  }

  /// Whether the byte at an address was written.
  boolean wrote(long address) {
    Page page = pages.get(address >> PAGE_BITS);
    return page != null && page.writers[(int) address & PAGE_MASK] != 0;
  }
}
