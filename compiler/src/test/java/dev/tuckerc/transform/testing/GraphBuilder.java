package dev.tuckerc.transform.testing;

import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// Builds small graphs, with random constants, for tests.
public final class GraphBuilder {
  private final List<Value> inputs = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final List<Graph.Output> outputs = new ArrayList<>();
  private final Random random;

  public GraphBuilder() {
    this(1);
  }

  public GraphBuilder(long seed) {
    random = new Random(seed);
  }

  public Value input(String name, long... extents) {
    return input(name, DataType.F32, extents);
  }

  public Value input(String name, DataType type, long... extents) {
    inputs.add(new Value(name, TensorType.of(type, extents)));
    return inputs.getLast();
  }

  public Value add(Op op, String name) {
    nodes.add(Node.of(op, name, Location.of(nodes.size(), name, op.name())));
    return nodes.getLast().result();
  }

  public Value constant(String label, Tensor tensor) {
    return add(new Constant(label, tensor), label);
  }

  /// A random constant.
  public Value weight(String label, long... extents) {
    return constant(label, RandomTensors.normal(random, DataType.F32, extents));
  }

  /// A convolution without bias that keeps the spatial extents.
  public Value conv(Value input, long outputs, long kernel, String name) {
    return conv(input, outputs, kernel, 1, kernel / 2, 1, name);
  }

  public Value conv(
      Value input, long outputs, long kernel, long stride, long pad, long groups, String name) {
    int rank = input.shape().rank() - 2;
    List<Long> shape = new ArrayList<>(List.of(outputs, input.shape().extent(1) / groups));
    shape.addAll(Collections.nCopies(rank, kernel));
    Value weight = weight(name + ".weight", shape.stream().mapToLong(n -> n).toArray());
    return add(
        new Convolution(
            input,
            weight,
            Optional.empty(),
            window(rank, kernel, stride, pad),
            groups,
            Epilogue.NONE),
        name);
  }

  /// A square window.
  public static Window window(int rank, long kernel, long stride, long pad) {
    return new Window(
        Collections.nCopies(rank, kernel),
        Collections.nCopies(rank, stride),
        Collections.nCopies(rank, pad),
        Collections.nCopies(rank, pad),
        Collections.nCopies(rank, 1L));
  }

  public Value batchNorm(Value input, String name) {
    long channels = input.shape().extent(1);
    Value scale = weight(name + ".scale", channels);
    Value bias = weight(name + ".bias", channels);
    Value mean = weight(name + ".mean", channels);
    Tensor positive = RandomTensors.uniform(random, DataType.F32, 0.5, 2, channels);
    Value variance = constant(name + ".variance", positive);
    return add(new BatchNormalization(input, scale, bias, mean, variance, 1e-5), name);
  }

  public Value unary(UnaryFunction function, Value operand, String name) {
    return pointwise(new Unary(function, new Operand(0)), name, operand);
  }

  public Value relu(Value operand, String name) {
    return unary(UnaryFunction.RELU, operand, name);
  }

  public Value binary(BinaryFunction function, Value left, Value right, String name) {
    return pointwise(new Binary(function, new Operand(0), new Operand(1)), name, left, right);
  }

  public Value pointwise(ScalarExpression body, String name, Value... operands) {
    return add(new Pointwise(List.of(operands), body), name);
  }

  public void output(String name, Value value) {
    outputs.add(new Graph.Output(name, value));
  }

  public Graph graph() {
    return new Graph("test", inputs, nodes, outputs);
  }

  public Graph graph(Value... results) {
    for (Value result : results) {
      output(result.name(), result);
    }
    return graph();
  }
}
