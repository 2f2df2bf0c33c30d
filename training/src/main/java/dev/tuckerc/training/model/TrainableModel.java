package dev.tuckerc.training.model;

import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Softmax;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/// A graph whose weights are tensors of libtorch, so that gradients can be taken through it.
///
/// The graph is that of the import, before batch normalisation is folded into weights. What a
/// method makes of a weight (a product of factors, a mixture of truncations) takes the weight's
/// place for one evaluation; the graph stays.
///
/// Not safe for use by several threads. Results of an evaluation live until the caller's
/// [PointerScope] is closed; parameters until this model is.
public final class TrainableModel implements AutoCloseable {
  /// How batch normalisation is computed.
  public enum Mode {
    /// With the statistics of the batch, which the running ones follow.
    TRAINING,
    /// With the running statistics, as at inference.
    INFERENCE
  }

  private final Graph graph;
  private final List<Parameter> parameters;
  private final Map<Value, Tensor> constants = new IdentityHashMap<>();
  private final Map<Value, Node> producers = new IdentityHashMap<>();
  private Optional<SynchronizedNormalization> synchronization = Optional.empty();

  private TrainableModel(Graph graph) {
    this.graph = graph;
    graph.nodes().forEach(node -> producers.put(node.result(), node));
    Map<Value, Parameter.Role> roles = Roles.of(graph);
    List<Parameter> found = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Node node : graph.nodes()) {
      if (!(node.op() instanceof Constant(String label, dev.tuckerc.tensor.Tensor data))
          || data.type() != DataType.F32) {
        continue;
      }
      Tensor tensor = lasting(data);
      constants.put(node.result(), tensor);
      Parameter.Role role = roles.get(node.result());
      if (role != null) {
        String base = label.isEmpty() ? node.result().name() : label;
        String name = base;
        for (int i = 1; !names.add(name); i++) {
          name = base + "#" + i;
        }
        Parameter parameter = new Parameter(name, node.result(), role, tensor);
        tensor.requires_grad_(parameter.isTrained());
        found.add(parameter);
      }
    }
    this.parameters = List.copyOf(found);
  }

  /// A tensor that no scope of the caller frees.
  private static Tensor lasting(dev.tuckerc.tensor.Tensor data) {
    try (PointerScope _ = new PointerScope()) {
      return HostTensors.toTorch(data).retainReference();
    }
  }

  /// The model of a graph.
  ///
  /// @throws UntrainableModelException when nodes cannot be trained; it lists all of them
  public static TrainableModel of(Graph graph) {
    List<String> problems = new ArrayList<>();
    for (Node node : graph.nodes()) {
      Operations.obstacle(node)
          .ifPresent(problem ->
              problems.add(
                  (node.location().origins().isEmpty()
                          ? node.op().name()
                          : node.location().toString())
                      + ": "
                      + problem));
    }
    if (!problems.isEmpty()) {
      throw new UntrainableModelException(problems);
    }
    return new TrainableModel(graph);
  }

  /// The constants that are weights, biases, normalisations or statistics, in the graph's order.
  public List<Parameter> parameters() {
    return parameters;
  }

  /// The parameters that an optimizer changes.
  public List<Parameter> trained() {
    return parameters.stream().filter(Parameter::isTrained).toList();
  }

  /// The present tensor of a constant.
  public Tensor constant(Value value) {
    return Objects.requireNonNull(constants.get(value), () -> value + " is no constant");
  }

  /// Evaluates the whole graph.
  ///
  /// @param inputs one for each input of the graph, in its order
  /// @param replaced tensors that take the place of constants, or of any other value
  /// @return the values of the graph's outputs, in its order
  public List<Tensor> run(List<Tensor> inputs, Mode mode, Map<Value, Tensor> replaced) {
    return evaluate(inputs, mode, replaced, graph.outputs().stream().map(o -> o.value()).toList());
  }

  /// Evaluates as far as some values.
  ///
  /// @param wanted values of the graph
  /// @return theirs, in this order
  public List<Tensor> evaluate(
      List<Tensor> inputs, Mode mode, Map<Value, Tensor> replaced, List<Value> wanted) {
    return evaluate(inputs, mode, Products.FP32, replaced, wanted);
  }

  /// Evaluates as far as some values.
  ///
  /// @param products in what to multiply
  /// @param wanted values of the graph
  /// @return theirs, in this order, in float32
  public List<Tensor> evaluate(
      List<Tensor> inputs,
      Mode mode,
      Products products,
      Map<Value, Tensor> replaced,
      List<Value> wanted) {
    Map<Value, Tensor> values = new IdentityHashMap<>(constants);
    for (int i = 0; i < inputs.size(); i++) {
      values.put(graph.inputs().get(i), inputs.get(i));
    }
    values.putAll(replaced);
    Set<Value> left = Collections.newSetFromMap(new IdentityHashMap<>());
    left.addAll(wanted);
    left.removeAll(values.keySet());
    for (Node node : graph.nodes()) {
      if (left.isEmpty()) {
        break;
      }
      if (node.op() instanceof Constant || replaced.containsKey(node.result())) {
        continue;
      }
      List<Tensor> operands =
          node.op().operands().stream()
              .map(v -> Objects.requireNonNull(values.get(v), () -> v + " has no value yet"))
              .toList();
      values.put(node.result(), apply(node.op(), operands, mode, products));
      left.remove(node.result());
    }
    return wanted.stream()
        .map(v -> products.result(Objects.requireNonNull(values.get(v))))
        .toList();
  }

  private Tensor apply(Op op, List<Tensor> operands, Mode mode, Products products) {
    return mode == Mode.TRAINING
            && op instanceof BatchNormalization normalization
            && synchronization.isPresent()
        ? synchronization
            .get()
            .apply(normalization, operands.stream().map(products::result).toList())
        : Operations.apply(op, operands, mode == Mode.TRAINING, products);
  }

  /// From now on batch normalisation takes the statistics of all processes that train together,
  /// each with as many samples.
  ///
  /// @param processes how many there are
  /// @param average replaces tensors by their mean over the processes
  public void synchronizeStatistics(int processes, Consumer<List<Tensor>> average) {
    synchronization = Optional.of(new SynchronizedNormalization(processes, average));
  }

  /// To be called after gradients were taken.
  ///
  /// @throws RuntimeException that ended an average of statistics' gradients
  public void requireSynchronized() {
    synchronization.ifPresent(SynchronizedNormalization::requireWhole);
  }

  /// The value that scores classes before a final softmax: unnormalised log-probabilities, or where
  /// the first output is no softmax that output.
  public Value scores() {
    Value value = graph.outputs().getFirst().value();
    Node producer = producers.get(value);
    return producer != null && producer.op() instanceof Softmax softmax ? softmax.input() : value;
  }

  /// The graph as it was given, with the weights it had.
  public Graph source() {
    return graph;
  }

  /// The graph with the present parameters.
  public Graph graph() {
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      Tensor present = constants.get(node.result());
      Op op =
          node.op() instanceof Constant constant && present != null
              ? new Constant(constant.label(), HostTensors.toHost(present))
              : node.op();
      nodes.add(op == node.op() ? node : new Node(op, node.results(), node.location()));
    }
    return new Graph(graph.name(), graph.inputs(), nodes, graph.outputs());
  }

  @Override
  public void close() {
    constants.values().forEach(Tensor::close);
  }
}
