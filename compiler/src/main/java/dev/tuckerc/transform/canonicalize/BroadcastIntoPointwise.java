package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.Broadcast;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// pointwise(broadcast(x), y) => pointwise(x, y)
///
/// when the other operands alone give the result its shape.
final class BroadcastIntoPointwise implements RewriteRule {
  @Override
  public Optional<Value> apply(Node node, RewriteContext context) {
    if (!(node.op() instanceof Pointwise pointwise)) {
      return Optional.empty();
    }
    for (int i = 0; i < pointwise.operands().size(); i++) {
      Optional<Broadcast> broadcast =
          context.definition(pointwise.operands().get(i), Broadcast.class);
      if (broadcast.isPresent()) {
        List<Value> operands = new ArrayList<>(pointwise.operands());
        operands.set(i, broadcast.get().input());
        Pointwise rewritten = new Pointwise(operands, pointwise.body());
        if (rewritten.resultType().sameLogicalType(node.result().type())) {
          return Optional.of(context.emitInPlace(rewritten));
        }
      }
    }
    return Optional.empty();
  }
}
