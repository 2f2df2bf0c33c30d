package dev.tuckerc.emulator.operations.memory;

import dev.tuckerc.emulator.machine.Counters;
import dev.tuckerc.emulator.machine.Warp;

/// Keeps the memory counters.
public final class MemoryCounting {
  /// A sector has 32 bytes.
  private static final int SECTOR_SHIFT = 5;

  private MemoryCounting() {}

  public static void load(Warp warp, Addressing addressing) {
    Counters counters = warp.block.counters;
    long bytes = (long) addressing.bytes() * Integer.bitCount(warp.mask);
    switch (addressing.space()) {
      case GLOBAL, GENERIC -> counters.globalLoadBytes += bytes;
      case SHARED -> counters.sharedLoadBytes += bytes;
      case LOCAL, PARAMETER -> {}
    }
    if (warp.block.launch.counting) {
      pattern(warp, addressing, counters);
    }
  }

  public static void store(Warp warp, Addressing addressing) {
    Counters counters = warp.block.counters;
    long bytes = (long) addressing.bytes() * Integer.bitCount(warp.mask);
    switch (addressing.space()) {
      case GLOBAL, GENERIC -> counters.globalStoreBytes += bytes;
      case SHARED -> counters.sharedStoreBytes += bytes;
      case LOCAL, PARAMETER -> {}
    }
    if (warp.block.launch.counting) {
      pattern(warp, addressing, counters);
    }
  }

  private static void pattern(Warp warp, Addressing addressing, Counters counters) {
    switch (addressing.space()) {
      case GLOBAL, GENERIC -> counters.globalSectors += sectors(warp, addressing);
      case SHARED -> counters.bankConflicts += conflicts(warp, addressing);
      case LOCAL, PARAMETER -> {}
    }
  }

  /// Distinct 32-byte sectors that the active lanes touch.
  private static int sectors(Warp warp, Addressing addressing) {
    long[] seen = new long[64];
    int count = 0;
    int lanes = addressing.uniform() ? 1 : warp.mask;
    for (int m = lanes; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      int first = warp.offsets[lane] >>> SECTOR_SHIFT;
      int last = (warp.offsets[lane] + addressing.bytes() - 1) >>> SECTOR_SHIFT;
      for (int sector = first; sector <= last; sector++) {
        boolean known = false;
        for (int s = 0; s < count; s++) {
          known |= seen[s] == sector;
        }
        if (!known) {
          seen[count++] = sector;
          // Buffers begin at whole sectors.
          long base = addressing.lastBase() >>> SECTOR_SHIFT;
          warp.block.counters.touch(warp.block, base + sector);
        }
      }
    }
    return count;
  }

  /// Passes beyond the fewest possible. Accesses of 8 bytes are served by half warps, of 16 bytes
  /// by quarter warps; lanes that read the same word share a pass.
  private static int conflicts(Warp warp, Addressing addressing) {
    if (addressing.uniform()) {
      return 0;
    }
    int group = 32 / Math.max(1, addressing.bytes() / 4);
    int words = Math.max(1, addressing.bytes() / 4);
    int extra = 0;
    for (int start = 0; start < 32; start += group) {
      int[] perBank = new int[32];
      int[] wordSeen = new int[32];
      int seen = 0;
      int most = 0;
      for (int lane = start; lane < start + group; lane++) {
        if ((warp.mask >>> lane & 1) == 0) {
          continue;
        }
        for (int w = 0; w < words; w++) {
          int word = (warp.offsets[lane] >>> 2) + w;
          boolean known = false;
          for (int s = 0; s < seen; s++) {
            known |= wordSeen[s] == word;
          }
          if (!known && seen < 32) {
            wordSeen[seen++] = word;
            most = Math.max(most, ++perBank[word & 31]);
          }
        }
      }
      extra += Math.max(0, most - 1);
    }
    return extra;
  }
}
