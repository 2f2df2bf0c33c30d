package dev.tuckerc.onnx.operators;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import dev.tuckerc.ir.Broadcast;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.content.Contents;
import dev.tuckerc.onnx.content.FoldingGraphBuilder;
import dev.tuckerc.onnx.content.Scalar;
import dev.tuckerc.onnx.model.NodeAttributes;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.LongStream;

/// The node being imported: its operands, attributes, and what can be emitted for it.
public final class OperatorContext {
  private final NodeProto node;
  private final long opset;
  private final List<Optional<Value>> inputs;
  private final NodeAttributes attributes;
  private final FoldingGraphBuilder builder;
  private final Function<GraphProto, List<Value>> subgraphs;

  /// @param inputs one entry per input of the node; empty where it is left out
  /// @param subgraphs imports a graph attribute in place and gives its outputs
  public OperatorContext(
      NodeProto node,
      long opset,
      List<Optional<Value>> inputs,
      NodeAttributes attributes,
      FoldingGraphBuilder builder,
      Function<GraphProto, List<Value>> subgraphs) {
    this.node = node;
    this.opset = opset;
    this.inputs = List.copyOf(inputs);
    this.attributes = attributes;
    this.builder = builder;
    this.subgraphs = subgraphs;
  }

  long opset() {
    return opset;
  }

  NodeAttributes attributes() {
    return attributes;
  }

  /// Number of inputs given, those left out in the middle included.
  int inputCount() {
    return inputs.size();
  }

  /// Whether an output is used.
  boolean wantsOutput(int index) {
    return index < node.getOutputCount() && !node.getOutput(index).isEmpty();
  }

  int outputCount() {
    return node.getOutputCount();
  }

  /// A required operand.
  Value input(int index) {
    return optional(index).orElseThrow(() -> new IrException("input " + index + " is missing"));
  }

  /// A required operand of floating-point type.
  Value floatInput(int index) {
    Value value = input(index);
    if (!value.type().elementType().isFloat()) {
      throw new IrException(
          "input " + index + " is " + value.type() + ", expected floating-point numbers");
    }
    return value;
  }

  Optional<Value> optional(int index) {
    return index < inputs.size() ? inputs.get(index) : Optional.empty();
  }

  /// All operands; none may be left out.
  List<Value> inputs() {
    List<Value> all = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      all.add(input(i));
    }
    return all;
  }

  /// Imports the graph held by an attribute and gives its outputs.
  List<Value> subgraph(String attribute) {
    return subgraphs.apply(
        attributes
            .graph(attribute)
            .orElseThrow(() -> new IrException("attribute '" + attribute + "' is missing")));
  }

  static UnsupportedNodeException unsupported(String reason) {
    return new UnsupportedNodeException(reason);
  }

  // Operands that are needed at compile time.

  /// Contents of an operand, symbolic extents included.
  ///
  /// @param what the operand, for messages
  Contents contents(int index, String what) {
    return builder
        .use(input(index))
        .orElseThrow(() ->
            unsupported(
                what + " is computed at run time; it must be known when the model is compiled"));
  }

  /// The data of a value that is constant.
  Optional<Tensor> tensor(Value value) {
    return builder.tensor(value);
  }

  /// Contents of a value that may be unknown.
  Optional<Contents> contentsIfKnown(Value value) {
    return builder.use(value);
  }

  /// The integers of an operand.
  List<Long> integers(int index, String what) {
    return contents(index, what).elements().stream().map(s -> integer(s, what)).toList();
  }

  /// The integers of an operand, if it is given.
  Optional<List<Long>> optionalIntegers(int index, String what) {
    return optional(index).map(_ -> integers(index, what));
  }

  /// The numbers of an operand.
  List<Double> reals(int index, String what) {
    return contents(index, what).elements().stream().map(s -> real(s, what)).toList();
  }

  /// The extents of an operand: -1 and other negative numbers are refused.
  Shape extents(int index, String what) {
    return new Shape(
        contents(index, what).elements().stream()
            .map(s ->
                s instanceof Scalar.Extent(Dim.Symbolic dim) ? (Dim) dim : Dim.of(integer(s, what)))
            .toList());
  }

  static long integer(Scalar scalar, String what) {
    return switch (scalar) {
      case Scalar.Int(long value) -> value;
      case Scalar.Real(double value) ->
          throw new IrException(what + " holds " + value + ", expected integers");
      case Scalar.Extent(Dim.Symbolic dim) ->
          throw unsupported(
              what + " depends on the symbolic extent '" + dim + "'; bind it with --shape");
    };
  }

  private static double real(Scalar scalar, String what) {
    return scalar instanceof Scalar.Real(double value) ? value : integer(scalar, what);
  }

  // What can be emitted.

  Value emit(Op op) {
    return builder.emit(op);
  }

  Value compileTimeOnly(Contents contents) {
    return builder.compileTimeOnly(contents);
  }

  Value constant(Tensor tensor) {
    return builder.constant(node.getOutputCount() > 0 ? node.getOutput(0) : "", tensor);
  }

  /// A scalar constant.
  Value scalar(DataType type, double value) {
    return constant(Tensor.scalar(type, value));
  }

  Value longs(List<Long> shape, long... values) {
    return constant(Tensor.ofLongs(shape, values));
  }

  Value filled(Tensor scalar, Shape shape) {
    return builder.filled(scalar, shape);
  }

  /// `0, 1, ..., extent-1` along one axis of a shape of this rank, extent 1 elsewhere.
  Value iota(long extent, int axis, int rank) {
    FoldingGraphBuilder.check(Shape.of(extent));
    List<Long> shape = new ArrayList<>(Collections.nCopies(rank, 1L));
    shape.set(axis, extent);
    return longs(shape, LongStream.range(0, extent).toArray());
  }

  Value pointwise(ScalarExpression body, Value... operands) {
    return emit(new Pointwise(List.of(operands), body));
  }

  /// The value in another element type.
  Value convert(Value value, DataType type) {
    return value.type().elementType() == type
        ? value
        : pointwise(new ScalarExpression.Convert(type, new ScalarExpression.Operand(0)), value);
  }

  Value reshape(Value value, Shape shape) {
    return value.shape().equals(shape) ? value : emit(new Reshape(value, shape));
  }

  Value reshape(Value value, Dim... dims) {
    return reshape(value, new Shape(List.of(dims)));
  }

  Value transpose(Value value, List<Long> permutation) {
    boolean identity = permutation.equals(LongStream.range(0, permutation.size()).boxed().toList());
    return identity && permutation.size() == value.shape().rank()
        ? value
        : emit(new Transpose(value, permutation));
  }

  /// The value with its last two axes exchanged.
  Value transposeLast(Value value) {
    int rank = value.shape().rank();
    List<Long> permutation = new ArrayList<>(LongStream.range(0, rank).boxed().toList());
    Collections.swap(permutation, rank - 1, rank - 2);
    return transpose(value, permutation);
  }

  Value broadcast(Value value, Shape shape) {
    return value.shape().equals(shape) ? value : emit(new Broadcast(value, shape));
  }

  Value matMul(Value a, Value b) {
    return emit(new MatMul(a, b, Epilogue.NONE));
  }

  Value reduce(Reduce.Kind kind, Value value, List<Long> axes, boolean keepDims) {
    return axes.isEmpty() ? value : emit(new Reduce(kind, value, axes, keepDims));
  }

  /// `size` elements from `start` along one axis.
  Value slice(Value value, int axis, long start, Dim size) {
    int rank = value.shape().rank();
    List<Long> starts = new ArrayList<>(Collections.nCopies(rank, 0L));
    starts.set(axis, start);
    return emit(
        new Slice(value, starts, value.shape().with(axis, size), Collections.nCopies(rank, 1L)));
  }

  /// Axes `first` to the last.
  static List<Long> axesFrom(int first, int rank) {
    return LongStream.range(first, rank).boxed().toList();
  }
}
