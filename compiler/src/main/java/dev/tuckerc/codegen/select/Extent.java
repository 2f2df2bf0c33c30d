package dev.tuckerc.codegen.select;

/// Extent of a grid, in blocks, or of a block, in threads.
public record Extent(int x, int y, int z) {
  /// Most blocks along the second and third direction of a grid.
  public static final int LIMIT_YZ = 65535;

  public Extent {
    if (x < 1 || y < 1 || z < 1) {
      throw new IllegalArgumentException("extent " + x + "x" + y + "x" + z);
    }
  }

  /// A one-dimensional extent.
  ///
  /// @throws ArithmeticException beyond 2^31 - 1
  public static Extent of(long x) {
    return new Extent(Math.toIntExact(x), 1, 1);
  }

  /// Number of elements.
  public long count() {
    return (long) x * y * z;
  }
}
