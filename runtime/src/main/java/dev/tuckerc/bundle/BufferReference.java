package dev.tuckerc.bundle;

/// A piece of memory that a launch gets a pointer to.
///
/// @param space which memory
/// @param index which input, output or flag; 0 for the others
/// @param offset first byte
/// @param bytes size; the kernel touches nothing beyond
public record BufferReference(Space space, int index, long offset, long bytes) {

  /// The memories of a plan.
  public enum Space {
    /// An input tensor of the entry point, read only.
    INPUT,
    /// An output tensor of the entry point.
    OUTPUT,
    /// Scratch memory for values between launches.
    ARENA,
    /// Constants, read only.
    WEIGHTS,
    /// A flag of [Plan#faults], zero before a run.
    FAULT,
    /// Words that are zero before and after every launch, the same ones for all of them.
    COUNTERS
  }

  /// Most bytes of [Space#COUNTERS].
  public static final long MOST_COUNTER_BYTES = 1 << 20;

  /// Size of a flag.
  public static final long FAULT_BYTES = Integer.BYTES;

  public BufferReference {
    if (index < 0 || offset < 0 || bytes < 0 || offset > Long.MAX_VALUE - bytes) {
      throw new IllegalArgumentException(
          "reference to " + space + " " + index + " at " + offset + " of " + bytes + " bytes");
    }
    if (index != 0 && (space == Space.ARENA || space == Space.WEIGHTS || space == Space.COUNTERS)) {
      throw new IllegalArgumentException("there is one " + space + ", not a number " + index);
    }
  }

  /// A whole input tensor.
  public static BufferReference input(int index, long bytes) {
    return new BufferReference(Space.INPUT, index, 0, bytes);
  }

  /// A whole output tensor.
  public static BufferReference output(int index, long bytes) {
    return new BufferReference(Space.OUTPUT, index, 0, bytes);
  }

  /// A piece of the arena.
  public static BufferReference arena(long offset, long bytes) {
    return new BufferReference(Space.ARENA, 0, offset, bytes);
  }

  /// A piece of the weights, as placed by [Plan#weights].
  public static BufferReference weights(long offset, long bytes) {
    return new BufferReference(Space.WEIGHTS, 0, offset, bytes);
  }

  /// A flag of [Plan#faults].
  public static BufferReference fault(int index) {
    return new BufferReference(Space.FAULT, index, 0, FAULT_BYTES);
  }

  /// Counters from the first one on, of four bytes each.
  public static BufferReference counters(long count) {
    return new BufferReference(Space.COUNTERS, 0, 0, count * Integer.BYTES);
  }

  /// First byte after the piece.
  public long end() {
    return offset + bytes;
  }
}
