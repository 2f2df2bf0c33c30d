package dev.tuckerc.training.model;

import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Recurrence;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.training.model.Parameter.Role;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which constants of a graph are parameters: those that layers use as weight, bias or
/// normalisation. All others, such as the boxes of a detector, are part of what the model computes.
final class Roles {
  private final Map<Value, Node> producers = new IdentityHashMap<>();
  private final Map<Value, Role> roles = new IdentityHashMap<>();

  private Roles(Graph graph) {
    graph.nodes().forEach(node -> producers.put(node.result(), node));
    graph.nodes().forEach(this::assign);
  }

  /// @return the role of every parameter, by the result of its constant node
  static Map<Value, Role> of(Graph graph) {
    return new Roles(graph).roles;
  }

  private void assign(Node node) {
    switch (node.op()) {
      case Convolution op -> {
        mark(op.weight(), Role.WEIGHT);
        op.bias().ifPresent(bias -> mark(bias, Role.BIAS));
        op.epilogue().operands().forEach(operand -> mark(operand, Role.BIAS));
      }
      case MatMul op -> {
        mark(op.a(), Role.WEIGHT);
        mark(op.b(), Role.WEIGHT);
        op.epilogue().operands().forEach(operand -> mark(operand, Role.BIAS));
      }
      case BatchNormalization op -> {
        mark(op.scale(), Role.NORMALIZATION);
        mark(op.bias(), Role.NORMALIZATION);
        mark(op.mean(), Role.STATISTIC);
        mark(op.variance(), Role.STATISTIC);
      }
      case Recurrence op -> {
        mark(op.weight(), Role.WEIGHT);
        mark(op.bias(), Role.BIAS);
        op.peepholes().ifPresent(peepholes -> mark(peepholes, Role.WEIGHT));
      }
      case Pointwise op when op.operands().stream().anyMatch(this::isLayer) ->
          op.operands().forEach(operand -> mark(operand, Role.BIAS));
      case dev.tuckerc.ir.Op _ -> {}
    }
  }

  private boolean isLayer(Value value) {
    Node producer = producers.get(value);
    return producer != null
        && (producer.op() instanceof Convolution || producer.op() instanceof MatMul);
  }

  /// Gives the constant behind a value, if there is one, its role; the first one counts.
  private void mark(Value value, Role role) {
    constant(value).ifPresent(node -> roles.putIfAbsent(node.result(), role));
  }

  private Optional<Node> constant(Value value) {
    Node producer = producers.get(value);
    if (producer == null || producer.result().type().elementType() != DataType.F32) {
      return Optional.empty();
    }
    return switch (producer.op()) {
      case Constant _ -> Optional.of(producer);
      case Transpose(Value input, List<Long> _) -> constant(input);
      case Reshape(Value input, dev.tuckerc.ir.Shape _) -> constant(input);
      case dev.tuckerc.ir.Op _ -> Optional.empty();
    };
  }
}
