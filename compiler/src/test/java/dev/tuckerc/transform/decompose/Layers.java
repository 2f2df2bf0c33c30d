package dev.tuckerc.transform.decompose;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.ranks.RankPolicy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// Builds chains of convolutions for the tests.
final class Layers {
  final List<Node> nodes = new ArrayList<>();
  final Value input;
  private final Random random = new Random(42);
  private Value last;

  Layers(long... inputShape) {
    input = new Value("input", TensorType.of(DataType.F32, inputShape));
    last = input;
  }

  Layers(Value input) {
    this.input = input;
    last = input;
  }

  Layers conv(String name, boolean bias, long groups, Window window, long outputs) {
    List<Long> shape = new ArrayList<>(List.of(outputs, last.shape().extent(1) / groups));
    shape.addAll(window.kernel());
    Value weight = constant(name + ".weight", random(random, shape));
    Optional<Value> biasValue =
        bias
            ? Optional.of(constant(name + ".bias", random(random, List.of(outputs))))
            : Optional.empty();
    return add(
        new Convolution(last, weight, biasValue, window, groups, Epilogue.NONE), name, "Conv");
  }

  Layers add(Op op, String name, String operator) {
    Node node = Node.of(op, name, Location.of(nodes.size(), name, operator));
    nodes.add(node);
    last = node.result();
    return this;
  }

  Value last() {
    return last;
  }

  Value constant(String label, Tensor data) {
    Node node = Node.of(new Constant(label, data), label, Location.NONE);
    nodes.add(node);
    return node.result();
  }

  Graph graph() {
    return new Graph("test", List.of(input), nodes, List.of(new Graph.Output("output", last)));
  }

  static Window window(long kernel, long stride, long pad, long dilation) {
    return window(2, kernel, stride, pad, dilation);
  }

  static Window window(int rank, long kernel, long stride, long pad, long dilation) {
    return new Window(
        Collections.nCopies(rank, kernel),
        Collections.nCopies(rank, stride),
        Collections.nCopies(rank, pad),
        Collections.nCopies(rank, pad),
        Collections.nCopies(rank, dilation));
  }

  static Tensor random(Random random, List<Long> shape) {
    Tensor tensor = Tensor.zeros(DataType.F32, shape);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, random.nextGaussian());
    }
    return tensor;
  }

  static PassContext context(RankPolicy policy) {
    return PassContext.of(Precision.FP32).with(RankPolicy.class, policy);
  }

  /// The graph's output on a fixed random input.
  static double[] evaluate(Graph graph) {
    Tensor input = random(new Random(7), graph.inputs().getFirst().shape().extents());
    return Interpreter.run(graph, Map.of("input", input)).get("output").toDoubles();
  }

  static double relativeDistance(double[] a, double[] b) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < a.length; i++) {
      difference += (a[i] - b[i]) * (a[i] - b[i]);
      norm += b[i] * b[i];
    }
    return Math.sqrt(difference / norm);
  }

  static List<Convolution> convolutions(Graph graph) {
    return graph.nodes().stream()
        .map(Node::op)
        .filter(Convolution.class::isInstance)
        .map(Convolution.class::cast)
        .toList();
  }

  /// Weight of a convolution of the graph.
  static Tensor weight(Graph graph, Convolution convolution) {
    return graph.nodes().stream()
        .filter(node -> node.result() == convolution.weight())
        .map(node -> ((Constant) node.op()).tensor())
        .findFirst()
        .orElseThrow();
  }

  static List<Long> extents(long... extents) {
    return Arrays.stream(extents).boxed().toList();
  }

  /// A constant of random elements.
  Value constant(long seed, long... shape) {
    Tensor data = random(new Random(seed), extents(shape));
    nodes.add(Node.of(new Constant("k" + seed, data), "k" + seed, Location.NONE));
    return nodes.getLast().result();
  }
}
