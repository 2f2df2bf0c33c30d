package dev.tuckerc.training.model;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.tensor.DataType;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Scalar expressions over whole tensors, function by function; operands broadcast.
final class ScalarFunctions {
  private ScalarFunctions() {}

  /// @throws IrException when the expression holds what has no gradient in float32
  static Tensor evaluate(ScalarExpression body, List<Tensor> operands) {
    return switch (body) {
      case ScalarExpression.Operand(int index) -> operands.get(index);
      case ScalarExpression.Literal literal -> torch.scalar_tensor(new Scalar(literal.value()));
      case ScalarExpression.Unary(UnaryFunction function, ScalarExpression argument) ->
          unary(function, evaluate(argument, operands));
      case ScalarExpression.Binary(
              BinaryFunction function,
              ScalarExpression left,
              ScalarExpression right) ->
          binary(function, evaluate(left, operands), evaluate(right, operands));
      case ScalarExpression.Select(
              ScalarExpression condition,
              ScalarExpression yes,
              ScalarExpression no) ->
          torch.where(
              evaluate(condition, operands), evaluate(yes, operands), evaluate(no, operands));
      case ScalarExpression.Convert(DataType type, ScalarExpression argument) -> {
        if (type != DataType.F32) {
          throw new IrException("a conversion to " + type + " has no gradient");
        }
        yield evaluate(argument, operands);
      }
    };
  }

  /// Why an expression cannot be trained; empty where it can.
  static String obstacle(ScalarExpression body) {
    return switch (body) {
      case ScalarExpression.Operand _ -> "";
      case ScalarExpression.Literal literal ->
          literal.type() == DataType.F32 ? "" : "computes in " + literal.type();
      case ScalarExpression.Unary(UnaryFunction function, ScalarExpression argument) ->
          isSupported(function) ? obstacle(argument) : function.text() + " cannot be trained";
      case ScalarExpression.Binary(
              BinaryFunction function,
              ScalarExpression left,
              ScalarExpression right) ->
          isSupported(function)
              ? obstacle(left) + obstacle(right)
              : function.text() + " cannot be trained";
      case ScalarExpression.Select(
              ScalarExpression condition,
              ScalarExpression yes,
              ScalarExpression no) ->
          obstacle(condition) + obstacle(yes) + obstacle(no);
      case ScalarExpression.Convert(DataType type, ScalarExpression argument) ->
          type == DataType.F32 ? obstacle(argument) : "a conversion to " + type;
    };
  }

  private static boolean isSupported(UnaryFunction function) {
    return switch (function) {
      case NEGATE,
          ABS,
          SIGN,
          RECIPROCAL,
          SQRT,
          EXP,
          LOG,
          FLOOR,
          CEIL,
          ROUND,
          RELU,
          SIGMOID,
          TANH,
          ERF,
          SIN,
          COS,
          SOFTPLUS,
          NOT ->
          true;
      case TAN,
          ASIN,
          ACOS,
          ATAN,
          SINH,
          COSH,
          ASINH,
          ACOSH,
          ATANH,
          BITWISE_NOT,
          IS_NAN,
          IS_INFINITE ->
          false;
    };
  }

  private static boolean isSupported(BinaryFunction function) {
    return switch (function) {
      case ADD,
          SUBTRACT,
          MULTIPLY,
          DIVIDE,
          POWER,
          MINIMUM,
          MAXIMUM,
          EQUAL,
          LESS,
          LESS_OR_EQUAL,
          GREATER,
          GREATER_OR_EQUAL,
          AND,
          OR ->
          true;
      case MODULO, REMAINDER, XOR, BITWISE_AND, BITWISE_OR, BITWISE_XOR, SHIFT_LEFT, SHIFT_RIGHT ->
          false;
    };
  }

  private static Tensor unary(UnaryFunction function, Tensor x) {
    return switch (function) {
      case NEGATE -> torch.neg(x);
      case ABS -> torch.abs(x);
      case SIGN -> torch.sign(x);
      case RECIPROCAL -> torch.reciprocal(x);
      case SQRT -> torch.sqrt(x);
      case EXP -> torch.exp(x);
      case LOG -> torch.log(x);
      case FLOOR -> torch.floor(x);
      case CEIL -> torch.ceil(x);
      case ROUND -> torch.round(x);
      case RELU -> torch.relu(x);
      case SIGMOID -> torch.sigmoid(x);
      case TANH -> torch.tanh(x);
      case ERF -> torch.erf(x);
      case SIN -> torch.sin(x);
      case COS -> torch.cos(x);
      case SOFTPLUS -> torch.softplus(x);
      case NOT -> torch.logical_not(x);
      case TAN,
          ASIN,
          ACOS,
          ATAN,
          SINH,
          COSH,
          ASINH,
          ACOSH,
          ATANH,
          BITWISE_NOT,
          IS_NAN,
          IS_INFINITE ->
          throw new IrException(function.text() + " cannot be trained");
    };
  }

  private static Tensor binary(BinaryFunction function, Tensor a, Tensor b) {
    return switch (function) {
      case ADD -> a.add(b);
      case SUBTRACT -> a.sub(b);
      case MULTIPLY -> a.mul(b);
      case DIVIDE -> a.div(b);
      case POWER -> a.pow(b);
      case MINIMUM -> torch.minimum(a, b);
      case MAXIMUM -> torch.maximum(a, b);
      case EQUAL -> a.eq(b);
      case LESS -> a.lt(b);
      case LESS_OR_EQUAL -> a.le(b);
      case GREATER -> a.gt(b);
      case GREATER_OR_EQUAL -> a.ge(b);
      case AND -> torch.logical_and(a, b);
      case OR -> torch.logical_or(a, b);
      case MODULO, REMAINDER, XOR, BITWISE_AND, BITWISE_OR, BITWISE_XOR, SHIFT_LEFT, SHIFT_RIGHT ->
          throw new IrException(function.text() + " cannot be trained");
    };
  }
}
