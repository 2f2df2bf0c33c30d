package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// op(constants) => constant
///
/// Not when that would make the model much larger, as a broadcast of constants may.
final class FoldConstants implements RewriteRule {
  /// Results up to this size are always made.
  private static final long SMALL_BYTES = 1 << 20;

  /// Larger results are made up to this multiple of the operands' size.
  private static final int GROWTH = 2;

  private final ConstantEvaluator evaluator;

  FoldConstants(ConstantEvaluator evaluator) {
    this.evaluator = evaluator;
  }

  @Override
  public Optional<Value> apply(Node node, RewriteContext context) {
    TensorType type = node.result().type();
    if (node.op() instanceof Constant || !type.shape().isStatic() || !type.layout().isRowMajor()) {
      return Optional.empty();
    }
    List<Tensor> operands = new ArrayList<>();
    long bytes = 0;
    for (Value operand : node.op().operands()) {
      Optional<Tensor> constant = context.constant(operand);
      if (constant.isEmpty()) {
        return Optional.empty();
      }
      operands.add(constant.get());
      bytes += operand.type().bytes();
    }
    if (type.bytes() > Math.max(SMALL_BYTES, GROWTH * bytes)) {
      return context.missed(
          "constant result of " + type.bytes() + " bytes from " + bytes + " bytes of constants");
    }
    Tensor result = evaluator.evaluate(node.op(), operands);
    return Optional.of(context.constant(node.result().name(), result));
  }
}
