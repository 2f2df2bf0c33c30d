package dev.tuckerc.codegen;

import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.TensorType;
import java.util.List;

/// Copies into another memory order.
final class RelayoutLowering implements OpLowering<Relayout> {

  @Override
  public List<Candidate> candidates(Relayout op, LoweringContext context) {
    TensorType result = context.node().result().type();
    IndexEmitter index = IndexEmitter.inMemoryOrder(result, List.of(op.input().type()));
    return ElementwiseKernel.candidates(
        new ScalarExpression.Operand(0), List.of(op.input()), index, context);
  }
}
