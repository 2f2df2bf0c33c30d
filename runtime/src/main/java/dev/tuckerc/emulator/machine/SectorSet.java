package dev.tuckerc.emulator.machine;

import java.util.Arrays;

/// The sectors of global memory that each block touched: a set of pairs, hashed into one array.
final class SectorSet {
  private static final int BLOCK_SHIFT = 36;
  private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;

  /// What is kept of finished blocks is of no use, so the set is emptied between blocks where it is
  /// larger than this.
  private static final int MOST_KEPT = 1 << 20;

  /// Keys, 0 where empty: no sector of global memory has number 0.
  private long[] keys = new long[1 << 12];

  private int size;
  private long lastBlock = -1;

  /// Adds a sector of a block.
  ///
  /// @param block number in the grid
  /// @param sector address divided by the size of a sector, above 0
  /// @return whether the block had not touched it before
  boolean add(long block, long sector) {
    if (block != lastBlock) {
      lastBlock = block;
      if (size > MOST_KEPT) {
        Arrays.fill(keys, 0);
        size = 0;
      }
    }
    if (2 * size > keys.length) {
      grow();
    }
    return insert(block << BLOCK_SHIFT ^ sector);
  }

  private boolean insert(long key) {
    int mask = keys.length - 1;
    int at = (int) (key * MULTIPLIER >>> 32) & mask;
    while (keys[at] != 0) {
      if (keys[at] == key) {
        return false;
      }
      at = at + 1 & mask;
    }
    keys[at] = key;
    size++;
    return true;
  }

  private void grow() {
    long[] old = keys;
    keys = new long[2 * old.length];
    size = 0;
    for (long key : old) {
      if (key != 0) {
        insert(key);
      }
    }
  }
}
