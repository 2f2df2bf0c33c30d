package dev.tuckerc.emulator.operations.matrix;

/// A `wgmma` matrix descriptor: where the 16-byte pieces of a matrix lie in shared memory.
///
/// Fields and layouts are those of the PTX ISA, "Asynchronous warpgroup-level matrix shared memory
/// layout". All offsets are in bytes.
///
/// @param start address of the first element
/// @param leading leading-dimension offset
/// @param stride stride-dimension offset
/// @param base 128-byte line, modulo 8, at which the swizzle's pattern begins
/// @param swizzleBytes 128, 64 or 32; 16 without a swizzle
record MatrixDescriptor(int start, int leading, int stride, int base, int swizzleBytes) {
  private static final int FIELD = (1 << 14) - 1;

  static MatrixDescriptor of(long bits) {
    int swizzle =
        switch ((int) (bits >>> 62)) {
          case 1 -> 128;
          case 2 -> 64;
          case 3 -> 32;
          default -> 16;
        };
    return new MatrixDescriptor(
        field(bits, 0),
        field(bits, 16),
        field(bits, 32),
        swizzle == 16 ? 0 : (int) (bits >>> 49) & 7,
        swizzle);
  }

  private static int field(long bits, int from) {
    return ((int) (bits >>> from) & FIELD) << 4;
  }

  /// Address of a piece of 16 bytes along K, in a matrix that is contiguous along K.
  ///
  /// @param row along M or N
  /// @param piece 0 or 1: an instruction covers 32 bytes of K
  int alongDepth(int row, int piece) {
    boolean plain = swizzleBytes == 16;
    return swizzled(
        start + (row & 7) * swizzleBytes + (row >> 3) * stride + piece * (plain ? leading : 16));
  }

  /// Address of a piece of 16 bytes along M or N, in a matrix that is contiguous along M or N.
  ///
  /// @param piece which eight elements
  /// @param depth index along K
  int acrossDepth(int piece, int depth) {
    int inRow = (depth & 7) * swizzleBytes;
    if (swizzleBytes == 16) {
      return start + inRow + (depth >> 3) * leading + piece * stride;
    }
    int pieces = swizzleBytes / 16;
    return swizzled(
        start + inRow + (depth >> 3) * stride + piece % pieces * 16 + piece / pieces * leading);
  }

  /// Exchanges pieces within a line as the swizzle does: the piece's number is combined with the
  /// number of its 128-byte line.
  private int swizzled(int address) {
    int pieces = swizzleBytes / 16;
    int line = (address >> 7) - base & pieces - 1;
    return address ^ line << 4;
  }
}
