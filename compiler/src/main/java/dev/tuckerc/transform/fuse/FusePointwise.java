package dev.tuckerc.transform.fuse;

import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.canonicalize.Expressions;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.List;
import java.util.Optional;

/// pointwise(pointwise(x...) {g}, y...) {f} => pointwise(x..., y...) {f(g(x...), y...)}
///
/// when the inner result has no other use, and when computing it costs little where broadcasting or
/// the outer body repeats it.
final class FusePointwise implements RewriteRule {
  @Override
  public Optional<Value> apply(Node node, RewriteContext context) {
    if (!(node.op() instanceof Pointwise outer)) {
      return Optional.empty();
    }
    for (int i = 0; i < outer.operands().size(); i++) {
      Optional<Node> producer = context.definition(outer.operands().get(i));
      if (producer.isPresent() && producer.get().op() instanceof Pointwise inner) {
        String obstacle = obstacle(outer, i, inner, producer.get().result(), context);
        if (obstacle.isEmpty()) {
          return Optional.of(context.emitInPlace(fused(outer, i, inner), producer.get()));
        }
        context.missed(obstacle);
      }
    }
    return Optional.empty();
  }

  /// Why the operand cannot be fused; empty when it can.
  private static String obstacle(
      Pointwise outer, int index, Pointwise inner, Value result, RewriteContext context) {
    if (context.uses(result) > 1) {
      return "%" + result.name() + " has other uses";
    }
    boolean repeated =
        Expressions.occurrences(outer.body(), index) > 1
            || !result.shape().equals(outer.resultType().shape());
    if (repeated && !Fusion.isCheap(inner.body())) {
      return "%" + result.name() + " would be computed more than once per element";
    }
    Pointwise fused = fused(outer, index, inner);
    if (fused.operands().size() > Fusion.MOST_OPERANDS) {
      return "the fused operation would have " + fused.operands().size() + " operands";
    }
    if (Expressions.size(fused.body()) > Fusion.LARGEST_EXPRESSION) {
      return "the fused expression would be too large";
    }
    return "";
  }

  private static Pointwise fused(Pointwise outer, int index, Pointwise inner) {
    Fusion.Operands operands = new Fusion.Operands();
    List<Value> innerOperands = inner.operands();
    ScalarExpression[] bodies = new ScalarExpression[outer.operands().size()];
    for (int i = 0; i < bodies.length; i++) {
      bodies[i] =
          i == index
              ? inner.body().substitute(j -> operands.use(innerOperands.get(j)))
              : operands.use(outer.operands().get(i));
      if (i == index) {
        // An operand that only gives the shape is kept too.
        innerOperands.forEach(operands::use);
      }
    }
    return new Pointwise(operands.values(), outer.body().substitute(i -> bodies[i]));
  }
}
