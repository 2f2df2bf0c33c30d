package dev.tuckerc.codegen.gemm;

import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.EpilogueEmitter;
import dev.tuckerc.codegen.emit.OutputOperand;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.cost.Phase;
import dev.tuckerc.cost.SectorSet;
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
/// @param branch further terms of every sum; no kernel but those of `gemm.mma` and regions has them
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
    OutputOperand result,
    Optional<Branch> branch) {

  /// Further terms of every sum, those of a 1x1 convolution of another tensor: `sum += branch[row]
  /// * weight`, as of the shortcut that ends a residual block.
  ///
  /// @param input left side
  /// @param run its channels
  /// @param strides `[n, d, h, w, c]` from one output pixel to the next, in elements of the input
  /// @param weight right side
  public record Branch(Value input, long run, List<Long> strides, Weight weight) {
    public Branch {
      strides = List.copyOf(strides);
    }

    /// Elements of one load: the most, up to 8, to which every pixel's channels are aligned.
    public long vector() {
      return Math.min(8, Long.lowestOneBit(run | alignment()));
    }

    /// Elements, a power of two, to a multiple of which every pixel's first channel lies.
    long alignment() {
      return Long.lowestOneBit(strides.subList(0, 4).stream().reduce(0L, (a, b) -> a | b));
    }
  }

  /// Window along the three spatial axes.
  public record Taps(
      List<Long> kernel,
      List<Long> step,
      List<Long> dilation,
      List<Long> padBefore,
      boolean padded) {

    /// Number of taps.
    public long count() {
      return product(kernel);
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
  /// @param diagonal where it has values; the others are zero and not in the data
  public record Weight(
      Value value,
      Optional<LoweringContext.KnownConstant> constant,
      List<Long> batchStrides,
      long channelStride,
      long tapStride,
      long runStride,
      Diagonal diagonal) {
    public Weight {
      batchStrides = List.copyOf(batchStrides);
    }

    /// One without zeros in between.
    public Weight(
        Value value,
        Optional<LoweringContext.KnownConstant> constant,
        List<Long> batchStrides,
        long channelStride,
        long tapStride,
        long runStride) {
      this(value, constant, batchStrides, channelStride, tapStride, runStride, Diagonal.WHOLE);
    }
  }

  /// The blocks on the diagonal of a right side: its columns and its run are divided alike, and each
  /// part of the columns has weights for its own part of the run alone. So are the groups of a
  /// convolution that are computed as one product.
  ///
  /// @param blocks on the diagonal; 1 where all is one block
  /// @param stride from one to the next, in elements of the row-major data
  public record Diagonal(long blocks, long stride) {
    /// All is one block.
    public static final Diagonal WHOLE = new Diagonal(1, 0);
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

  /// A depthwise convolution with its channels where its tensors have them instead of in the batch:
  /// `channels` and `run` are all of them, and a weight has no stride along the run. Empty when
  /// this is none, or channels are not neighbours in memory.
  public Optional<GemmProblem> byChannel() {
    boolean depthwise = run == 1 && channels == 1 && batch.size() == 1 && batchCount() > 1;
    if (!depthwise || !inputBatch.equals(List.of(1L))) {
      return Optional.empty();
    }
    return Optional.of(
        new GemmProblem(
            sumType,
            input,
            List.of(),
            pixels,
            batchCount(),
            batchCount(),
            inputExtents,
            inputStrides,
            List.of(),
            window,
            new Weight(
                weight.value,
                weight.constant,
                List.of(),
                weight.batchStrides.getFirst(),
                weight.tapStride,
                0),
            body,
            operands.stream().map(GemmProblem::byChannel).toList(),
            operandValues,
            byChannel(result),
            Optional.empty()));
  }

  /// The same problem with another right side.
  GemmProblem withWeight(Weight other) {
    return new GemmProblem(
        sumType,
        input,
        batch,
        pixels,
        channels,
        run,
        inputExtents,
        inputStrides,
        inputBatch,
        window,
        other,
        body,
        operands,
        operandValues,
        result,
        branch);
  }

  private static OutputOperand byChannel(OutputOperand operand) {
    return new OutputOperand(
        operand.pointer(),
        operand.type(),
        operand.expressionType(),
        List.of(),
        operand.row(),
        operand.batch().getFirst());
  }

  /// What sums are computed in where no tensor core computes them. Integers are added up unsigned,
  /// in which wrapping is defined, and are exact in their own type.
  public DataType computeType() {
    return switch (sumType) {
      case F64 -> DataType.F64;
      case F32, F16, BF16 -> DataType.F32;
      case I64, U64 -> DataType.U64;
      case I32, U32, I16, U16, I8, U8, BOOL -> DataType.U32;
    };
  }

  /// Number of rows of one batch entry.
  public long rows() {
    return product(pixels);
  }

  /// Number of batch entries.
  public long batchCount() {
    return product(batch);
  }

  /// Asked for each candidate of each kernel, so without a stream.
  private static long product(List<Long> extents) {
    long product = 1;
    for (long extent : extents) {
      product = Math.multiplyExact(product, extent);
    }
    return product;
  }

  /// Terms of one sum, those of a branch left out.
  public long terms() {
    return run * window.count();
  }

  /// Distinct bytes of the whole product, the epilogue's operands included.
  public KernelWork.Distinct distinct() {
    double weights = 0;
    double read = input.type().bytes();
    // With the zeros between groups that are computed as one.
    double right = (double) weight.value().type().bytes() * weight.diagonal().blocks();
    if (weight.constant().isPresent()) {
      weights += right;
    } else {
      read += right;
    }
    if (branch.isPresent()) {
      weights += branch.get().weight().value().type().bytes();
      // Of an input with strides only the pixels are read that it comes to.
      read += 2.0 * rows() * branch.get().run();
    }
    for (Value operand : operandValues) {
      read += operand.type().bytes();
    }
    return new KernelWork.Distinct(
        weights, read, (double) batchCount() * rows() * channels * result.type().bytes());
  }

  /// Rows that a tile has on average, those beyond the last left out.
  public double meanRows(long tileRows) {
    return (double) rows() / Math.ceilDiv(rows(), tileRows);
  }

  /// The last phases of an average tile of the output: what its epilogue reads, then the results.
  public List<Phase> epiloguePhases(long tileRows, long tileChannels) {
    return epiloguePhases(operandValues, tileRows, tileChannels);
  }

  /// The same where the epilogue reads only some of the operands from global memory.
  public List<Phase> epiloguePhases(List<Value> asked, long tileRows, long tileChannels) {
    double rowsOfTile = meanRows(tileRows);
    boolean whole = tileChannels >= channels;
    if (whole && batchCount() == 1) {
      return epiloguePhases(asked, 1, rowsOfTile * channels, channels, 0);
    }
    double run = whole ? channels : (double) channels / Math.ceilDiv(channels, tileChannels);
    return epiloguePhases(asked, rowsOfTile, run, run, whole ? channels : tileChannels);
  }

  /// The same for runs of neighbouring results.
  ///
  /// @param segments runs of a block
  /// @param run results of one of them
  /// @param across distinct channels of a block
  /// @param pitch results between the starts of two runs of a row; 0 for one run
  public List<Phase> epiloguePhases(double segments, double run, double across, long pitch) {
    return epiloguePhases(operandValues, segments, run, across, pitch);
  }

  private List<Phase> epiloguePhases(
      List<Value> asked, double segments, double run, double across, long pitch) {
    long row = batchCount() * channels;
    double loaded = 0;
    for (Value operand : asked) {
      int bytes = operand.type().elementType().bytes();
      long alignment = SectorSet.alignment(row, pitch) * bytes;
      loaded +=
          operand.shape().elementCount() == row * rows()
              ? segments * SectorSet.expected(run * bytes, alignment) * SectorSet.BYTES
              : Math.min(operand.type().bytes(), across * bytes);
    }
    int bytes = result.type().bytes();
    long alignment = SectorSet.alignment(row, pitch) * bytes;
    Phase store =
        new Phase.Store(
            "results", segments * SectorSet.expected(run * bytes, alignment) * SectorSet.BYTES);
    return loaded == 0
        ? List.of(store)
        : List.of(new Phase.Load("epilogue operands", loaded, false), store);
  }

  /// Emits the epilogue for groups of `width` channels.
  public EpilogueEmitter.Emitted epilogue(int width) {
    return epilogue(new EpilogueEmitter(batch, pixels, channels), operands, result, width);
  }

  /// Emits the epilogue for groups of `width` channels.
  ///
  /// @param emitter over the axes of the results
  /// @param own operands, addressed along these axes
  /// @param target result, addressed along these axes
  public EpilogueEmitter.Emitted epilogue(
      EpilogueEmitter emitter, List<OutputOperand> own, OutputOperand target, int width) {
    String sum =
        sumType.isFloat()
            ? "value[lane]"
            : "static_cast<" + CudaType.of(sumType).compute() + ">(value[lane])";
    return emitter.emit(body, sumType, sum, own, target, width);
  }
}
