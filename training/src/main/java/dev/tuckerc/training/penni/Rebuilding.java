package dev.tuckerc.training.penni;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.rewrite.Rewriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// Writes a graph anew with the channels that are left, and its factored filters as a depthwise
/// convolution with the basis, the same for every channel, and a 1x1 convolution with the
/// coefficients.
final class Rebuilding {
  private final Graph graph;
  private final Map<Node, Filter> filters;
  private final ChannelGroups groups;
  private final Map<Value, int[]> kept;
  private final Map<Value, Value> values = new IdentityHashMap<>();
  private final Map<Value, String> labels = new IdentityHashMap<>();
  private final Set<String> used = new HashSet<>();
  private final List<Node> nodes = new ArrayList<>();

  /// @param kept the channels that are left of a group, by its root; a group that is not named has
  ///   all
  Rebuilding(Graph graph, Map<Node, Filter> filters, ChannelGroups groups, Map<Value, int[]> kept) {
    this.graph = graph;
    this.filters = filters;
    this.groups = groups;
    this.kept = kept;
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Constant constant) {
        labels.put(node.result(), constant.label());
        used.add(constant.label());
      }
    }
  }

  Graph run() {
    graph.inputs().forEach(input -> values.put(input, input));
    for (Node node : graph.nodes()) {
      Filter filter = filters.get(node);
      if (node.op() instanceof Constant constant) {
        constant(node, constant);
      } else if (filter == null) {
        plain(node);
      } else {
        switch (node.op()) {
          case Convolution convolution -> convolution(filter, convolution);
          case MatMul product -> product(filter, product);
          case Op op -> throw new IllegalStateException(op.name() + " is no filter");
        }
      }
    }
    List<Graph.Output> outputs =
        graph.outputs().stream()
            .map(output -> new Graph.Output(output.name(), now(output.value())))
            .toList();
    return Rewriter.removeDeadNodes(new Graph(graph.name(), graph.inputs(), nodes, outputs));
  }

  private Value now(Value value) {
    return Objects.requireNonNull(values.get(value));
  }

  /// The channels of a value that are left.
  private int[] channels(Value value, int all) {
    int[] left = kept.get(groups.root(value));
    return left == null ? IntStream.range(0, all).toArray() : left;
  }

  private void constant(Node node, Constant constant) {
    ChannelGroups.PerChannel use = groups.perChannel().get(node.result());
    int[] left = use == null ? null : kept.get(groups.root(use.of()));
    if (use == null || left == null || left.length == constant.tensor().size()) {
      nodes.add(node);
      values.put(node.result(), node.result());
      return;
    }
    double[] some = IntStream.of(left).mapToDouble(constant.tensor()::getDouble).toArray();
    List<Long> shape = new ArrayList<>(constant.tensor().shape());
    shape.set(use.axis(), (long) left.length);
    Tensor sliced = Tensor.ofDoubles(shape, some).convert(constant.tensor().type());
    Node made =
        Node.of(new Constant(constant.label(), sliced), node.result().name(), node.location());
    nodes.add(made);
    values.put(node.result(), made.result());
  }

  private void plain(Node node) {
    List<Value> operands = node.op().operands().stream().map(this::now).toList();
    Op op =
        node.op() instanceof Reshape reshape
            ? new Reshape(
                operands.getFirst(),
                kept.containsKey(groups.root(node.result()))
                    ? reshape.shape().with(1, operands.getFirst().shape().dim(1))
                    : reshape.shape())
            : node.op().withOperands(operands);
    List<Value> results = new ArrayList<>();
    for (int i = 0; i < node.results().size(); i++) {
      Value result = node.results().get(i);
      TensorType type = op.resultTypes().get(i).withLayout(result.type().layout());
      Value made = new Value(result.name(), type);
      results.add(made);
      values.put(result, made);
    }
    nodes.add(new Node(op, results, node.location()));
  }

  private void convolution(Filter filter, Convolution old) {
    Node node = filter.node();
    SharedBasis whole = filter.weight();
    int[] outputs = channels(node.result(), whole.outputs());
    int[] inputs = channels(filter.input(), whole.inputs());
    SharedBasis weight = whole.sliced(outputs, inputs);
    String base = labels.getOrDefault(old.weight(), node.result().name());
    Optional<Value> bias = bias(filter, old, outputs);
    List<Long> kernel = old.window().kernel();
    Value input = now(old.input());
    if (filter.isFactored()) {
      double[] repeated = new double[weight.inputs() * weight.basis().length];
      for (int channel = 0; channel < weight.inputs(); channel++) {
        System.arraycopy(
            weight.basis(), 0, repeated, channel * weight.basis().length, weight.basis().length);
      }
      Value basis =
          constant(
              node,
              base + ".basis",
              shape(weight.inputs() * weight.kernels(), 1, kernel),
              repeated);
      Convolution filtered =
          new Convolution(
              input, basis, Optional.empty(), old.window(), weight.inputs(), Epilogue.NONE);
      Node first = Node.of(filtered, node.result().name() + ".basis", node.location());
      nodes.add(first);
      List<Long> ones = Collections.nCopies(kernel.size(), 1L);
      Value coefficients =
          constant(
              node,
              base + ".coefficients",
              shape(weight.outputs(), weight.inputs() * weight.kernels(), ones),
              weight.coefficients());
      emit(
          node,
          new Convolution(first.result(), coefficients, bias, Window.of(ones), 1, Epilogue.NONE));
    } else {
      Value dense =
          constant(node, base, shape(weight.outputs(), weight.inputs(), kernel), weight.weight());
      emit(node, new Convolution(input, dense, bias, old.window(), 1, Epilogue.NONE));
    }
  }

  private Optional<Value> bias(Filter filter, Convolution old, int[] outputs) {
    double[] some = IntStream.of(outputs).mapToDouble(o -> filter.bias()[o]).toArray();
    boolean zero = IntStream.of(outputs).allMatch(o -> filter.bias()[o] == 0);
    if (old.bias().isEmpty() && zero) {
      return Optional.empty();
    }
    String label =
        old.bias()
            .map(b -> Objects.requireNonNull(labels.get(b)))
            .orElseGet(
                () -> labels.getOrDefault(old.weight(), filter.node().result().name()) + ".bias");
    return Optional.of(constant(filter.node(), label, List.of((long) some.length), some));
  }

  private void product(Filter filter, MatMul old) {
    int[] inputs = channels(filter.input(), filter.weight().inputs());
    int outputs = filter.weight().outputs();
    double[] matrix = new double[inputs.length * outputs];
    double[] weight = filter.weight().weight();
    for (int i = 0; i < inputs.length; i++) {
      for (int o = 0; o < outputs; o++) {
        matrix[i * outputs + o] = weight[o * filter.weight().inputs() + inputs[i]];
      }
    }
    Node node = filter.node();
    String base = labels.getOrDefault(old.b(), node.result().name());
    Value b = constant(node, base, List.of((long) inputs.length, (long) outputs), matrix);
    MatMul product = new MatMul(now(old.a()), b, Epilogue.NONE);
    if (IntStream.range(0, outputs).allMatch(o -> filter.bias()[o] == 0)) {
      emit(node, product);
      return;
    }
    Node first = Node.of(product, node.result().name() + ".product", node.location());
    nodes.add(first);
    Value bias = constant(node, base + ".bias", List.of((long) outputs), filter.bias());
    ScalarExpression sum =
        new ScalarExpression.Binary(
            BinaryFunction.ADD, new ScalarExpression.Operand(0), new ScalarExpression.Operand(1));
    emit(node, new Pointwise(List.of(first.result(), bias), sum));
  }

  private void emit(Node node, Op op) {
    Node made = Node.of(op, node.result().name(), node.location());
    nodes.add(made);
    values.put(node.result(), made.result());
  }

  private Value constant(Node node, String wished, List<Long> shape, double[] numbers) {
    String label = wished;
    if (!labels.containsValue(wished)) {
      for (int i = 2; !used.add(label); i++) {
        label = wished + "." + i;
      }
    }
    Tensor tensor = Tensor.ofDoubles(shape, numbers).convert(DataType.F32);
    Node made = Node.of(new Constant(label, tensor), label, node.location());
    nodes.add(made);
    return made.result();
  }

  private static List<Long> shape(long outputs, long inputs, List<Long> kernel) {
    List<Long> shape = new ArrayList<>(List.of(outputs, inputs));
    shape.addAll(kernel);
    return shape;
  }
}
