package dev.tuckerc.emulator.operations.matrix;

/// Scratch and arithmetic of one warp's part of a `wgmma`: 16 rows of A times all of B.
///
/// Floating-point products are exact in single precision and are added to the accumulator in single
/// precision in order of k; integer sums are exact until they are stored.
final class WarpgroupProduct {
  private static final int ROWS = 16;
  private static final int BYTES = 32;
  private static final ThreadLocal<WarpgroupProduct> SCRATCH =
      ThreadLocal.withInitial(WarpgroupProduct::new);

  /// A: 16 rows of 32 bytes.
  final byte[] left = new byte[ROWS * BYTES];

  /// B: up to 256 columns of 32 bytes.
  final byte[] right = new byte[256 * BYTES];

  private final float[] a = new float[ROWS * BYTES];
  private final float[] b = new float[256 * BYTES];
  private final int[] ai = new int[ROWS * BYTES];
  private final int[] bi = new int[256 * BYTES];

  private WarpgroupProduct() {}

  /// The calling thread's.
  static WarpgroupProduct scratch() {
    return SCRATCH.get();
  }

  /// `c += a b` for row-major accumulators of 16 rows.
  void add(
      float[] c,
      int columns,
      WarpgroupFormat formatA,
      WarpgroupFormat formatB,
      boolean negateA,
      boolean negateB) {
    int depth = formatA.depth();
    int bytes = formatA.bytes;
    for (int row = 0; row < ROWS; row++) {
      for (int k = 0; k < depth; k++) {
        float x = formatA.number(left, row * BYTES + k * bytes);
        a[row * depth + k] = negateA ? -x : x;
      }
    }
    for (int n = 0; n < columns; n++) {
      for (int k = 0; k < depth; k++) {
        float x = formatB.number(right, n * BYTES + k * bytes);
        b[k * columns + n] = negateB ? -x : x;
      }
    }
    for (int row = 0; row < ROWS; row++) {
      for (int k = 0; k < depth; k++) {
        multiplyRow(a[row * depth + k], b, k * columns, c, row * columns, columns);
      }
    }
  }

  private static void multiplyRow(float x, float[] b, int from, float[] c, int to, int count) {
    for (int n = 0; n < count; n++) {
      c[to + n] = Math.fma(x, b[from + n], c[to + n]);
    }
  }

  /// The same for integers.
  ///
  /// @param saturate whether sums are clamped to 32 bits; otherwise they wrap
  void add(
      int[] c, int columns, WarpgroupFormat formatA, WarpgroupFormat formatB, boolean saturate) {
    for (int at = 0; at < ROWS * BYTES; at++) {
      ai[at] = formatA.integer(left, at);
    }
    for (int at = 0; at < columns * BYTES; at++) {
      bi[at] = formatB.integer(right, at);
    }
    boolean bits = formatA == WarpgroupFormat.B1;
    for (int row = 0; row < ROWS; row++) {
      for (int n = 0; n < columns; n++) {
        long sum = c[row * columns + n];
        for (int k = 0; k < BYTES; k++) {
          int x = ai[row * BYTES + k];
          int y = bi[n * BYTES + k];
          sum += bits ? Integer.bitCount(x & y) : x * y;
        }
        c[row * columns + n] =
            saturate ? (int) Math.clamp(sum, Integer.MIN_VALUE, Integer.MAX_VALUE) : (int) sum;
      }
    }
  }
}
