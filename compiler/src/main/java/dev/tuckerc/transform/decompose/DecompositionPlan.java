package dev.tuckerc.transform.decompose;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.linalg.Factorization;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.rewrite.Rewriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What becomes of every layer of a model. It can be applied to any import of the model: layers are
/// found by the source nodes they come from.
///
/// @param policy the rank policy, as on the command line
/// @param decisions one for each layer, in the graph's order
public record DecompositionPlan(String policy, List<LayerDecision> decisions) {
  public DecompositionPlan {
    decisions = List.copyOf(decisions);
  }

  /// The graph with every layer replaced that the plan replaces; the same graph where it replaces
  /// none. Layers that share a weight share the factors.
  ///
  /// @param graph an import of the model that the plan was made for, canonicalized in the same way
  /// @throws dev.tuckerc.ir.IrException when a layer of the plan is not found in it
  public Graph apply(Graph graph) {
    Map<Layer.Key, LayerDecision> byKey = new HashMap<>();
    for (LayerDecision decision : decisions) {
      if (decision.replacement().isPresent()) {
        byKey.put(decision.layer().key(), decision);
      }
    }
    if (byKey.isEmpty()) {
      return graph;
    }
    Map<Node, LayerDecision> byNode = new IdentityHashMap<>();
    Set<Node> nodes = Collections.newSetFromMap(new IdentityHashMap<>());
    nodes.addAll(graph.nodes());
    // The graph that the plan was made for needs no comparison of weights.
    byKey.values().removeIf(decision -> {
      boolean same = nodes.contains(decision.layer().node());
      if (same) {
        byNode.put(decision.layer().node(), decision);
      }
      return same;
    });
    for (Layer layer : byKey.isEmpty() ? List.<Layer>of() : Layer.of(graph)) {
      LayerDecision decision = byKey.get(layer.key());
      if (decision != null && decision.layer().hasWeightOf(layer)) {
        byKey.remove(layer.key());
        byNode.put(layer.node(), decision);
      }
    }
    if (!byKey.isEmpty()) {
      throw new dev.tuckerc.ir.IrException(
          "this import of the model has no layer "
              + byKey.values().iterator().next().layer().name()
              + " of the same weight");
    }
    return new Emission(graph).run(byNode);
  }

  /// The nodes that take the place of one node, constants included; the last defines its result.
  public static List<Node> replacement(Graph graph, Node node, LayerDecision decision) {
    Emission emission = new Emission(graph);
    emission.emit(node, decision);
    return emission.nodes;
  }

  /// The plan with other decisions on the same layers.
  public DecompositionPlan with(List<LayerDecision> newDecisions) {
    return new DecompositionPlan(policy, newDecisions);
  }

  /// Rebuilds one graph.
  private static final class Emission {
    private final Graph graph;
    private final UniqueLabels labels;
    private final List<Node> nodes = new ArrayList<>();

    /// Constants of factors that are already there, by factor.
    private final Map<Factorization.Factor, Value> factors = new IdentityHashMap<>();

    Emission(Graph graph) {
      this.graph = graph;
      labels = UniqueLabels.of(graph);
    }

    Graph run(Map<Node, LayerDecision> decisions) {
      for (Node node : graph.nodes()) {
        LayerDecision decision = decisions.get(node);
        if (decision == null) {
          nodes.add(node);
        } else {
          emit(node, decision);
        }
      }
      return Rewriter.removeDeadNodes(
          new Graph(graph.name(), graph.inputs(), nodes, graph.outputs()));
    }

    private void emit(Node node, LayerDecision decision) {
      LayerDecision.Replacement replacement = decision.replacement().orElseThrow();
      String base = decision.layer().name();
      List<Factorization.Factor> chain = replacement.factors().factors();
      List<Value> results = new ArrayList<>();
      List<Op> operations =
          replacement
              .form()
              .operations(
                  node,
                  replacement.form().reads(node) ? image(node) : node.op().operands().getFirst(),
                  (i, type) -> constant(node, base, chain.get(i), type),
                  (i, op) -> {
                    Value result =
                        new Value(
                            node.result().name() + "." + chain.get(i).part(), op.resultType());
                    results.add(result);
                    return result;
                  });
      for (int i = 0; i + 1 < operations.size(); i++) {
        nodes.add(new Node(operations.get(i), results.get(i), node.location()));
      }
      Op last = operations.getLast();
      if (replacement.bias().isPresent()) {
        last = withBias(node, base, last, replacement.bias().get());
      }
      nodes.add(new Node(last, node.result(), node.location()));
    }

    /// The image whose rows a product reads.
    private Value image(Node node) {
      Value rows = node.op().operands().getFirst();
      return graph.nodes().stream()
          .filter(n -> n.op() instanceof Reshape && n.results().contains(rows))
          .findFirst()
          .flatMap(n -> Layer.image(node, (Reshape) n.op()))
          .orElseThrow(() -> new IllegalStateException(node + " reads no image"));
    }

    private Value constant(Node node, String base, Factorization.Factor factor, TensorType type) {
      return factors.computeIfAbsent(
          factor,
          f -> {
            boolean swapped =
                node.op() instanceof MatMul && type.shape().rank() == 2
                    || node.op() instanceof ConvolutionTranspose && !f.axes().isEmpty();
            Tensor data = swapped ? Axes.swapLeading(f.weight()) : f.weight();
            return constant(node, base + "." + f.part(), data.reshape(type.shape().extents()));
          });
    }

    private Value constant(Node node, String wished, Tensor data) {
      String label = labels.unused(wished);
      Node made = Node.of(new Constant(label, data), label, node.location());
      nodes.add(made);
      return made.result();
    }

    /// The operation with another bias; a product, which has none, adds it before its epilogue.
    private Op withBias(Node node, String base, Op op, Tensor bias) {
      Value value = constant(node, base + ".bias", bias);
      return switch (op) {
        case Convolution c ->
            new Convolution(
                c.input(), c.weight(), Optional.of(value), c.window(), c.groups(), c.epilogue());
        case MatMul product -> {
          List<Value> operands = new ArrayList<>(product.epilogue().operands());
          operands.add(value);
          ScalarExpression sum =
              new ScalarExpression.Binary(
                  BinaryFunction.ADD,
                  new ScalarExpression.Operand(0),
                  new ScalarExpression.Operand(operands.size()));
          ScalarExpression body =
              product
                  .epilogue()
                  .body()
                  .substitute(i -> i == 0 ? sum : new ScalarExpression.Operand(i));
          yield new MatMul(product.a(), product.b(), new Epilogue(body, operands));
        }
        default -> throw new IllegalArgumentException(op.name() + " takes no other bias");
      };
    }
  }
}
