package dev.tuckerc.cost;

import java.util.Arrays;
import java.util.function.LongToDoubleFunction;

/// Distinct sectors of global memory, the 32 bytes in which a GPU moves data.
public final class SectorSet {
  /// Bytes of a sector.
  public static final int BYTES = 32;

  /// Blocks that stand for all of a kernel's.
  private static final int SAMPLES = 24;

  /// A bit for each sector from the first of word `base` on.
  private long[] words = new long[16];

  private long base;
  private int used;

  /// Notes that bytes `[address, address + bytes)` are touched. The set takes a bit for every
  /// sector between the lowest and the highest address.
  public void add(long address, long bytes) {
    if (bytes <= 0) {
      return;
    }
    long first = Math.floorDiv(address, BYTES);
    long last = Math.floorDiv(address + bytes - 1, BYTES);
    cover(first >> 6, last >> 6);
    int from = (int) ((first >> 6) - base);
    int to = (int) ((last >> 6) - base);
    // Shifts count modulo 64.
    long head = -1L << first;
    long tail = -1L >>> -(last + 1);
    if (from == to) {
      words[from] |= head & tail;
      return;
    }
    words[from] |= head;
    Arrays.fill(words, from + 1, to, -1L);
    words[to] |= tail;
  }

  /// Makes room for a range of words.
  private void cover(long first, long last) {
    if (used == 0) {
      base = first;
    }
    long low = Math.min(base, first);
    long high = Math.max(base + used, last + 1);
    if (low < base || high - low > words.length) {
      long[] larger = new long[Math.toIntExact(Math.max(high - low, 2L * words.length))];
      System.arraycopy(words, 0, larger, (int) (base - low), used);
      words = larger;
      base = low;
    }
    used = (int) (high - low);
  }

  /// Number of distinct sectors so far.
  public long distinct() {
    long count = 0;
    for (int i = 0; i < used; i++) {
      count += Long.bitCount(words[i]);
    }
    return count;
  }

  /// Sectors that an access of `length` bytes touches on average, where its address is a multiple
  /// of `alignment` and of nothing more.
  public static double expected(double length, long alignment) {
    long step = alignment(alignment, BYTES);
    double sum = 0;
    for (long start = 0; start < BYTES; start += step) {
      sum += Math.ceil((start + length) / BYTES);
    }
    return sum * step / BYTES;
  }

  /// What sums of multiples of both are multiples of; 0 is a multiple of everything.
  public static long alignment(long a, long b) {
    return b == 0 ? a : alignment(b, a % b);
  }

  /// Mean of a figure over a kernel's blocks, of which some, spread evenly, stand for all.
  public static double mean(long blocks, LongToDoubleFunction ofBlock) {
    long looked = Math.min(blocks, SAMPLES);
    double sum = 0;
    for (long i = 0; i < looked; i++) {
      sum += ofBlock.applyAsDouble(looked == blocks ? i : i * (blocks - 1) / (looked - 1));
    }
    return sum / looked;
  }
}
