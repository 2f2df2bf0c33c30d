package dev.tuckerc.emulator.machine;

/// An operation that computes each lane from that lane alone. Subclasses are generated, one for
/// each scalar function and combination of register homes.
public abstract class LaneOperation extends Operation {
  /// Slot of the result.
  public int d;

  /// Slots of the sources, in order.
  public int s0;

  /// Second source.
  public int s1;

  /// Third source.
  public int s2;

  /// Fourth source.
  public int s3;

  private final LaneFunction function;

  /// @param function what the subclass computes
  protected LaneOperation(LaneFunction function) {
    this.function = function;
  }

  /// What is computed.
  public final LaneFunction function() {
    return function;
  }

  /// Sets result and sources.
  public final void bind(int result, int[] sources) {
    d = result;
    s0 = sources.length > 0 ? sources[0] : 0;
    s1 = sources.length > 1 ? sources[1] : 0;
    s2 = sources.length > 2 ? sources[2] : 0;
    s3 = sources.length > 3 ? sources[3] : 0;
  }

  /// Slot of a source.
  ///
  /// @param source its position, from 0
  public final int source(int source) {
    return switch (source) {
      case 0 -> s0;
      case 1 -> s1;
      case 2 -> s2;
      case 3 -> s3;
      default -> throw new IndexOutOfBoundsException(source);
    };
  }
}
