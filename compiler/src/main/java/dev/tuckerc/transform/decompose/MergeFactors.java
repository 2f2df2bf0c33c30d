package dev.tuckerc.transform.decompose;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.linalg.ChannelContraction;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Remark;
import dev.tuckerc.transform.decompose.ConvolutionChain.Segment;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerCost;
import dev.tuckerc.transform.report.DecompositionReport;
import dev.tuckerc.transform.report.LayerReport;
import dev.tuckerc.transform.rewrite.Rewriter;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/// conv1x1(conv(x, A), B) => conv(x, B A) and conv(conv1x1(x, A), B) => conv(x, B A)
///
/// where nothing stands between the two: an exact merge. Of all ways to merge the neighbours of a
/// chain that add neither parameters nor multiply-accumulates the cheapest is taken: by the
/// context's [dev.tuckerc.cost.LayerCostModel] where there is one, with what one kernel can compute
/// of the chain and its neighbours, else by multiply-accumulates. A factor that somebody's tool
/// left square so folds away. What [DecomposeConvolutions] made is left alone: it chose the form.
public final class MergeFactors implements Pass {
  @Override
  public String name() {
    return "merge-factors";
  }

  @Override
  public Graph run(Graph graph, PassContext context) {
    return new Run(graph, context).run();
  }

  /// One run over one graph.
  private final class Run {
    private final Graph graph;
    private final PassContext context;
    private final LayerCost cost;
    private final Map<Value, Tensor> constants = new IdentityHashMap<>();
    private final Map<Value, List<Node>> users = new IdentityHashMap<>();
    private final Map<Value, Integer> uses = new IdentityHashMap<>();

    /// The node of every value, merged ones as they are now.
    private final Map<Value, Node> definitions = new IdentityHashMap<>();

    private final Set<Location> decomposed;
    private final UniqueLabels labels;

    /// Nodes that replace the last node of a merged segment.
    private final Map<Node, List<Node>> replacements = new IdentityHashMap<>();

    /// Nodes that a merge has taken in.
    private final Map<Node, Boolean> removed = new IdentityHashMap<>();

    Run(Graph graph, PassContext context) {
      this.graph = graph;
      this.context = context;
      cost = LayerCost.of(context);
      decomposed =
          context.report(DecompositionReport.class).stream()
              .flatMap(report -> report.layers().stream())
              .filter(layer -> layer.ranks().isPresent())
              .map(LayerReport::location)
              .collect(Collectors.toSet());
      labels = UniqueLabels.of(graph);
      for (Node node : graph.nodes()) {
        if (node.op() instanceof Constant constant) {
          constants.put(node.result(), constant.tensor());
        }
        node.results().forEach(result -> definitions.put(result, node));
        for (Value operand : node.op().operands()) {
          uses.merge(operand, 1, Integer::sum);
          users.computeIfAbsent(operand, _ -> new ArrayList<>()).add(node);
        }
      }
      graph.outputs().forEach(output -> uses.merge(output.value(), 1, Integer::sum));
    }

    Graph run() {
      Map<Node, Boolean> seen = new IdentityHashMap<>();
      for (Node node : graph.nodes()) {
        if (node.op() instanceof Convolution && !seen.containsKey(node)) {
          List<Node> chain = chainFrom(node);
          chain.forEach(member -> seen.put(member, true));
          if (chain.size() > 1) {
            merge(chain);
          }
        }
      }
      return removed.isEmpty() ? graph : rebuild();
    }

    private List<Node> chainFrom(Node first) {
      List<Node> chain = new ArrayList<>(List.of(first));
      for (Optional<Node> next = next(first);
          next.isPresent() && chain.size() < ConvolutionChain.LONGEST;
          next = next(chain.getLast())) {
        chain.add(next.get());
      }
      return chain;
    }

    /// The convolution that reads this one's result, and alone, when the two can be merged.
    private Optional<Node> next(Node node) {
      Convolution first = (Convolution) node.op();
      if (uses.getOrDefault(node.result(), 0) != 1 || !users.containsKey(node.result())) {
        return Optional.empty();
      }
      Node user = users.get(node.result()).getFirst();
      boolean apart = decomposed.contains(node.location()) || decomposed.contains(user.location());
      return !apart
              && user.op() instanceof Convolution second
              && second.input() == node.result()
              && hasData(first)
              && hasData(second)
              && first.resultType().shape().isStatic()
              && second.resultType().shape().isStatic()
              && ConvolutionChain.mergeable(first, second)
          ? Optional.of(user)
          : Optional.empty();
    }

    private boolean hasData(Convolution convolution) {
      Tensor weight = constants.get(convolution.weight());
      return weight != null
          && weight.type().isFloat()
          && convolution.bias().map(constants::containsKey).orElse(true);
    }

    private void merge(List<Node> nodes) {
      ConvolutionChain chain =
          ConvolutionChain.of(nodes.stream().map(node -> (Convolution) node.op()).toList());
      List<Segment> cut = chain.best(objective(nodes));
      for (Segment segment : cut) {
        if (segment.length() > 1) {
          replace(nodes.subList(segment.from(), segment.to()));
        }
      }
    }

    /// What a form of a chain costs. Its first convolution may share a kernel with the layer before
    /// and its last one with the reduction after it, so they are estimated together.
    private ToDoubleFunction<List<Convolution>> objective(List<Node> chain) {
      if (cost.model().isEmpty()) {
        return LayerCost::totalMultiplyAccumulates;
      }
      Surroundings around =
          Surroundings.of(
              chain,
              value -> users.getOrDefault(value, List.of()),
              value -> Optional.ofNullable(definitions.get(value)));
      return form -> around.microseconds(cost, form).orElseThrow();
    }

    private void replace(List<Node> segment) {
      Convolution merged = (Convolution) segment.getFirst().op();
      Tensor weight = data(merged.weight());
      Optional<Tensor> bias = merged.bias().map(this::data);
      for (Node node : segment.subList(1, segment.size())) {
        Convolution next = (Convolution) node.op();
        Tensor nextWeight = data(next.weight());
        Optional<Tensor> carried = bias.map(b -> through(nextWeight, b));
        Optional<Tensor> own = next.bias().map(this::data);
        bias =
            carried.isPresent() && own.isPresent()
                ? Optional.of(sum(carried.get(), own.get()))
                : carried.or(() -> own);
        weight =
            merged.window().isPointwise()
                ? ChannelContraction.overInputs(
                    nextWeight, weight.reshape(weight.shape().subList(0, 2)))
                : ChannelContraction.overOutputs(
                    weight, nextWeight.reshape(nextWeight.shape().subList(0, 2)));
        merged = ConvolutionChain.merged(merged, next);
      }
      Node last = segment.getLast();
      Location location =
          Location.fused(segment.stream().map(Node::location).toArray(Location[]::new));
      List<Node> nodes = new ArrayList<>();
      String base = constantName(segment);
      Value weightValue = constant(base + ".weight", weight, location, nodes);
      Optional<Value> biasValue = Optional.empty();
      if (bias.isPresent()) {
        biasValue = Optional.of(constant(base + ".bias", bias.get(), location, nodes));
      }
      nodes.add(
          new Node(
              new Convolution(
                  merged.input(), weightValue, biasValue, merged.window(), 1, merged.epilogue()),
              last.result(),
              location));
      segment.forEach(node -> removed.put(node, true));
      replacements.put(last, nodes);
      definitions.put(last.result(), nodes.getLast());
      context.remark(
          Remark.Kind.APPLIED,
          name(),
          location,
          "merged " + segment.size() + " convolutions into one");
    }

    private Tensor data(Value constant) {
      return Objects.requireNonNull(constants.get(constant));
    }

    private Value constant(String label, Tensor data, Location location, List<Node> nodes) {
      String unused = labels.unused(label);
      Node node = Node.of(new Constant(unused, data), unused, location);
      nodes.add(node);
      return node.result();
    }

    private String constantName(List<Node> segment) {
      return Layer.nameOf(segment.getLast()) + ".merged";
    }

    private Graph rebuild() {
      List<Node> nodes = new ArrayList<>();
      for (Node node : graph.nodes()) {
        if (replacements.containsKey(node)) {
          nodes.addAll(replacements.get(node));
        } else if (!removed.containsKey(node)) {
          nodes.add(node);
        }
      }
      return Rewriter.removeDeadNodes(
          new Graph(graph.name(), graph.inputs(), nodes, graph.outputs()));
    }
  }

  /// What an unpadded convolution makes of a constant per input channel.
  private static Tensor through(Tensor weight, Tensor bias) {
    int outputs = weight.dimension(0);
    int inputs = weight.dimension(1);
    int taps = weight.size() / (outputs * inputs);
    Tensor result = Tensor.zeros(bias.type(), List.of((long) outputs));
    for (int o = 0; o < outputs; o++) {
      double sum = 0;
      for (int i = 0; i < inputs; i++) {
        for (int t = 0; t < taps; t++) {
          sum += weight.getDouble((o * inputs + i) * taps + t) * bias.getDouble(i);
        }
      }
      result.setDouble(o, sum);
    }
    return result;
  }

  private static Tensor sum(Tensor a, Tensor b) {
    Tensor result = Tensor.zeros(a.type(), a.shape());
    for (int i = 0; i < a.size(); i++) {
      result.setDouble(i, a.getDouble(i) + b.getDouble(i));
    }
    return result;
  }
}
