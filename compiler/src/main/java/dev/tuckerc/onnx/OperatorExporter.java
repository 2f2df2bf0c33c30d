package dev.tuckerc.onnx;

import static dev.tuckerc.onnx.GraphWriter.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import dev.tuckerc.ir.ArgReduce;
import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.Broadcast;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.CumulativeSum;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Gather;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.LocalResponseNormalization;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Resize;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.Softmax;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Writes one IR operation as ONNX nodes.
final class OperatorExporter {
  private final GraphWriter writer;
  private final long opset;

  OperatorExporter(GraphWriter writer, long opset) {
    this.writer = writer;
    this.opset = opset;
  }

  /// The lowest operator set from 17 on that can express a graph.
  static long opsetFor(Graph graph) {
    return graph.nodes().stream().mapToLong(node -> opsetFor(node.op())).max().orElse(17);
  }

  private static long opsetFor(Op op) {
    return switch (op) {
      case Pad pad when pad.mode() == Pad.Mode.WRAP -> 19;
      case Resize resize when resize.coordinates() == Resize.Coordinates.HALF_PIXEL_SYMMETRIC -> 19;
      case Pool pool
          when pool.kind() == Pool.Kind.AVERAGE
              && pool.window().dilation().stream().anyMatch(d -> d != 1) ->
          19;
      case Pointwise pointwise -> ExpressionExporter.opset(pointwise.body());
      case Convolution convolution -> ExpressionExporter.opset(convolution.epilogue().body());
      case MatMul matMul -> ExpressionExporter.opset(matMul.epilogue().body());
      default -> 17;
    };
  }

  /// Writes a node.
  ///
  /// @throws IrException when ONNX has no form for it
  void export(Node node) {
    Value result = node.result();
    writer.enter(node.location().name());
    switch (node.op()) {
      case ArgReduce op ->
          simple(
              op.kind() == ArgReduce.Kind.MAXIMUM ? "ArgMax" : "ArgMin",
              op,
              result,
              attribute("axis", op.axis()),
              attribute("keepdims", op.keepDims()),
              attribute("select_last_index", op.last()));
      case BatchNormalization op ->
          simple("BatchNormalization", op, result, attribute("epsilon", op.epsilon()));
      case Broadcast op ->
          write("Expand", List.of(op.input()), result, List.of(expanded(op.input(), op.shape())));
      case Concat op -> simple("Concat", op, result, attribute("axis", op.axis()));
      case Constant op -> writer.weights(result, op.tensor());
      case Convolution op -> convolution(op, result);
      case ConvolutionTranspose op -> transposedConvolution(op, result);
      case CumulativeSum op ->
          write(
              "CumSum",
              List.of(op.input()),
              result,
              List.of(writer.constant("axis", Tensor.ofLongs(List.of(), op.axis()))),
              attribute("exclusive", op.exclusive()),
              attribute("reverse", op.reverse()));
      case Gather op -> simple("Gather", op, result, attribute("axis", op.axis()));
      case LocalResponseNormalization op ->
          simple(
              "LRN",
              op,
              result,
              attribute("size", op.size()),
              attribute("alpha", op.alpha()),
              attribute("beta", op.beta()),
              attribute("bias", op.bias()));
      case MatMul op ->
          epilogue("MatMul", List.of(op.a(), op.b()), op.epilogue(), product(op), result);
      case Pad op -> pad(op, result);
      case Pointwise op -> pointwise(op, result);
      case Pool op -> pool(op, result);
      case Reduce op -> reduce(op, result);
      case Relayout op -> {
        if (!writer.alias(result, op.input())) {
          simple("Identity", op, result);
        }
      }
      case Reshape op -> reshape(op, result);
      case Resize op -> resize(op, result);
      case Slice op -> slice(op, result);
      case Softmax op ->
          simple(
              op.logarithm() ? "LogSoftmax" : "Softmax", op, result, attribute("axis", op.axis()));
      case Transpose op -> simple("Transpose", op, result, attribute("perm", op.permutation()));
    }
  }

  private void simple(String type, Op op, Value result, AttributeProto... attributes) {
    write(type, op.operands(), result, List.of(), attributes);
  }

  private void write(
      String type,
      List<Value> operands,
      Value result,
      List<String> more,
      AttributeProto... attributes) {
    List<String> inputs = new ArrayList<>(operands.stream().map(writer::name).toList());
    inputs.addAll(more);
    writer.node(type, inputs, writer.name(result), attributes);
  }

  /// Writes a node, then the epilogue on its result.
  private void epilogue(
      String type,
      List<Value> operands,
      Epilogue epilogue,
      DataType product,
      Value result,
      AttributeProto... attributes) {
    if (epilogue.isIdentity()) {
      write(type, operands, result, List.of(), attributes);
      return;
    }
    String raw = writer.fresh(writer.name(result) + "_raw");
    writer.node(type, operands.stream().map(writer::name).toList(), raw, attributes);
    List<String> names = new ArrayList<>(List.of(raw));
    List<DataType> types = new ArrayList<>(List.of(product));
    for (Value operand : epilogue.operands()) {
      names.add(writer.name(operand));
      types.add(operand.type().elementType());
    }
    new ExpressionExporter(writer, names, types, writer.name(result))
        .write(epilogue.body(), writer.name(result));
  }

  private static DataType product(MatMul op) {
    return op.a().type().elementType();
  }

  private void pointwise(Pointwise op, Value result) {
    List<DataType> types = op.operands().stream().map(v -> v.type().elementType()).toList();
    String name = writer.name(result);
    Shape reached = reached(op.body(), op.operands());
    boolean widened = !reached.equals(result.shape());
    String target = widened ? writer.fresh(name + "_narrow") : name;
    new ExpressionExporter(writer, op.operands().stream().map(writer::name).toList(), types, name)
        .write(op.body(), target);
    if (widened) {
      // The expression does not use every operand, but all of them make the shape.
      writer.node("Expand", List.of(target, shape(result.shape())), name);
    }
  }

  /// Shape of the operands that an expression uses.
  private static Shape reached(ScalarExpression body, List<Value> operands) {
    Shape[] shape = {Shape.of()};
    body.substitute(index -> {
      shape[0] = Shape.broadcast(shape[0], operands.get(index).shape());
      return new ScalarExpression.Operand(index);
    });
    return shape[0];
  }

  private static AttributeProto[] window(Window window, AttributeProto... more) {
    List<Long> pads = new ArrayList<>(window.padBefore());
    pads.addAll(window.padAfter());
    List<AttributeProto> attributes =
        new ArrayList<>(
            List.of(
                attribute("kernel_shape", window.kernel()),
                attribute("strides", window.stride()),
                attribute("pads", pads)));
    if (window.dilation().stream().anyMatch(d -> d != 1)) {
      attributes.add(attribute("dilations", window.dilation()));
    }
    attributes.addAll(List.of(more));
    return attributes.toArray(AttributeProto[]::new);
  }

  private void convolution(Convolution op, Value result) {
    List<Value> operands = new ArrayList<>(List.of(op.input(), op.weight()));
    op.bias().ifPresent(operands::add);
    epilogue(
        "Conv",
        operands,
        op.epilogue(),
        op.input().type().elementType(),
        result,
        window(op.window(), attribute("group", op.groups())));
  }

  private void transposedConvolution(ConvolutionTranspose op, Value result) {
    simple(
        "ConvTranspose",
        op,
        result,
        window(
            op.window(),
            attribute("group", op.groups()),
            attribute("output_padding", op.outputPadding())));
  }

  private void pool(Pool op, Value result) {
    if (op.kind() == Pool.Kind.MAXIMUM) {
      simple("MaxPool", op, result, window(op.window(), attribute("ceil_mode", op.ceil())));
    } else {
      simple(
          "AveragePool",
          op,
          result,
          window(
              op.window(),
              attribute("ceil_mode", op.ceil()),
              attribute("count_include_pad", op.countPadding())));
    }
  }

  private void pad(Pad op, Value result) {
    List<Long> pads = new ArrayList<>(op.before());
    pads.addAll(op.after());
    List<String> more = new ArrayList<>(List.of(writer.longs("pads", pads)));
    if (op.mode() == Pad.Mode.CONSTANT) {
      more.add(
          writer.constant("value", Tensor.scalar(op.input().type().elementType(), op.value())));
    }
    String mode = op.mode().name().toLowerCase(Locale.ROOT);
    write("Pad", List.of(op.input()), result, more, attribute("mode", mode));
  }

  private void reduce(Reduce op, Value result) {
    String type =
        switch (op.kind()) {
          case SUM -> "ReduceSum";
          case MEAN -> "ReduceMean";
          case MAXIMUM -> "ReduceMax";
          case MINIMUM -> "ReduceMin";
          case PRODUCT -> "ReduceProd";
        };
    AttributeProto keep = attribute("keepdims", op.keepDims());
    if (op.axes().isEmpty()) {
      simple("Identity", op, result);
    } else if (op.kind() == Reduce.Kind.SUM || opset >= 18) {
      write(type, List.of(op.input()), result, List.of(writer.longs("axes", op.axes())), keep);
    } else {
      simple(type, op, result, attribute("axes", op.axes()), keep);
    }
  }

  private void reshape(Reshape op, Value result) {
    boolean hasZero = op.shape().dims().contains(Dim.of(0));
    List<AttributeProto> attributes = hasZero ? List.of(attribute("allowzero", true)) : List.of();
    write(
        "Reshape",
        List.of(op.input()),
        result,
        List.of(shape(op.input(), op.shape())),
        attributes.toArray(AttributeProto[]::new));
  }

  /// A shape as an operand of Expand: 1 keeps the input's own extent.
  private String expanded(Value input, Shape shape) {
    List<Long> entries = new ArrayList<>();
    int lead = shape.rank() - input.shape().rank();
    for (int axis = 0; axis < shape.rank(); axis++) {
      boolean own = axis >= lead && input.shape().dim(axis - lead).equals(shape.dim(axis));
      entries.add(own ? 1L : shape.extent(axis));
    }
    return writer.longs("shape", entries);
  }

  /// A shape as an operand of Reshape: 0 copies an input's extent and -1 infers one.
  private String shape(Value input, Shape shape) {
    if (shape.isStatic()) {
      return shape(shape);
    }
    List<Long> entries = new ArrayList<>();
    boolean inferred = false;
    for (int axis = 0; axis < shape.rank(); axis++) {
      switch (shape.dim(axis)) {
        case Dim.Known(long extent) -> entries.add(extent);
        case Dim.Symbolic symbolic -> {
          boolean same = axis < input.shape().rank() && input.shape().dim(axis).equals(symbolic);
          if (!same && inferred) {
            throw new IrException("shape " + shape + " is symbolic; bind it with --shape");
          }
          inferred |= !same;
          entries.add(same ? 0L : -1L);
        }
      }
    }
    return writer.longs("shape", entries);
  }

  private String shape(Shape shape) {
    return writer.longs("shape", shape.extents());
  }

  private void slice(Slice op, Value result) {
    List<Long> axes = new ArrayList<>();
    List<Long> starts = new ArrayList<>();
    List<Long> ends = new ArrayList<>();
    List<Long> steps = new ArrayList<>();
    for (int axis = 0; axis < op.starts().size(); axis++) {
      Dim input = op.input().shape().dim(axis);
      long start = op.starts().get(axis);
      long step = op.steps().get(axis);
      if (start == 0 && step == 1 && op.sizes().dim(axis).equals(input)) {
        continue;
      }
      axes.add((long) axis);
      starts.add(start);
      steps.add(step);
      ends.add(end(input, start, op.sizes().dim(axis), step));
    }
    List<String> more =
        List.of(
            writer.longs("starts", starts),
            writer.longs("ends", ends),
            writer.longs("axes", axes),
            writer.longs("steps", steps));
    write("Slice", List.of(op.input()), result, more);
  }

  private static long end(Dim input, long start, Dim size, long step) {
    return switch (size) {
      case Dim.Known(long count) when count == 0 -> start;
      case Dim.Known(long count) -> {
        long end = start + count * step;
        // A negative end would count from the back.
        yield end < 0 ? Long.MIN_VALUE + 1 : end;
      }
      case Dim.Symbolic symbolic -> {
        if (step == 1 && symbolic.equals(input.plus(-start))) {
          yield Long.MAX_VALUE;
        }
        throw new IrException("a slice of symbolic size " + symbolic + "; bind it with --shape");
      }
    };
  }

  private void resize(Resize op, Value result) {
    Shape in = op.input().shape();
    List<AttributeProto> attributes =
        new ArrayList<>(
            List.of(
                attribute("mode", op.mode().name().toLowerCase(Locale.ROOT)),
                attribute(
                    "coordinate_transformation_mode",
                    op.coordinates().name().toLowerCase(Locale.ROOT)),
                attribute("nearest_mode", op.nearest().name().toLowerCase(Locale.ROOT)),
                attribute("cubic_coeff_a", op.cubicCoefficient()),
                attribute("exclude_outside", op.excludeOutside())));
    Optional<String> sizes = sizes(op, in);
    List<String> more =
        sizes.isPresent() ? List.of("", "", sizes.get()) : List.of("", scales(op, in));
    write("Resize", List.of(op.input()), result, more, attributes.toArray(AttributeProto[]::new));
  }

  /// The output extents, where they say the scales too.
  private Optional<String> sizes(Resize op, Shape in) {
    if (!in.isStatic() || !op.shape().isStatic()) {
      return Optional.empty();
    }
    for (int axis = 0; axis < in.rank(); axis++) {
      double quotient = (double) op.shape().extent(axis) / in.extent(axis);
      if (Math.abs(quotient - op.scales().get(axis)) > 1e-9 * quotient) {
        return Optional.empty();
      }
    }
    return Optional.of(shape(op.shape()));
  }

  private String scales(Resize op, Shape in) {
    Tensor scales = Tensor.zeros(DataType.F32, List.of((long) in.rank()));
    for (int axis = 0; axis < in.rank(); axis++) {
      scales.setDouble(axis, op.scales().get(axis));
      if (in.dim(axis).isKnown()
          && op.shape().extent(axis)
              != (long) Math.floor(in.extent(axis) * scales.getDouble(axis))) {
        throw new IrException("scales " + op.scales() + " do not give shape " + op.shape());
      }
    }
    return writer.constant("scales", scales);
  }
}
