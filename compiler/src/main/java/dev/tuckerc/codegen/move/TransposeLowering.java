package dev.tuckerc.codegen.move;

import dev.tuckerc.codegen.emit.IndexEmitter;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Transpose;
import java.util.ArrayList;
import java.util.List;

/// Copies with the axes of the input seen in another order.
public final class TransposeLowering implements OpLowering<Transpose> {

  @Override
  public List<Candidate> candidates(Transpose op, LoweringContext context) {
    TensorType input = op.input().type();
    TensorType result = context.node().result().type();
    // The input as the result sees it: its axes permuted, its bytes where they are.
    List<Integer> order = new ArrayList<>();
    for (int axis : input.layout().orderFor(input.shape().rank())) {
      order.add(op.permutation().indexOf((long) axis));
    }
    TensorType seen = new TensorType(input.elementType(), result.shape(), new Layout(order));
    return ElementwiseKernel.candidates(
        new ScalarExpression.Operand(0),
        List.of(op.input()),
        IndexEmitter.inMemoryOrder(result, List.of(seen)),
        context);
  }
}
