package dev.tuckerc.codegen.gemm;

import dev.tuckerc.codegen.emit.IndexEmitter;
import dev.tuckerc.codegen.emit.OutputOperand;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Brings convolutions and matrix products into the form of [GemmProblem].
public final class GemmLifting {
  private static final int SPATIAL = 3;

  private GemmLifting() {}

  /// A convolution of one to three spatial axes.
  public static GemmProblem of(Convolution op, LoweringContext context) {
    Window window = op.window();
    if (window.rank() > SPATIAL) {
      throw context.refused(
          "convolutions over " + window.rank() + " spatial axes are not supported, only up to 3");
    }
    TensorType in = op.input().type();
    TensorType out = context.node().result().type();
    long groups = op.groups();
    long channels = out.shape().extent(1) / groups;
    long run = in.shape().extent(1) / groups;
    long[] inStrides = in.layout().strides(in.shape().extents());
    List<Long> strides = new ArrayList<>();
    strides.add(inStrides[0]);
    strides.addAll(lifted(longs(inStrides, 2), inStrides[0]));
    strides.add(inStrides[1]);
    List<Long> pixels = new ArrayList<>();
    pixels.add(out.shape().extent(0));
    pixels.addAll(lifted(out.shape().extents().subList(2, out.shape().rank()), 1));
    GemmProblem.Weight weight = weight(op, channels, context);
    // Seen along [group, n, d, h, w, channel of the group].
    Axes axes =
        (type, shape) -> {
          long[] s = IndexEmitter.broadcastStrides(type, shape);
          List<Long> row = new ArrayList<>();
          row.add(s[0]);
          row.addAll(lifted(longs(s, 2), 0));
          return new Strides(List.of(s[1] * channels), row, s[1]);
        };
    Shape biasShape = biasShape(out.shape().rank(), groups * channels);
    return assemble(
        context,
        new Sum(op.input(), op.bias(), biasShape, op.epilogue()),
        axes,
        List.of(groups),
        pixels,
        channels,
        run,
        lifted(in.shape().extents().subList(2, in.shape().rank()), 1),
        strides,
        List.of(run * inStrides[1]),
        new GemmProblem.Taps(
            lifted(window.kernel(), 1),
            lifted(window.stride(), 1),
            lifted(window.dilation(), 1),
            lifted(window.padBefore(), 0),
            padded(op)),
        weight);
  }

  /// A matrix product of any batch shape.
  public static GemmProblem of(MatMul op, LoweringContext context) {
    TensorType a = op.a().type();
    TensorType b = op.b().type();
    TensorType out = context.node().result().type();
    int rank = out.shape().rank();
    // Batch strides of both sides, aligned to the result's axes.
    List<Long> batchExtents = out.shape().extents().subList(0, rank - 2);
    List<Long> left = batchStrides(a, a.layout().strides(a.shape().extents()), batchExtents);
    List<Long> right = batchStrides(b, weightStrides(op.b(), context), batchExtents);
    // Batch axes along which the right side does not vary are rows: up to three fit as [n, d, h].
    List<Integer> rowAxes = new ArrayList<>();
    List<Integer> batchAxes = new ArrayList<>();
    for (int axis = rank - 3; axis >= 0; axis--) {
      boolean free = right.get(axis) == 0 && rowAxes.size() < SPATIAL;
      (free ? rowAxes : batchAxes).addFirst(axis);
    }
    List<Long> pixels = new ArrayList<>(Collections.nCopies(SPATIAL - rowAxes.size(), 1L));
    List<Long> strides = new ArrayList<>(Collections.nCopies(SPATIAL - rowAxes.size(), 0L));
    for (int axis : rowAxes) {
      pixels.add(batchExtents.get(axis));
      strides.add(left.get(axis));
    }
    long[] own = a.layout().strides(a.shape().extents());
    int rankA = a.shape().rank();
    pixels.add(a.shape().extent(rankA - 2));
    strides.add(own[rankA - 2]);
    strides.add(own[rankA - 1]);
    long[] ownB = weightStrides(op.b(), context);
    int rankB = b.shape().rank();
    GemmProblem.Weight weight =
        new GemmProblem.Weight(
            op.b(),
            context.constant(op.b()),
            batchAxes.stream().map(right::get).toList(),
            ownB[rankB - 1],
            0,
            ownB[rankB - 2]);
    Axes axes =
        (type, shape) -> {
          long[] s = IndexEmitter.broadcastStrides(type, shape);
          List<Long> row = new ArrayList<>(Collections.nCopies(SPATIAL - rowAxes.size(), 0L));
          rowAxes.forEach(axis -> row.add(s[axis]));
          row.add(s[rank - 2]);
          return new Strides(batchAxes.stream().map(axis -> s[axis]).toList(), row, s[rank - 1]);
        };
    return assemble(
        context,
        new Sum(op.a(), Optional.empty(), out.shape(), op.epilogue()),
        axes,
        batchAxes.stream().map(batchExtents::get).toList(),
        pixels,
        b.shape().extent(rankB - 1),
        a.shape().extent(rankA - 1),
        pixels.subList(1, 4),
        strides,
        batchAxes.stream().map(left::get).toList(),
        new GemmProblem.Taps(ones(), ones(), ones(), List.of(0L, 0L, 0L), false),
        weight);
  }

  /// Strides of a tensor along batch, row and channel axes.
  record Strides(List<Long> batch, List<Long> row, long channel) {}

  /// How a tensor that broadcasts to a shape is seen along the axes of the product.
  interface Axes {
    Strides of(TensorType type, Shape shape);
  }

  /// What is summed and what happens to it.
  record Sum(Value input, Optional<Value> bias, Shape biasShape, Epilogue epilogue) {}

  static GemmProblem assemble(
      LoweringContext context,
      Sum sum,
      Axes axes,
      List<Long> batch,
      List<Long> pixels,
      long channels,
      long run,
      List<Long> inputExtents,
      List<Long> inputStrides,
      List<Long> inputBatch,
      GemmProblem.Taps taps,
      GemmProblem.Weight weight) {
    Shape shape = context.node().result().shape();
    List<OutputOperand> operands = new ArrayList<>();
    List<Value> values = new ArrayList<>();
    for (Value value : sum.epilogue().operands()) {
      operands.add(
          operand(
              "x" + (values.size() + 1), value.type(), value.type().elementType(), axes, shape));
      values.add(value);
    }
    DataType type = sum.input().type().elementType();
    ScalarExpression body = sum.epilogue().body();
    if (sum.bias().isPresent()) {
      Value bias = sum.bias().get();
      int index = values.size() + 1;
      TensorType asChannels = TensorType.of(bias.type().elementType(), sum.biasShape());
      operands.add(operand("x" + index, asChannels, type, axes, shape));
      values.add(bias);
      ScalarExpression biased = new Binary(BinaryFunction.ADD, new Operand(0), new Operand(index));
      body = body.substitute(i -> i == 0 ? biased : new Operand(i));
    }
    TensorType resultType = context.node().result().type();
    OutputOperand result = operand("y", resultType, resultType.elementType(), axes, shape);
    return new GemmProblem(
        type,
        sum.input(),
        batch,
        pixels,
        channels,
        run,
        inputExtents,
        inputStrides,
        inputBatch,
        taps,
        weight,
        body,
        operands,
        values,
        result,
        Optional.empty());
  }

  private static OutputOperand operand(
      String name, TensorType type, DataType expressionType, Axes axes, Shape shape) {
    Strides strides = axes.of(type, shape);
    return new OutputOperand(
        name,
        type.elementType(),
        expressionType,
        strides.batch(),
        strides.row(),
        strides.channel());
  }

  /// The bias as a tensor that broadcasts to the result.
  static Shape biasShape(int rank, long channels) {
    List<Long> extents = new ArrayList<>(Collections.nCopies(rank, 1L));
    extents.set(1, channels);
    return Shape.of(extents);
  }

  /// Whether any window reaches outside the input.
  private static boolean padded(Convolution op) {
    Window window = op.window();
    for (int axis = 0; axis < window.rank(); axis++) {
      long output = op.resultType().shape().extent(axis + 2);
      long last =
          (output - 1) * window.stride().get(axis)
              - window.padBefore().get(axis)
              + window.span(axis);
      if (window.padBefore().get(axis) > 0 || last > op.input().shape().extent(axis + 2)) {
        return true;
      }
    }
    return false;
  }

  private static GemmProblem.Weight weight(Convolution op, long channels, LoweringContext context) {
    long[] strides = weightStrides(op.weight(), context);
    List<Long> kernel = op.window().kernel();
    int last = strides.length - 1;
    for (int axis = last; axis > 2; axis--) {
      if (strides[axis - 1] != strides[axis] * kernel.get(axis - 2)) {
        throw context.refused(
            "the taps of a weight computed at run time must be evenly spaced in memory, not "
                + op.weight().type());
      }
    }
    return new GemmProblem.Weight(
        op.weight(),
        context.constant(op.weight()),
        List.of(channels * strides[0]),
        strides[0],
        strides[last],
        strides[1]);
  }

  /// Strides of a right side; constants are row-major until they are packed.
  private static long[] weightStrides(Value value, LoweringContext context) {
    Layout layout = context.constant(value).isPresent() ? Layout.ROW_MAJOR : value.type().layout();
    return layout.strides(value.shape().extents());
  }

  private static List<Long> batchStrides(TensorType type, long[] own, List<Long> extents) {
    int ownBatch = type.shape().rank() - 2;
    List<Long> strides = new ArrayList<>();
    for (int axis = 0; axis < extents.size(); axis++) {
      int at = axis - (extents.size() - ownBatch);
      strides.add(at < 0 || type.shape().extent(at) == 1 ? 0L : own[at]);
    }
    return strides;
  }

  static List<Long> longs(long[] values, int from) {
    List<Long> list = new ArrayList<>();
    for (int i = from; i < values.length; i++) {
      list.add(values[i]);
    }
    return list;
  }

  /// Three entries, the missing ones before the others.
  static List<Long> lifted(List<Long> values, long filler) {
    List<Long> list = new ArrayList<>(Collections.nCopies(SPATIAL - values.size(), filler));
    list.addAll(values);
    return list;
  }

  private static List<Long> ones() {
    return List.of(1L, 1L, 1L);
  }
}
