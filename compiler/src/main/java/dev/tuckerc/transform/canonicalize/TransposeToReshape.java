package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.List;
import java.util.Optional;

/// transpose(x) => reshape(x)
///
/// when only axes of extent 1 change their place.
final class TransposeToReshape implements RewriteRule {
  @Override
  public Optional<Value> apply(Node node, RewriteContext context) {
    if (!(node.op() instanceof Transpose(Value input, List<Long> permutation))
        || !input.shape().isStatic()) {
      return Optional.empty();
    }
    List<Long> moving =
        permutation.stream().filter(axis -> input.shape().extent(axis.intValue()) != 1).toList();
    if (!moving.equals(moving.stream().sorted().toList())) {
      return Optional.empty();
    }
    return Optional.of(context.emitInPlace(new Reshape(input, node.result().shape())));
  }
}
