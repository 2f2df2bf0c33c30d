package dev.tuckerc.transform.calibrate;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;

/// What happens to a layer's result before anybody else sees it: a shortcut may be added, and a
/// ReLU applied.
///
/// @param shortcut what is added
/// @param relu whether a ReLU follows, alone
record ResultUse(Optional<Value> shortcut, boolean relu) {
  static final ResultUse NONE = new ResultUse(Optional.empty(), false);

  ResultUse withoutShortcut() {
    // Without knowing the shortcut, the ReLU's argument is not known either.
    return shortcut.isPresent() ? NONE : this;
  }

  /// Finds them for all nodes of a graph.
  static final class Finder {
    private final Map<Value, Node> onlyUsers = new IdentityHashMap<>();
    private final Map<Value, Integer> uses = new IdentityHashMap<>();

    Finder(Graph graph) {
      for (Node node : graph.nodes()) {
        for (Value operand : node.op().operands()) {
          uses.merge(operand, 1, Integer::sum);
          onlyUsers.put(operand, node);
        }
      }
      graph.outputs().forEach(output -> uses.merge(output.value(), 1, Integer::sum));
    }

    ResultUse of(Node layer) {
      Optional<Pointwise> first = next(layer.result());
      if (first.isEmpty()) {
        return NONE;
      }
      ScalarExpression body = first.get().body();
      if (isRelu(body)) {
        return new ResultUse(Optional.empty(), true);
      }
      boolean inside = body instanceof ScalarExpression.Unary(var f, _) && f == UnaryFunction.RELU;
      ScalarExpression sum =
          body instanceof ScalarExpression.Unary u && inside ? u.argument() : body;
      Optional<Value> shortcut = addend(first.get(), sum, layer.result());
      if (shortcut.isEmpty()) {
        return NONE;
      }
      Value result = java.util.Objects.requireNonNull(onlyUsers.get(layer.result())).result();
      boolean relu = inside || next(result).map(p -> isRelu(p.body())).orElse(false);
      return new ResultUse(shortcut, relu);
    }

    private Optional<Pointwise> next(Value value) {
      return uses.getOrDefault(value, 0) == 1
              && onlyUsers.get(value) instanceof Node(Pointwise op, _, _)
          ? Optional.of(op)
          : Optional.empty();
    }

    private static boolean isRelu(ScalarExpression body) {
      return body
              instanceof ScalarExpression.Unary(var function, ScalarExpression.Operand(int index))
          && function == UnaryFunction.RELU
          && index == 0;
    }

    /// The other operand of a plain sum of two values of one shape.
    private static Optional<Value> addend(Pointwise op, ScalarExpression body, Value value) {
      if (op.operands().size() == 2
          && body
              instanceof
              ScalarExpression.Binary(
                  var function,
                  ScalarExpression.Operand(int a),
                  ScalarExpression.Operand(int b))
          && function == BinaryFunction.ADD
          && a != b
          && op.operands().get(0).shape().equals(op.operands().get(1).shape())) {
        Value other = op.operands().get(op.operands().get(0) == value ? 1 : 0);
        return other == value ? Optional.empty() : Optional.of(other);
      }
      return Optional.empty();
    }
  }
}
