package dev.tuckerc.emulator.check;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Who accessed 4096 bytes of memory last, by cells of 4 bytes, or of 2 or 1 once something
/// accesses so little.
final class RacePage {
  static final int SHIFT = 12;
  static final int BYTES = 1 << SHIFT;

  /// Binary logarithm of a cell's bytes.
  int shift = 2;

  /// Last plain write, as a [Stamp], or 0.
  long[] writes;

  /// Plain reads since: 0, a stamp, or a list of [AccessLists] (negative).
  long[] reads;

  /// Strong accesses: 0 or a list of [AccessLists]; none where there were no strong accesses.
  long @Nullable [] strong;

  private final int bytes;

  RacePage(int bytes) {
    this.bytes = bytes;
    writes = new long[cells()];
    reads = new long[cells()];
  }

  private int cells() {
    return bytes + (1 << shift) - 1 >> shift;
  }

  /// Forgets everything.
  void clear() {
    Arrays.fill(writes, 0);
    Arrays.fill(reads, 0);
    strong = null;
  }

  long[] strongCells() {
    long[] cells = strong;
    if (cells == null) {
      cells = new long[writes.length];
      strong = cells;
    }
    return cells;
  }

  /// Makes cells as small as an access. Cells share what their common cell knew.
  void refine(int newShift, AccessLists lists) {
    int by = shift - newShift;
    shift = newShift;
    writes = spread(writes, by, null);
    reads = spread(reads, by, lists);
    strong = strong == null ? null : spread(strong, by, lists);
  }

  private long[] spread(long[] old, int by, @Nullable AccessLists lists) {
    long[] cells = new long[cells()];
    for (int c = 0; c < cells.length; c++) {
      long cell = old[c >> by];
      boolean first = (c & (1 << by) - 1) == 0;
      cells[c] = cell < 0 && !first && lists != null ? lists.copy(cell) : cell;
    }
    return cells;
  }
}
