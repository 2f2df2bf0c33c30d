package dev.tuckerc.codegen.region;

import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.TensorShape;
import dev.tuckerc.cost.Unit;
import dev.tuckerc.tensor.DataType;
import java.util.Arrays;
import java.util.Optional;

/// What a region's activations and weights are, and what multiplies them. All else of a region's
/// kernel is told in chunks of 16 bytes and does not depend on it.
enum RegionArithmetic {
  /// f16, with f32 sums on tensor cores.
  TENSOR_CORES(DataType.F16),
  /// Strict f32, on scalar multiply-adds.
  SCALAR(DataType.F32);

  /// Clocks of a scalar multiply-add, as since Volta.
  private static final double FMA_LATENCY = 4;

  private final DataType type;

  RegionArithmetic(DataType type) {
    this.type = type;
  }

  /// The arithmetic for elements of a type; empty where no kernel computes with it.
  static Optional<RegionArithmetic> of(DataType type) {
    return Arrays.stream(values()).filter(each -> each.type == type).findFirst();
  }

  /// Type of the elements in memory.
  DataType type() {
    return type;
  }

  /// Elements of a chunk of 16 bytes, the widest access of a thread.
  int chunk() {
    return 16 / type.bytes();
  }

  /// Chunks that channels fill.
  long chunks(long channels) {
    return Math.ceilDiv(channels, (long) chunk());
  }

  /// Terms of a sum that a warp adds at a time: two chunks, so that the weights of 16 channels for
  /// them are 512 bytes, 16 for each lane.
  int stepTerms() {
    return 2 * chunk();
  }

  /// What does the multiply-adds of products on a device.
  Unit unit(DeviceDescription device) {
    return switch (this) {
      case TENSOR_CORES -> TensorShape.of(type, device.computeCapability()).orElseThrow();
      case SCALAR -> Unit.Scalar.FMA;
    };
  }

  /// Bytes that the lanes of a warp load in a step of a product, in accesses of 16 bytes. Tensor
  /// cores take a fragment of rows and one of weights; on scalar units each lane loads both chunks
  /// of two rows, and four weights for every term.
  ///
  /// @param rowBlocks,channelBlocks blocks of 16 rows and of 16 channels
  double operandBytes(double rowBlocks, double channelBlocks) {
    return 512
        * switch (this) {
          case TENSOR_CORES -> rowBlocks + channelBlocks;
          case SCALAR -> 4 * rowBlocks + stepTerms() * channelBlocks;
        };
  }

  /// Bytes that the lanes of a warp load in a step to find its terms: 4 for each look into a table.
  /// Lanes of a fragment have one chunk or the other, those of scalar units have both.
  double lookUpBytes(TermWalk walk) {
    return switch (walk) {
      case RUN, UNROLLED -> 0;
      case TABLE -> 32 * 4 * (this == TENSOR_CORES ? 1 : 2);
    };
  }

  /// Bytes that a warp copies to shared memory for a step: weights that its lanes share, unless
  /// they stay there.
  double copiedBytes(double channelBlocks, boolean resident) {
    return switch (this) {
      case TENSOR_CORES -> 0;
      case SCALAR -> resident ? 0 : 512 * channelBlocks;
    };
  }

  /// Most multiply-adds per clock of one multiprocessor.
  double perClock(DeviceDescription device) {
    return switch (this) {
      case TENSOR_CORES -> device.tensorPerClock();
      case SCALAR -> device.fmaPerClock();
    };
  }

  /// Clocks that a step takes at least, as each sum waits for the one before it.
  double stepLatency(DeviceDescription device) {
    return switch (this) {
      case TENSOR_CORES -> device.mmaLatency();
      case SCALAR -> stepTerms() * FMA_LATENCY;
    };
  }
}
