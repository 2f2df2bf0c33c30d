package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.Optional;

/// reshape(reshape(x)) => reshape(x)
final class ComposeReshapes implements RewriteRule {
  @Override
  public Optional<Value> apply(Node node, RewriteContext context) {
    if (!(node.op() instanceof Reshape outer)) {
      return Optional.empty();
    }
    Optional<Reshape> inner = context.definition(outer.input(), Reshape.class);
    return inner.map(i -> context.emitInPlace(new Reshape(i.input(), outer.shape())));
  }
}
