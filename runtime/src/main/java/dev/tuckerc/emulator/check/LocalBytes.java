package dev.tuckerc.emulator.check;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Which bytes of the local memory of a warp's threads were written.
public final class LocalBytes {
  private final boolean[][] written = new boolean[32][0];

  void clear() {
    for (boolean[] lane : written) {
      Arrays.fill(lane, false);
    }
  }

  /// A thread accesses its local memory.
  public @Nullable Finding access(int lane, int offset, int bytes, boolean writes) {
    boolean[] map = reach(lane, offset + bytes);
    for (int b = offset; b < offset + bytes; b++) {
      if (writes) {
        map[b] = true;
      } else if (!map[b]) {
        return new Finding(
            lane, WarpChecks.unwritten(Access.READ, bytes, "local memory at offset " + b));
      }
    }
    return null;
  }

  /// A function that is called finds its variables unwritten.
  public void enter(int lanes, int base, int bytes) {
    for (int m = lanes; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      Arrays.fill(reach(lane, base + bytes), base, base + bytes, false);
    }
  }

  /// A value is passed on, written or not.
  public void copy(int lane, int from, int to, int bytes) {
    boolean[] map = reach(lane, Math.max(from, to) + bytes);
    System.arraycopy(map, from, map, to, bytes);
  }

  private boolean[] reach(int lane, int size) {
    boolean[] map = written[lane];
    if (map.length < size) {
      map = Arrays.copyOf(map, Math.max(size, 2 * map.length));
      written[lane] = map;
    }
    return map;
  }
}
