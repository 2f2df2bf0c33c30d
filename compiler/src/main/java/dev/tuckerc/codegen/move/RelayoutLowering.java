package dev.tuckerc.codegen.move;

import dev.tuckerc.codegen.emit.IndexEmitter;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.TensorType;
import java.util.List;

/// Copies into another memory order.
public final class RelayoutLowering implements OpLowering<Relayout> {

  @Override
  public List<Candidate> candidates(Relayout op, LoweringContext context) {
    TensorType result = context.node().result().type();
    IndexEmitter index = IndexEmitter.inMemoryOrder(result, List.of(op.input().type()));
    return ElementwiseKernel.candidates(
        new ScalarExpression.Operand(0), List.of(op.input()), index, context);
  }
}
