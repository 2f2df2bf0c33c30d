package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// batch_norm(x, scale, bias, mean, variance) => x*s + t
///
/// with the constants `s = scale / sqrt(variance + epsilon)` and `t = bias - mean*s`, computed in
/// double precision.
final class BatchNormToScaleShift implements RewriteRule {
  @Override
  public Optional<Value> apply(Node node, RewriteContext context) {
    if (!(node.op() instanceof BatchNormalization norm)) {
      return Optional.empty();
    }
    Optional<Tensor> scale = context.constant(norm.scale());
    Optional<Tensor> bias = context.constant(norm.bias());
    Optional<Tensor> mean = context.constant(norm.mean());
    Optional<Tensor> variance = context.constant(norm.variance());
    if (scale.isEmpty() || bias.isEmpty() || mean.isEmpty() || variance.isEmpty()) {
      return context.missed("the parameters of the normalisation are not constant");
    }
    int channels = scale.get().size();
    DataType type = norm.input().type().elementType();
    List<Long> shape = new ArrayList<>(List.of((long) channels));
    shape.addAll(Collections.nCopies(norm.input().shape().rank() - 2, 1L));
    Tensor factor = Tensor.zeros(type, shape);
    Tensor shift = Tensor.zeros(type, shape);
    for (int c = 0; c < channels; c++) {
      double s = scale.get().getDouble(c) / Math.sqrt(variance.get().getDouble(c) + norm.epsilon());
      factor.setDouble(c, s);
      shift.setDouble(c, bias.get().getDouble(c) - mean.get().getDouble(c) * s);
    }
    Value s = context.constant(context.labelOf(norm.scale()) + ".folded", factor);
    Value t = context.constant(context.labelOf(norm.bias()) + ".folded", shift);
    Binary product = new Binary(BinaryFunction.MULTIPLY, new Operand(0), new Operand(1));
    Binary sum = new Binary(BinaryFunction.ADD, product, new Operand(2));
    return Optional.of(context.emitInPlace(new Pointwise(List.of(norm.input(), s, t), sum)));
  }
}
