package dev.tuckerc.onnx.exporter;

import static dev.tuckerc.onnx.exporter.GraphWriter.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import dev.tuckerc.ir.ArgPool;
import dev.tuckerc.ir.ArgReduce;
import dev.tuckerc.ir.BasisConvolution;
import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.Broadcast;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.CumulativeSum;
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
import dev.tuckerc.ir.Recurrence;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Resize;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Scatter;
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

/// Writes one IR operation as ONNX nodes.
public final class OperatorExporter {
  private final GraphWriter writer;
  private final long opset;
  private final MovementExporter movements;

  OperatorExporter(GraphWriter writer, long opset) {
    this.writer = writer;
    this.opset = opset;
    this.movements = new MovementExporter(writer);
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
      case Resize resize when resize.antialias() -> 18;
      case Scatter scatter
          when scatter.combination() == Scatter.Combination.MAXIMUM
              || scatter.combination() == Scatter.Combination.MINIMUM ->
          18;
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
      case ArgPool op -> argPool(op, result);
      case ArgReduce op ->
          simple(
              op.kind() == ArgReduce.Kind.MAXIMUM ? "ArgMax" : "ArgMin",
              op,
              result,
              attribute("axis", op.axis()),
              attribute("keepdims", op.keepDims()),
              attribute("select_last_index", op.last()));
      case BasisConvolution _ ->
          throw new IrException(
              "a shared basis has no form in ONNX; export the graph it was found in");
      case BatchNormalization op ->
          simple("BatchNormalization", op, result, attribute("epsilon", op.epsilon()));
      case Broadcast op -> movements.broadcast(op, result);
      case Concat op -> simple("Concat", op, result, attribute("axis", op.axis()));
      case Constant op -> writer.weights(result, op.tensor());
      case Convolution op -> convolution(op, result);
      case ConvolutionTranspose op -> transposedConvolution(op, result);
      case CumulativeSum op ->
          writer.node(
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
      case Pad op -> movements.pad(op, result);
      case Pointwise op -> pointwise(op, result);
      case Pool op -> pool(op, result);
      case Recurrence op -> RecurrenceExporter.export(writer, op, result);
      case Reduce op -> reduce(op, result);
      case Region _ ->
          throw new IrException(
              "a region has no form in ONNX; export the graph it was formed from");
      case Relayout op -> {
        if (!writer.alias(result, op.input())) {
          simple("Identity", op, result);
        }
      }
      case Reshape op -> movements.reshape(op, result);
      case Resize op -> movements.resize(op, result);
      case Scatter op -> movements.scatter(op, result);
      case Slice op -> movements.slice(op, result);
      case Softmax op ->
          simple(
              op.logarithm() ? "LogSoftmax" : "Softmax", op, result, attribute("axis", op.axis()));
      case Transpose op -> simple("Transpose", op, result, attribute("perm", op.permutation()));
    }
  }

  private void simple(String type, Op op, Value result, AttributeProto... attributes) {
    writer.node(type, op.operands(), result, List.of(), attributes);
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
      writer.node(type, operands, result, List.of(), attributes);
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
      writer.node("Expand", List.of(target, writer.longs("shape", result.shape().extents())), name);
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
    if (!op.input().type().elementType().isFloat()) {
      integerConvolution(op, result);
      return;
    }
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

  /// ONNX convolves floating-point numbers and 8-bit integers only; double precision holds the sums
  /// of 32-bit integers up to 2^53.
  private void integerConvolution(Convolution op, Value result) {
    if (!op.epilogue().isIdentity() || op.bias().isPresent()) {
      throw new IrException("a fused convolution of integers has no form in ONNX");
    }
    List<String> wide = new ArrayList<>();
    for (Value operand : op.operands()) {
      String name = writer.fresh(writer.name(operand) + "_wide");
      writer.node(
          "Cast", List.of(writer.name(operand)), name, GraphWriter.type("to", DataType.F64));
      wide.add(name);
    }
    String sum = writer.fresh(writer.name(result) + "_wide");
    writer.node("Conv", wide, sum, window(op.window(), attribute("group", op.groups())));
    writer.node(
        "Cast",
        List.of(sum),
        writer.name(result),
        GraphWriter.type("to", result.type().elementType()));
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

  /// The second output of MaxPool counts through the whole tensor; what counts here is the place in
  /// the plane.
  private void argPool(ArgPool op, Value result) {
    String name = writer.name(result);
    String all = writer.fresh(name + "_all");
    writer.node(
        "MaxPool",
        List.of(writer.name(op.input())),
        List.of(writer.fresh(name + "_maximum"), all),
        window(op.window(), attribute("ceil_mode", op.ceil())));
    List<Long> extents = op.input().shape().extents();
    long plane = extents.subList(2, extents.size()).stream().reduce(1L, Math::multiplyExact);
    String size = writer.constant("plane", Tensor.ofLongs(List.of(), plane));
    writer.node("Mod", List.of(all, size), name);
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
    String name = writer.name(result);
    String input = writer.name(op.input());
    if (op.element() != op.input().type().elementType()) {
      String wide = writer.fresh(name + "_wide");
      writer.node("Cast", List.of(input), wide, GraphWriter.type("to", op.element()));
      input = wide;
    }
    if (op.axes().isEmpty()) {
      writer.node("Identity", List.of(input), name);
    } else if (op.kind() == Reduce.Kind.SUM || opset >= 18) {
      writer.node(type, List.of(input, writer.longs("axes", op.axes())), name, keep);
    } else {
      writer.node(type, List.of(input), name, attribute("axes", op.axes()), keep);
    }
  }
}
