package dev.tuckerc.codegen.gemm;

import dev.tuckerc.codegen.emit.EpilogueEmitter;
import dev.tuckerc.codegen.emit.OutputOperand;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.cost.Phase;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import java.util.List;
import java.util.Optional;

/// A convolution or matrix product in the one form that the kernels know: `result[z][row][channel]
/// = body(sum over taps and run of input * weight)`.
///
/// Rows are the pixels `[n, d, h, w]` of an output with three spatial axes; a convolution of fewer
/// is lifted by axes of extent 1, a matrix product is a convolution with one tap whose pixels are
/// the rows. The batch `z` is the groups of a convolution, or those batch axes of a matrix product
/// along which the right side varies.
///
/// @param sumType element type of the inputs and of the sum
/// @param input left side
/// @param batch extents of the batch axes
/// @param pixels extents `[n, d, h, w]` of the output
/// @param channels columns of one batch entry
/// @param run channels of one tap and batch entry
/// @param inputExtents extents `[d, h, w]` of the input
/// @param inputStrides strides `[n, d, h, w, c]` of the input, in elements
/// @param inputBatch stride of the input for each batch axis
/// @param window taps, steps, dilations and pads along `[d, h, w]`
/// @param weight right side
/// @param body of the sum `x0` and the operands, the bias included
/// @param operands what the body reads, with the values they come from
/// @param result what is written
public record GemmProblem(
    DataType sumType,
    Value input,
    List<Long> batch,
    List<Long> pixels,
    long channels,
    long run,
    List<Long> inputExtents,
    List<Long> inputStrides,
    List<Long> inputBatch,
    Taps window,
    Weight weight,
    ScalarExpression body,
    List<OutputOperand> operands,
    List<Value> operandValues,
    OutputOperand result) {

  /// Window along the three spatial axes.
  public record Taps(
      List<Long> kernel,
      List<Long> step,
      List<Long> dilation,
      List<Long> padBefore,
      boolean padded) {

    /// Number of taps.
    public long count() {
      return kernel.stream().reduce(1L, Math::multiplyExact);
    }
  }

  /// The right side.
  ///
  /// @param value its value
  /// @param constant its data when known at compile time
  /// @param batchStrides stride for each batch axis, in elements of the row-major data
  /// @param channelStride from one column to the next
  /// @param tapStride from one tap to the next
  /// @param runStride from one element of the run to the next
  public record Weight(
      Value value,
      Optional<LoweringContext.KnownConstant> constant,
      List<Long> batchStrides,
      long channelStride,
      long tapStride,
      long runStride) {
    public Weight {
      batchStrides = List.copyOf(batchStrides);
    }
  }

  public GemmProblem {
    batch = List.copyOf(batch);
    pixels = List.copyOf(pixels);
    inputExtents = List.copyOf(inputExtents);
    inputStrides = List.copyOf(inputStrides);
    inputBatch = List.copyOf(inputBatch);
    operands = List.copyOf(operands);
    operandValues = List.copyOf(operandValues);
  }

  /// Number of rows of one batch entry.
  public long rows() {
    return pixels.stream().reduce(1L, Math::multiplyExact);
  }

  /// Number of batch entries.
  public long batchCount() {
    return batch.stream().reduce(1L, Math::multiplyExact);
  }

  /// Terms of one sum.
  public long terms() {
    return run * window.count();
  }

  /// Distinct bytes of the whole product, the epilogue's operands included.
  public KernelWork.Distinct distinct() {
    double weights = 0;
    double read = input.type().bytes();
    double right = weight.value().type().bytes();
    if (weight.constant().isPresent()) {
      weights += right;
    } else {
      read += right;
    }
    for (Value operand : operandValues) {
      read += operand.type().bytes();
    }
    return new KernelWork.Distinct(
        weights, read, (double) batchCount() * rows() * channels * result.type().bytes());
  }

  /// The last phases of a tile of the output: its operands of which each result has an element of
  /// its own (a residual), then the results.
  public List<Phase> epiloguePhases(long tileRows, long tileChannels) {
    return epiloguePhases((double) Math.min(tileRows, rows()) * Math.min(tileChannels, channels));
  }

  /// The same for a number of results.
  List<Phase> epiloguePhases(double results) {
    double perResult = 0;
    for (Value operand : operandValues) {
      if (operand.shape().elementCount() == batchCount() * rows() * channels()) {
        perResult += operand.type().elementType().bytes();
      }
    }
    Phase store = new Phase.Store("results", results * result.type().bytes());
    return perResult == 0
        ? List.of(store)
        : List.of(new Phase.Load("residual", results * perResult, false), store);
  }

  /// Emits the epilogue for groups of `width` channels.
  public EpilogueEmitter.Emitted epilogue(int width) {
    return new EpilogueEmitter(batch, pixels, channels)
        .emit(body, sumType, operands, result, width);
  }
}
