package dev.tuckerc.cost;

import dev.tuckerc.tensor.DataType;
import java.util.List;
import java.util.Optional;

/// The instructions of the tensor cores, as data: `mma.sync.m16n8kK` by element type.
///
/// A warp holds the right operand, `K x 8`, in registers of 32 bits: lane `4 * g + t` has the
/// column `g`, and register `r` the elements of the terms `(4 * r + t) * e` to `(4 * r + t) * e + e
/// - 1`, where `e` elements fit a register (PTX ISA, "Matrix Fragments for mma.m16n8k16" and its
///   neighbours).
public enum TensorShape implements Unit {
  /// f16 with f32 sums, from sm_80 on.
  F16_K16(DataType.F16, 16, 80, 1, Figure.MMA_F16_K16_PER_CLOCK, Figure.MMA_F16_K16_LATENCY),
  /// f16 with f32 sums on sm_75.
  F16_K8(DataType.F16, 8, 75, 1, Figure.MMA_F16_K8_PER_CLOCK, Figure.MMA_F16_K8_LATENCY),
  /// bf16 with f32 sums.
  BF16_K16(DataType.BF16, 16, 80, 1, Figure.MMA_BF16_K16_PER_CLOCK, Figure.MMA_BF16_K16_LATENCY),
  /// f32 rounded to 10 bits of fraction, with f32 sums.
  TF32_K8(DataType.F32, 8, 80, 0.5, Figure.MMA_TF32_K8_PER_CLOCK, Figure.MMA_TF32_K8_LATENCY);

  private static final List<TensorShape> ALL = List.of(values());

  private static final int ROWS = 16;
  private static final int COLUMNS = 8;
  private static final int THREADS = 32;

  private final DataType type;
  private final int terms;
  private final int capability;
  private final double ofF16Rate;
  private final Figure perClock;
  private final Figure latency;

  TensorShape(
      DataType type, int terms, int capability, double ofF16Rate, Figure perClock, Figure latency) {
    this.type = type;
    this.terms = terms;
    this.capability = capability;
    this.ofF16Rate = ofF16Rate;
    this.perClock = perClock;
    this.latency = latency;
  }

  /// The instruction of the most terms that a GPU has for an element type.
  ///
  /// @param computeCapability major * 10 + minor
  public static Optional<TensorShape> of(DataType type, int computeCapability) {
    // Asked for each product of each candidate, so without a stream.
    for (TensorShape shape : ALL) {
      if (shape.type == type && shape.capability <= computeCapability) {
        return Optional.of(shape);
      }
    }
    return Optional.empty();
  }

  /// Element type of both operands.
  public DataType type() {
    return type;
  }

  /// Terms of the sum that one instruction adds, K.
  public int terms() {
    return terms;
  }

  /// Multiply-adds of one instruction.
  public int multiplyAdds() {
    return ROWS * COLUMNS * terms;
  }

  @Override
  public double instructions(double multiplyAdds) {
    return THREADS * multiplyAdds / multiplyAdds();
  }

  /// Elements of an operand in a register of 32 bits.
  public int elementsPerRegister() {
    return 4 / type.bytes();
  }

  /// Lane that holds an element of the right operand.
  ///
  /// @param term in the instruction's sum, from 0
  /// @param column of its eight
  public int lane(int term, int column) {
    return column * 4 + term / elementsPerRegister() % 4;
  }

  /// Place of a term among the elements that its lane holds for one column.
  public int place(int term) {
    int each = elementsPerRegister();
    return term / (4 * each) * each + term % each;
  }

  /// Clocks from one instruction to another that needs its sums.
  double latency(DeviceDescription device) {
    return device.figure(latency).orElse(device.mmaLatency());
  }

  /// Most multiply-adds per clock of one multiprocessor. A description without the figure is
  /// charged the f16 rate, or half of it for tf32, as NVIDIA's data sheets have it.
  double peak(DeviceDescription device) {
    return device.figure(perClock).orElse(device.tensorPerClock() * ofF16Rate);
  }

  /// Multiply-adds per clock of one multiprocessor. Each of its four parts has a tensor core of its
  /// own, which only the warps of that part can use, and a warp waits for the latency before it
  /// adds to the same sums again: one warp with one chain does `multiplyAdds / latency`, which is
  /// what is measured (85 per clock on Hopper).
  ///
  /// @param peak,latency of the instruction on a device
  record Rate(double peak, double latency, int multiplyAdds) {
    /// @param warps that multiply at a time
    /// @param chains sums of its own that each warp adds to in turn
    double of(double warps, double chains) {
      return Math.min(peak * Math.min(1, warps / 4), warps * chains * multiplyAdds / latency);
    }
  }

  /// The rates on a device.
  Rate rate(DeviceDescription device) {
    return new Rate(peak(device), latency(device), multiplyAdds());
  }
}
