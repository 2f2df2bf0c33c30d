package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// op(constants) => constant
///
/// Not when that would make the model much larger, as a broadcast of constants may; only weights,
/// which have to be constant, may grow to any size below a limit.
final class FoldConstants implements RewriteRule {
  /// Results up to this size are always made.
  private static final long SMALL_BYTES = 1 << 20;

  /// Larger results are made up to this multiple of the operands' size.
  private static final int GROWTH = 2;

  /// Weights are made up to this size.
  private static final long LARGEST_WEIGHT = 1L << 30;

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
    long limit =
        isWeight(node.result(), context) ? LARGEST_WEIGHT : Math.max(SMALL_BYTES, GROWTH * bytes);
    if (type.bytes() > limit) {
      return context.missed(
          "constant result of " + type.bytes() + " bytes from " + bytes + " bytes of constants");
    }
    Tensor result = evaluator.evaluate(node.op(), operands);
    return Optional.of(context.constant(node.result().name(), result));
  }

  /// Whether a convolution or product uses the value as its weight, moved at most.
  private static boolean isWeight(Value value, RewriteContext context) {
    return context.users(value).stream()
        .anyMatch(user ->
            switch (user.op()) {
              case Convolution conv -> conv.weight() == value;
              case ConvolutionTranspose conv -> conv.weight() == value;
              case MatMul matmul -> matmul.b() == value;
              case Reshape _, Transpose _ -> isWeight(user.result(), context);
              default -> false;
            });
  }
}
