package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// pointwise(x, x, c, unused) {f(x0, x1, x2)} => pointwise(x) {f(x0, x0, 1.5)}
///
/// Simplifies the body, writes constants whose elements are all equal into it, and lists every
/// operand that is used once. An operand that only gives the result its shape stays.
public final class SimplifyPointwise implements RewriteRule {
  /// Larger constants are not searched for unequal elements.
  private static final int LARGEST_UNIFORM = 1 << 16;

  private final ExpressionSimplifier simplifier;

  public SimplifyPointwise(ConstantEvaluator evaluator, boolean keepRoundings) {
    this.simplifier = new ExpressionSimplifier(evaluator, keepRoundings);
  }

  @Override
  public Optional<Value> apply(Node node, RewriteContext context) {
    if (!(node.op() instanceof Pointwise pointwise)) {
      return Optional.empty();
    }
    List<DataType> types = pointwise.operands().stream().map(v -> v.type().elementType()).toList();
    ScalarExpression body =
        pointwise
            .body()
            .substitute(i -> uniform(pointwise.operands().get(i), context, new Operand(i)));
    Pointwise simplified =
        withNeededOperands(pointwise.operands(), simplifier.simplify(body, types), node);
    if (simplified.equals(pointwise)) {
      return Optional.empty();
    }
    return Optional.of(context.emitInPlace(simplified));
  }

  private static ScalarExpression uniform(Value value, RewriteContext context, Operand operand) {
    Optional<Tensor> constant = context.constant(value);
    if (constant.isEmpty()
        || constant.get().size() == 0
        || constant.get().size() > LARGEST_UNIFORM
        || !isUniform(constant.get())) {
      return operand;
    }
    return ConstantEvaluator.literal(constant.get());
  }

  private static boolean isUniform(Tensor tensor) {
    for (int i = 1; i < tensor.size(); i++) {
      boolean same =
          tensor.type().isFloat()
              ? Double.compare(tensor.getDouble(i), tensor.getDouble(0)) == 0
              : tensor.getLong(i) == tensor.getLong(0);
      if (!same) {
        return false;
      }
    }
    return true;
  }

  /// Drops operands the body does not use, as long as the result keeps its shape.
  private static Pointwise withNeededOperands(
      List<Value> operands, ScalarExpression body, Node node) {
    Map<Value, Integer> needed = new LinkedHashMap<>();
    for (int i = 0; i < operands.size(); i++) {
      if (Expressions.uses(body, i)) {
        needed.putIfAbsent(operands.get(i), needed.size());
      }
    }
    // Shapes given by operands that are not used in the body: add them until the shape is right.
    List<Value> unused = new ArrayList<>(operands);
    unused.removeAll(needed.keySet());
    for (Value candidate : unused) {
      if (givesShape(needed, node)) {
        break;
      }
      needed.putIfAbsent(candidate, needed.size());
    }
    ScalarExpression renumbered =
        body.substitute(i -> new Operand(Objects.requireNonNull(needed.get(operands.get(i)))));
    return new Pointwise(List.copyOf(needed.keySet()), renumbered);
  }

  private static boolean givesShape(Map<Value, Integer> operands, Node node) {
    return operands.keySet().stream()
        .map(Value::shape)
        .reduce(Shape::broadcast)
        .filter(node.result().shape()::equals)
        .isPresent();
  }
}
