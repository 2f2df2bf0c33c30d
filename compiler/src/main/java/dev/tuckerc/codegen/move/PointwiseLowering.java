package dev.tuckerc.codegen.move;

import dev.tuckerc.codegen.emit.IndexEmitter;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import java.util.List;

/// Any pointwise operation as one kernel over the elements of its result.
public final class PointwiseLowering implements OpLowering<Pointwise> {

  @Override
  public List<Candidate> candidates(Pointwise op, LoweringContext context) {
    List<TensorType> types = op.operands().stream().map(Value::type).toList();
    IndexEmitter index = IndexEmitter.inMemoryOrder(context.node().result().type(), types);
    return ElementwiseKernel.candidates(op.body(), op.operands(), index, context);
  }
}
