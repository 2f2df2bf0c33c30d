package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.Optional;

/// pool(pad(x), pads) => pool(x, pads + pad)
///
/// An average must count its padding, or have none of its own and then counts the folded one; the
/// pad is by zeros. A maximum is folded when the pad is by minus infinity. Not when extents are
/// rounded up, where padding also decides on the number of windows.
final class PadIntoPool implements RewriteRule {
  @Override
  public Optional<Value> apply(Node node, RewriteContext context) {
    if (!(node.op() instanceof Pool pool)) {
      return Optional.empty();
    }
    Optional<Node> definition = context.definition(pool.input());
    if (definition.isEmpty() || !(definition.get().op() instanceof Pad pad)) {
      return Optional.empty();
    }
    boolean exact =
        pad.mode() == Pad.Mode.CONSTANT
            && Pads.areSpatial(pad)
            && !pool.ceil()
            && switch (pool.kind()) {
              case AVERAGE ->
                  pad.value() == 0 && (pool.countPadding() || Pads.areNone(pool.window()));
              case MAXIMUM -> pad.value() == Double.NEGATIVE_INFINITY;
            };
    if (!exact) {
      return context.missed("the pad before the pool has no equal in the pool's own padding");
    }
    Pool folded =
        new Pool(
            pool.kind(),
            pad.input(),
            Pads.added(pool.window(), pad),
            false,
            pool.kind() == Pool.Kind.AVERAGE);
    return Optional.of(context.emitInPlace(folded, definition.get()));
  }
}
