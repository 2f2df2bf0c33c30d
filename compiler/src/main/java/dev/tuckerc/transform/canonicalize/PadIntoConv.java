package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.Optional;

/// conv(pad(x, 0), w, pads) => conv(x, w, pads + pad)
///
/// for a constant pad by zeros along the spatial axes.
final class PadIntoConv implements RewriteRule {
  @Override
  public Optional<Value> apply(Node node, RewriteContext context) {
    if (!(node.op() instanceof Convolution conv)) {
      return Optional.empty();
    }
    Optional<Node> definition = context.definition(conv.input());
    if (definition.isEmpty() || !(definition.get().op() instanceof Pad pad)) {
      return Optional.empty();
    }
    if (pad.mode() != Pad.Mode.CONSTANT || pad.value() != 0 || !Pads.areSpatial(pad)) {
      return context.missed("the pad before the convolution is not by zeros on spatial axes");
    }
    Convolution folded =
        new Convolution(
            pad.input(),
            conv.weight(),
            conv.bias(),
            Pads.added(conv.window(), pad),
            conv.groups(),
            conv.epilogue());
    return Optional.of(context.emitInPlace(folded, definition.get()));
  }
}
