package dev.tuckerc.codegen;

import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import java.util.List;

/// Any pointwise operation as one kernel over the elements of its result.
final class PointwiseLowering implements OpLowering<Pointwise> {

  @Override
  public List<Candidate> candidates(Pointwise op, LoweringContext context) {
    List<TensorType> types = op.operands().stream().map(Value::type).toList();
    IndexEmitter index = IndexEmitter.inMemoryOrder(context.node().result().type(), types);
    return ElementwiseKernel.candidates(op.body(), op.operands(), index, context);
  }
}
