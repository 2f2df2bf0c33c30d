package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Convert;
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
/// double precision. On 16-bit floats `s`, `t` and the arithmetic are F32: `x*s` and `t` may be
/// large and nearly cancel.
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
    DataType own = norm.input().type().elementType();
    boolean narrow = own.isHalf();
    DataType type = narrow ? DataType.F32 : own;
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
    ScalarExpression x = narrow ? new Convert(type, new Operand(0)) : new Operand(0);
    Binary product = new Binary(BinaryFunction.MULTIPLY, x, new Operand(1));
    Binary shifted = new Binary(BinaryFunction.ADD, product, new Operand(2));
    ScalarExpression sum = narrow ? new Convert(own, shifted) : shifted;
    return Optional.of(context.emitInPlace(new Pointwise(List.of(norm.input(), s, t), sum)));
  }
}
