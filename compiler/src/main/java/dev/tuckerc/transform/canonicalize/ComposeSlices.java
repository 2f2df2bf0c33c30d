package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// slice(slice(x, a, s), b, t) => slice(x, a + b*s, s*t)
final class ComposeSlices implements RewriteRule {
  @Override
  public Optional<Value> apply(Node node, RewriteContext context) {
    if (!(node.op() instanceof Slice outer)) {
      return Optional.empty();
    }
    Optional<Node> definition = context.definition(outer.input());
    if (definition.isEmpty() || !(definition.get().op() instanceof Slice inner)) {
      return Optional.empty();
    }
    List<Long> starts = new ArrayList<>();
    List<Long> steps = new ArrayList<>();
    for (int axis = 0; axis < outer.starts().size(); axis++) {
      long step = inner.steps().get(axis);
      starts.add(inner.starts().get(axis) + outer.starts().get(axis) * step);
      steps.add(step * outer.steps().get(axis));
    }
    Slice composed = new Slice(inner.input(), starts, outer.sizes(), steps);
    return Optional.of(context.emitInPlace(composed, definition.get()));
  }
}
