package dev.tuckerc.onnx.content;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/// Evaluates a scalar expression on known or symbolic elements. Every intermediate result is
/// rounded to its type. Only what shape arithmetic uses is covered: an empty result means "not
/// known", never an error.
public final class ScalarEvaluator {
  private ScalarEvaluator() {}

  /// The value of an expression, given the operands' types and elements.
  static Optional<Scalar> evaluate(
      ScalarExpression expression, List<DataType> types, List<Scalar> operands) {
    return switch (expression) {
      case ScalarExpression.Operand(int index) -> Optional.of(operands.get(index));
      case ScalarExpression.Literal(DataType type, double value, long integer) ->
          Optional.of(type.isFloat() ? round(type, value) : wrap(type, integer));
      case ScalarExpression.Unary(UnaryFunction function, ScalarExpression argument) -> {
        DataType type = argument.type(types);
        yield evaluate(argument, types, operands).flatMap(a -> unary(function, type, a));
      }
      case ScalarExpression.Binary(
              BinaryFunction function,
              ScalarExpression l,
              ScalarExpression r) -> {
        DataType type = l.type(types);
        yield evaluate(l, types, operands)
            .flatMap(a -> evaluate(r, types, operands).flatMap(b -> combine(function, type, a, b)));
      }
      case ScalarExpression.Select(ScalarExpression c, ScalarExpression a, ScalarExpression b) ->
          evaluate(c, types, operands)
              .flatMap(condition ->
                  condition instanceof Scalar.Int(long value)
                      ? evaluate(value != 0 ? a : b, types, operands)
                      : Optional.empty());
      case ScalarExpression.Convert(DataType type, ScalarExpression argument) ->
          evaluate(argument, types, operands).flatMap(a -> convert(type, a));
    };
  }

  static Scalar round(DataType type, double value) {
    return new Scalar.Real(Tensor.scalar(type, value).getDouble(0));
  }

  static Scalar wrap(DataType type, long value) {
    Tensor tensor = Tensor.zeros(type, List.of());
    tensor.setLong(0, value);
    return new Scalar.Int(tensor.getLong(0));
  }

  private static Optional<Scalar> convert(DataType type, Scalar argument) {
    return switch (argument) {
      case Scalar.Int(long value) ->
          Optional.of(type.isFloat() ? round(type, value) : wrap(type, value));
      case Scalar.Real(double value) ->
          switch (type) {
            case F64, F32, F16, BF16 -> Optional.of(round(type, value));
            case BOOL -> Optional.of(new Scalar.Int(value != 0 ? 1 : 0));
            case I64, I32 -> Optional.of(new Scalar.Int(saturate(type, value)));
            // Out of range these depend on the device, so they are not decided here.
            case I16, I8, U64, U32, U16, U8 -> Optional.empty();
          };
      case Scalar.Extent extent ->
          type == DataType.I64 || type == DataType.I32 ? Optional.of(extent) : Optional.empty();
    };
  }

  private static long saturate(DataType type, double value) {
    return type == DataType.I32 ? (int) value : (long) value;
  }

  private static Optional<Scalar> unary(UnaryFunction function, DataType type, Scalar argument) {
    return switch (argument) {
      case Scalar.Int(long v) ->
          switch (function) {
            case NEGATE -> Optional.of(wrap(type, -v));
            case ABS, RELU ->
                Optional.of(
                    new Scalar.Int(function == UnaryFunction.ABS ? Math.abs(v) : Math.max(v, 0)));
            case SIGN -> Optional.of(new Scalar.Int(Long.signum(v)));
            case FLOOR, CEIL, ROUND -> Optional.of(argument);
            case NOT -> Optional.of(new Scalar.Int(v == 0 ? 1 : 0));
            default -> Optional.empty();
          };
      case Scalar.Real(double v) ->
          switch (function) {
            case NEGATE -> Optional.of(new Scalar.Real(-v));
            case ABS -> Optional.of(new Scalar.Real(Math.abs(v)));
            case FLOOR -> Optional.of(new Scalar.Real(Math.floor(v)));
            case CEIL -> Optional.of(new Scalar.Real(Math.ceil(v)));
            case ROUND -> Optional.of(new Scalar.Real(Math.rint(v)));
            case SQRT -> Optional.of(round(type, Math.sqrt(v)));
            case RECIPROCAL -> Optional.of(round(type, 1 / v));
            case IS_NAN -> Optional.of(new Scalar.Int(Double.isNaN(v) ? 1 : 0));
            case IS_INFINITE -> Optional.of(new Scalar.Int(Double.isInfinite(v) ? 1 : 0));
            default -> Optional.empty();
          };
      case Scalar.Extent extent ->
          function == UnaryFunction.ABS || function == UnaryFunction.RELU
              ? Optional.of(extent)
              : Optional.empty();
    };
  }

  /// A function of two elements.
  static Optional<Scalar> combine(
      BinaryFunction function, DataType type, Scalar left, Scalar right) {
    if (left instanceof Scalar.Int(long a) && right instanceof Scalar.Int(long b)) {
      return integers(function, type, a, b);
    }
    if (left instanceof Scalar.Real(double a) && right instanceof Scalar.Real(double b)) {
      return reals(function, type, a, b);
    }
    return symbolic(function, left, right);
  }

  private static Optional<Scalar> integers(BinaryFunction function, DataType type, long a, long b) {
    boolean divides =
        switch (function) {
          case DIVIDE, MODULO, REMAINDER -> true;
          default -> false;
        };
    if (divides && b == 0 || type == DataType.U64 && (a < 0 || b < 0)) {
      return Optional.empty();
    }
    return switch (function) {
      case ADD -> Optional.of(wrap(type, a + b));
      case SUBTRACT -> Optional.of(wrap(type, a - b));
      case MULTIPLY -> Optional.of(wrap(type, a * b));
      case DIVIDE -> Optional.of(wrap(type, a / b));
      case MODULO -> Optional.of(wrap(type, Math.floorMod(a, b)));
      case REMAINDER -> Optional.of(wrap(type, a % b));
      case MINIMUM -> Optional.of(new Scalar.Int(Math.min(a, b)));
      case MAXIMUM -> Optional.of(new Scalar.Int(Math.max(a, b)));
      case EQUAL -> bool(a == b);
      case LESS -> bool(a < b);
      case LESS_OR_EQUAL -> bool(a <= b);
      case GREATER -> bool(a > b);
      case GREATER_OR_EQUAL -> bool(a >= b);
      case AND, BITWISE_AND -> Optional.of(new Scalar.Int(a & b));
      case OR, BITWISE_OR -> Optional.of(new Scalar.Int(a | b));
      case XOR, BITWISE_XOR -> Optional.of(new Scalar.Int(a ^ b));
      case POWER, SHIFT_LEFT, SHIFT_RIGHT -> Optional.empty();
    };
  }

  private static Optional<Scalar> reals(
      BinaryFunction function, DataType type, double a, double b) {
    return switch (function) {
      case ADD -> Optional.of(round(type, a + b));
      case SUBTRACT -> Optional.of(round(type, a - b));
      case MULTIPLY -> Optional.of(round(type, a * b));
      case DIVIDE -> Optional.of(round(type, a / b));
      case MINIMUM -> Optional.of(new Scalar.Real(Math.min(a, b)));
      case MAXIMUM -> Optional.of(new Scalar.Real(Math.max(a, b)));
      case EQUAL -> bool(a == b);
      case LESS -> bool(a < b);
      case LESS_OR_EQUAL -> bool(a <= b);
      case GREATER -> bool(a > b);
      case GREATER_OR_EQUAL -> bool(a >= b);
      default -> Optional.empty();
    };
  }

  /// At least one side is an extent; it is known to be at least 0.
  private static Optional<Scalar> symbolic(BinaryFunction function, Scalar left, Scalar right) {
    Optional<Dim> a = dim(left);
    Optional<Dim> b = dim(right);
    if (function == BinaryFunction.EQUAL) {
      if (left.equals(right)) {
        return bool(true);
      }
      return isNegative(left) || isNegative(right) ? bool(false) : Optional.empty();
    }
    if (function == BinaryFunction.SUBTRACT && left.equals(right)) {
      return Optional.of(new Scalar.Int(0));
    }
    if (left instanceof Scalar.Extent(Dim.Symbolic x) && right instanceof Scalar.Int(long y)) {
      return switch (function) {
        case ADD -> Optional.of(Scalar.of(x.plus(y)));
        case SUBTRACT -> Optional.of(Scalar.of(x.plus(-y)));
        case MULTIPLY -> y > 0 ? Optional.of(Scalar.of(x.times(y))) : zeroIf(y == 0);
        case DIVIDE -> y > 0 ? Optional.of(Scalar.of(x.dividedBy(y))) : Optional.empty();
        default -> Optional.empty();
      };
    }
    if (a.isEmpty() || b.isEmpty()) {
      return Optional.empty();
    }
    return switch (function) {
      case ADD ->
          a.get() instanceof Dim.Known(long known)
              ? Optional.of(Scalar.of(b.get().plus(known)))
              : Optional.of(
                  new Scalar.Extent(new Dim.Symbolic("(" + a.get() + "+" + b.get() + ")")));
      case MULTIPLY -> Optional.of(Scalar.of(a.get().times(b.get())));
      default -> Optional.empty();
    };
  }

  private static Optional<Scalar> zeroIf(boolean zero) {
    return zero ? Optional.of(new Scalar.Int(0)) : Optional.empty();
  }

  private static boolean isNegative(Scalar scalar) {
    return scalar instanceof Scalar.Int(long value) && value < 0;
  }

  private static Optional<Dim> dim(Scalar scalar) {
    return switch (scalar) {
      case Scalar.Int(long value) -> value < 0 ? Optional.empty() : Optional.of(Dim.of(value));
      case Scalar.Extent(Dim.Symbolic dim) -> Optional.of(dim);
      case Scalar.Real _ -> Optional.empty();
    };
  }

  private static Optional<Scalar> bool(boolean value) {
    return Optional.of(new Scalar.Int(value ? 1 : 0));
  }
}
