package dev.tuckerc.transform.decompose;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Value;
import dev.tuckerc.linalg.LinearAlgebraException;
import dev.tuckerc.linalg.Tucker2;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Remark;
import dev.tuckerc.transform.rewrite.Rewriter;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// conv(x, W) => conv1x1(conv(conv1x1(x, Ui^T), core), Uo) with W ~ core x_O Uo x_I Ui
///
/// Asks the context's [RankPolicy] for the ranks of every convolution with one group, a constant
/// weight and a kernel of more than one tap, and publishes a [DecompositionReport]. The context's
/// [dev.tuckerc.cost.LayerCostModel], if any, supplies the report's estimates. Layers are
/// decomposed in parallel.
public final class DecomposeConvolutions implements Pass {
  /// What to do with one convolution.
  private record Outcome(
      Node node, RankChoice choice, Optional<TuckerForm> form, Optional<Tucker2> factors) {
    static Outcome dense(Node node, String reason) {
      return new Outcome(
          node, new RankChoice.KeepDense(reason), Optional.empty(), Optional.empty());
    }
  }

  @Override
  public String name() {
    return "decompose";
  }

  @Override
  public Graph run(Graph graph, PassContext context) {
    RankPolicy policy = context.require(RankPolicy.class);
    Map<Value, Tensor> constants = new IdentityHashMap<>();
    List<Node> candidates = new ArrayList<>();
    Map<Node, String> refused = new IdentityHashMap<>();
    List<Node> convolutions = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Constant constant) {
        constants.put(node.result(), constant.tensor());
      } else if (node.op() instanceof Convolution convolution) {
        convolutions.add(node);
        Optional<String> obstacle = obstacle(convolution, constants);
        obstacle.ifPresentOrElse(reason -> refused.put(node, reason), () -> candidates.add(node));
      }
    }
    Map<String, String> others = new LinkedHashMap<>();
    convolutions.stream()
        .filter(refused::containsKey)
        .forEach(node -> others.put(layerName(node), refused.get(node)));
    policy.check(candidates.stream().map(DecomposeConvolutions::layerName).toList(), others);

    Map<Node, Outcome> outcomes = new IdentityHashMap<>();
    LayersInParallel.map(
            candidates,
            node -> node.result().shape().isStatic() ? cost(node) : 0,
            node -> decide(node, constants, policy))
        .forEach(outcome -> outcomes.put(outcome.node(), outcome));
    refused.forEach((node, reason) -> outcomes.put(node, Outcome.dense(node, reason)));

    publish(policy, convolutions.stream().map(outcomes::get).toList(), context);
    return rebuild(graph, outcomes);
  }

  /// Why a convolution cannot be decomposed, if so.
  private static Optional<String> obstacle(Convolution convolution, Map<Value, Tensor> constants) {
    if (convolution.groups() == convolution.weight().shape().extent(0)
        && convolution.groups() > 1) {
      return Optional.of("depthwise");
    }
    if (convolution.groups() > 1) {
      return Optional.of("grouped (" + convolution.groups() + " groups)");
    }
    if (convolution.window().taps() == 1) {
      return Optional.of("1x1 kernel: the reduce step alone would be as wide");
    }
    Tensor weight = constants.get(convolution.weight());
    if (weight == null) {
      return Optional.of("the weight is not constant");
    }
    if (!weight.type().isFloat()) {
      return Optional.of("the weight is of type " + weight.type());
    }
    return Optional.empty();
  }

  private static Outcome decide(Node node, Map<Value, Tensor> constants, RankPolicy policy) {
    Convolution convolution = (Convolution) node.op();
    requireStatic(node);
    Tensor weight = Objects.requireNonNull(constants.get(convolution.weight()));
    try (WeightLayer layer = new WeightLayer(layerName(node), weight)) {
      return switch (policy.choose(layer)) {
        case RankChoice.KeepDense keep -> Outcome.dense(node, keep.reason());
        case RankChoice.Ranks ranks -> {
          TuckerForm form = TuckerForm.of(convolution, ranks);
          long dense = ConvolutionCost.multiplyAccumulates(convolution);
          long least = form.leastMultiplyAccumulates();
          if (least >= dense) {
            yield Outcome.dense(
                node,
                "no fewer multiply-accumulates at ranks " + ranks + ": " + least + " >= " + dense);
          }
          Tucker2 factors =
              policy
                  .factors(layerName(node), weight, ranks)
                  .orElseGet(() -> layer.decomposer().decompose(ranks.out(), ranks.in()));
          yield new Outcome(node, ranks, Optional.of(form), Optional.of(factors));
        }
      };
    } catch (LinearAlgebraException e) {
      return Outcome.dense(node, String.valueOf(e.getMessage()));
    }
  }

  private static void requireStatic(Node node) {
    if (!node.result().shape().isStatic()) {
      throw new IrException(
          node.location()
              + ": the shape "
              + node.result().shape()
              + " is symbolic; give the model's inputs their shapes with --shape");
    }
  }

  private static long cost(Node node) {
    return node.op() instanceof Convolution c ? c.weight().shape().elementCount() : 0;
  }

  private void publish(RankPolicy policy, List<Outcome> outcomes, PassContext context) {
    ConvolutionCost cost = ConvolutionCost.of(context);
    List<LayerReport> layers = new ArrayList<>();
    for (Outcome outcome : outcomes) {
      Node node = outcome.node();
      requireStatic(node);
      Convolution dense = (Convolution) node.op();
      LayerFigures before = cost.figures(List.of(dense));
      LayerFigures after = outcome.form().map(f -> cost.figures(f.chain())).orElse(before);
      String reason =
          switch (outcome.choice()) {
            case RankChoice.KeepDense keep -> keep.reason();
            case RankChoice.Ranks _ -> "ranks by the policy";
          };
      layers.add(
          new LayerReport(
              node.location(),
              layerName(node),
              dense.weight().shape().extents(),
              outcome.choice() instanceof RankChoice.Ranks ranks
                  ? Optional.of(ranks)
                  : Optional.empty(),
              outcome.form().isPresent() ? "R-C-E" : LayerReport.DENSE,
              before,
              after,
              outcome.factors().map(Tucker2::relativeError).orElse(0.0),
              reason));
      context.remark(
          outcome.form().isPresent() ? Remark.Kind.APPLIED : Remark.Kind.MISSED,
          name(),
          node.location(),
          outcome.choice() instanceof RankChoice.Ranks ranks ? "ranks " + ranks : reason);
    }
    context.publish(DecompositionReport.class, new DecompositionReport(policy.text(), layers));
  }

  private static Graph rebuild(Graph graph, Map<Node, Outcome> outcomes) {
    UniqueLabels labels = UniqueLabels.of(graph);
    List<Node> nodes = new ArrayList<>();
    boolean changed = false;
    for (Node node : graph.nodes()) {
      Outcome outcome = outcomes.get(node);
      if (outcome == null || outcome.form().isEmpty()) {
        nodes.add(node);
      } else {
        changed = true;
        emit(node, outcome.form().get(), outcome.factors().orElseThrow(), labels, nodes);
      }
    }
    return changed
        ? Rewriter.removeDeadNodes(new Graph(graph.name(), graph.inputs(), nodes, graph.outputs()))
        : graph;
  }

  private static void emit(
      Node node, TuckerForm form, Tucker2 factors, UniqueLabels labels, List<Node> nodes) {
    String base = layerName(node);
    Location location = node.location();
    List<Tensor> weights =
        List.of(transpose(factors.inputFactor()), factors.core(), factors.outputFactor());
    List<String> parts = List.of("reduce", "core", "expand");
    Value input = form.reduce().input();
    for (int i = 0; i < parts.size(); i++) {
      Convolution step = form.chain().get(i);
      Tensor data = weights.get(i).reshape(step.weight().shape().extents());
      String label = labels.unused(base + "." + parts.get(i));
      Node weight = Node.of(new Constant(label, data), label, location);
      nodes.add(weight);
      Op op =
          new Convolution(input, weight.result(), step.bias(), step.window(), 1, step.epilogue());
      Value result =
          i == parts.size() - 1
              ? node.result()
              : new Value(node.result().name() + "." + parts.get(i), op.resultType());
      nodes.add(new Node(op, result, location));
      input = result;
    }
  }

  private static Tensor transpose(Tensor matrix) {
    int rows = matrix.dimension(0);
    int columns = matrix.dimension(1);
    Tensor result = Tensor.zeros(matrix.type(), List.of((long) columns, (long) rows));
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        result.setDouble(column * rows + row, matrix.getDouble(row * columns + column));
      }
    }
    return result;
  }

  /// Name of the ONNX node a convolution comes from; folded neighbours are passed over.
  static String layerName(Node node) {
    return node.location().origins().stream()
        .filter(origin -> origin.operator().startsWith("Conv"))
        .map(Location.Origin::name)
        .findFirst()
        .orElseGet(
            () -> node.location().name().isEmpty() ? node.result().name() : node.location().name());
  }
}
