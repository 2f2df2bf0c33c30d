package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.rewrite.RewriteContext;
import dev.tuckerc.transform.rewrite.RewriteRule;
import java.util.List;
import java.util.Optional;

/// matmul(a, b)*s + t => matmul(a, b*s) + t
///
/// when `b` is constant and `s` and `t` are constant per column.
final class FoldScaleIntoMatMul implements RewriteRule {
  private final ConstantEvaluator evaluator;

  FoldScaleIntoMatMul(ConstantEvaluator evaluator) {
    this.evaluator = evaluator;
  }

  @Override
  public Optional<Value> apply(Node node, RewriteContext context) {
    boolean ofProduct =
        node.op().operands().stream()
            .anyMatch(operand -> context.definition(operand, MatMul.class).isPresent());
    if (!ofProduct || node.result().shape().rank() < 2) {
      return Optional.empty();
    }
    int columnAxis = node.result().shape().rank() - 1;
    Optional<ScaleShift> affine =
        ScaleShift.of(node, columnAxis, context, evaluator).filter(a -> a.scale().isPresent());
    Optional<Node> producer = affine.flatMap(a -> context.definition(a.variable()));
    if (affine.isEmpty()
        || producer.isEmpty()
        || !(producer.get().op() instanceof MatMul matmul)
        || !matmul.epilogue().isIdentity()) {
      return Optional.empty();
    }
    Optional<Tensor> b = context.constant(matmul.b());
    if (b.isEmpty()) {
      return context.missed("the right operand of the product is not constant");
    }
    if (context.uses(producer.get().result()) > 1) {
      return context.missed("the product has other uses");
    }
    Optional<Tensor> scaled = Tensors.scaleColumns(b.get(), affine.get().scale().orElseThrow());
    if (scaled.isEmpty()) {
      return context.missed("the scaled weight does not fit its type");
    }
    Value weight = context.constant(context.labelOf(matmul.b()) + ".folded", scaled.get());
    MatMul folded = new MatMul(matmul.a(), weight, matmul.epilogue());
    if (affine.get().shift().isEmpty()) {
      return Optional.of(context.emitInPlace(folded, producer.get()));
    }
    double[] shift = affine.get().shift().get();
    Tensor shifts = Tensor.zeros(node.result().type().elementType(), List.of((long) shift.length));
    for (int i = 0; i < shift.length; i++) {
      shifts.setDouble(i, shift[i]);
    }
    Value product = context.emit(folded, producer.get().result().name(), producer.get());
    Value t = context.constant(context.labelOf(matmul.b()) + ".shift", shifts);
    Binary sum = new Binary(BinaryFunction.ADD, new Operand(0), new Operand(1));
    return Optional.of(context.emitInPlace(new Pointwise(List.of(product, t), sum)));
  }
}
