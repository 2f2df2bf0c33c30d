package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Literal;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;

/// Computes operations at compile time, with the semantics of the reference interpreter.
@FunctionalInterface
public interface ConstantEvaluator {
  /// The reference interpreter.
  ConstantEvaluator REFERENCE = Interpreter::evaluate;

  /// Result of an operation on these operands.
  Tensor evaluate(Op op, List<Tensor> operands);

  /// Value of an expression without operands.
  default Literal evaluate(ScalarExpression expression) {
    Value unused = new Value("unused", TensorType.of(DataType.F32));
    Tensor zero = Tensor.scalar(DataType.F32, 0);
    return literal(evaluate(new Pointwise(List.of(unused), expression), List.of(zero)));
  }

  /// The first element of a tensor.
  static Literal literal(Tensor tensor) {
    return tensor.type().isFloat()
        ? Literal.real(tensor.type(), tensor.getDouble(0))
        : Literal.integer(tensor.type(), tensor.getLong(0));
  }
}
