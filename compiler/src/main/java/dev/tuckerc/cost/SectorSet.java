package dev.tuckerc.cost;

import java.util.Arrays;
import java.util.function.LongToDoubleFunction;

/// Distinct sectors of global memory, the 32 bytes in which a GPU moves data.
public final class SectorSet {
  /// Bytes of a sector.
  public static final int BYTES = 32;

  /// Blocks that stand for all of a kernel's.
  private static final int SAMPLES = 24;

  private long[] touched = new long[256];
  private int count;

  /// Notes that bytes `[address, address + bytes)` are touched.
  public void add(long address, long bytes) {
    for (long s = Math.floorDiv(address, BYTES);
        s <= Math.floorDiv(address + bytes - 1, BYTES);
        s++) {
      if (count == touched.length) {
        touched = Arrays.copyOf(touched, 2 * count);
      }
      touched[count++] = s;
    }
  }

  /// Number of distinct sectors so far.
  public long distinct() {
    Arrays.sort(touched, 0, count);
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (i == 0 || touched[i] != touched[i - 1]) {
        touched[kept++] = touched[i];
      }
    }
    count = kept;
    return kept;
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
