package dev.tuckerc.codegen.move;

import dev.tuckerc.codegen.emit.IndexEmitter;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Literal;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Batch normalization that no convolution could absorb, as one pointwise kernel.
public final class BatchNormalizationLowering implements OpLowering<BatchNormalization> {

  @Override
  public List<Candidate> candidates(BatchNormalization op, LoweringContext context) {
    TensorType result = context.node().result().type();
    int rank = result.shape().rank();
    List<TensorType> seen = new ArrayList<>();
    seen.add(op.input().type());
    for (Value parameter : op.operands().subList(1, 5)) {
      // Per-channel vectors, seen as [C,1,...,1] so that they broadcast along the spatial axes.
      List<Dim> dims = new ArrayList<>(Collections.nCopies(rank - 1, Dim.of(1)));
      dims.set(0, result.shape().dim(1));
      seen.add(TensorType.of(parameter.type().elementType(), new Shape(dims)));
    }
    return ElementwiseKernel.candidates(
        body(op), op.operands(), IndexEmitter.inMemoryOrder(result, seen), context);
  }

  private static ScalarExpression body(BatchNormalization op) {
    DataType own = op.input().type().elementType();
    DataType type = own == DataType.F64 ? DataType.F64 : DataType.F32;
    List<ScalarExpression> x = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      x.add(new Convert(type, new Operand(i)));
    }
    ScalarExpression deviation =
        new Unary(
            UnaryFunction.SQRT,
            new Binary(BinaryFunction.ADD, x.get(4), Literal.real(type, op.epsilon())));
    ScalarExpression centred = new Binary(BinaryFunction.SUBTRACT, x.get(0), x.get(3));
    ScalarExpression scale = new Binary(BinaryFunction.DIVIDE, x.get(1), deviation);
    return new Convert(
        own,
        new Binary(
            BinaryFunction.ADD, new Binary(BinaryFunction.MULTIPLY, centred, scale), x.get(2)));
  }
}
