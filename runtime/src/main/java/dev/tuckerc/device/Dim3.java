package dev.tuckerc.device;

/// Extent of a grid or a block; each component is at least 1.
public record Dim3(int x, int y, int z) {
  public Dim3 {
    if (x < 1 || y < 1 || z < 1) {
      throw new DeviceException(
          "extent " + x + "x" + y + "x" + z + " must be at least 1 in each direction");
    }
  }

  /// Number of elements.
  public long count() {
    return (long) x * y * z;
  }
}
