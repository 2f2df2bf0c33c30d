package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// concat(concat(a, b), c, empty) => concat(a, b, c)
///
/// when both are along the same axis and the inner one has no other use.
final class FlattenConcat implements RewriteRule {
  @Override
  public Optional<Value> apply(Node node, RewriteContext context) {
    if (!(node.op() instanceof Concat(List<Value> operands, long axis))) {
      return Optional.empty();
    }
    List<Value> flat = new ArrayList<>();
    List<Node> consumed = new ArrayList<>();
    for (Value operand : operands) {
      Optional<Node> definition = context.definition(operand);
      if (operand.shape().dim((int) axis).equals(Dim.of(0)) && operands.size() > 1) {
        continue;
      }
      if (definition.isPresent()
          && definition.get().op() instanceof Concat(List<Value> inner, long innerAxis)
          && innerAxis == axis
          && context.uses(operand) == 1) {
        flat.addAll(inner);
        consumed.add(definition.get());
      } else {
        flat.add(operand);
      }
    }
    if (flat.equals(operands) || flat.isEmpty()) {
      return Optional.empty();
    }
    Concat concat = new Concat(flat, axis);
    return Optional.of(context.emitInPlace(concat, consumed.toArray(Node[]::new)));
  }
}
