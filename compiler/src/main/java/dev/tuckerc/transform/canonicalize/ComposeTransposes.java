package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.List;
import java.util.Optional;

/// transpose(transpose(x, p), q) => transpose(x, r) with `r[i] = p[q[i]]`
final class ComposeTransposes implements RewriteRule {
  @Override
  public Optional<Value> apply(Node node, RewriteContext context) {
    if (!(node.op() instanceof Transpose outer)) {
      return Optional.empty();
    }
    return context
        .definition(outer.input(), Transpose.class)
        .map(inner -> {
          List<Long> composed =
              outer.permutation().stream()
                  .map(axis -> inner.permutation().get(axis.intValue()))
                  .toList();
          return context.emitInPlace(new Transpose(inner.input(), composed));
        });
  }
}
