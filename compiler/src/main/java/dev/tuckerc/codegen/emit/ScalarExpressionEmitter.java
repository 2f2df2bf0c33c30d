package dev.tuckerc.codegen.emit;

import dev.tuckerc.codegen.select.CodegenException;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;

/// Writes a [ScalarExpression] as CUDA C++.
///
/// Equal sub-expressions are computed once. Each operation becomes one named temporary, so that
/// long fused bodies stay readable. F16 and BF16 are computed in `float` and rounded only by a
/// conversion in the expression and by the final store: at least as exact as rounding at every
/// step.
public final class ScalarExpressionEmitter {
  private final List<DataType> types;
  private final List<String> operands;
  private final String prefix;
  private final List<String> statements = new ArrayList<>();
  private final SequencedSet<String> helpers = new LinkedHashSet<>();
  private final Map<ScalarExpression, String> known = new HashMap<>();

  private ScalarExpressionEmitter(List<DataType> types, List<String> operands, String prefix) {
    this.types = types;
    this.operands = operands;
    this.prefix = prefix;
  }

  /// Emits an expression.
  ///
  /// @param types element types of the operands
  /// @param operands for each operand an expression of its compute type without side effects
  /// @param prefix of the temporaries' names, such as `t`
  public static EmittedScalar emit(
      ScalarExpression body, List<DataType> types, List<String> operands, String prefix) {
    var emitter = new ScalarExpressionEmitter(types, operands, prefix);
    return emitter.emitted(emitter.value(body));
  }

  private EmittedScalar emitted(String result) {
    return new EmittedScalar(statements, result, helpers);
  }

  /// Emits an expression whose value is stored next: a last rounding to a 16-bit type is left to
  /// the store, and a `tanh` before it is the machine's own, which is as exact as the rounding.
  public static EmittedScalar emitStored(
      ScalarExpression body, List<DataType> types, List<String> operands, String prefix) {
    boolean rounds =
        body instanceof ScalarExpression.Convert(DataType to, ScalarExpression argument)
            && to.isHalf()
            && argument.type(types) == DataType.F32;
    ScalarExpression own = rounds ? ((ScalarExpression.Convert) body).argument() : body;
    if (body.type(types).isHalf()
        && own instanceof ScalarExpression.Unary(UnaryFunction function, ScalarExpression argument)
        && function == UnaryFunction.TANH) {
      var emitter = new ScalarExpressionEmitter(types, operands, prefix);
      String x = emitter.value(argument);
      String code = emitter.helper("tanh.cuh", "tanh_to_round(" + x + ")");
      return emitter.emitted(emitter.temporary(own, code));
    }
    return emit(own, types, operands, prefix);
  }

  private String value(ScalarExpression expression) {
    String name = known.get(expression);
    if (name != null) {
      return name;
    }
    String text =
        switch (expression) {
          case ScalarExpression.Operand(int index) -> operands.get(index);
          case ScalarExpression.Literal literal -> literal(literal);
          case ScalarExpression.Unary(UnaryFunction function, ScalarExpression argument) ->
              temporary(expression, unary(function, argument));
          case ScalarExpression.Binary(
                  BinaryFunction function,
                  ScalarExpression left,
                  ScalarExpression right) ->
              temporary(expression, binary(function, left, right));
          case ScalarExpression.Select(
                  ScalarExpression condition,
                  ScalarExpression yes,
                  ScalarExpression no) ->
              temporary(expression, value(condition) + " ? " + value(yes) + " : " + value(no));
          case ScalarExpression.Convert(DataType type, ScalarExpression argument) -> {
            String converted = convert(type, argument.type(types), value(argument));
            yield temporary(expression, converted);
          }
        };
    known.put(expression, text);
    return text;
  }

  private String temporary(ScalarExpression expression, String code) {
    String name = prefix + statements.size();
    String type = CudaType.of(expression.type(types)).compute();
    statements.add("const " + type + " " + name + " = " + code + ";");
    return name;
  }

  private String unary(UnaryFunction function, ScalarExpression argument) {
    DataType type = argument.type(types);
    String x = value(argument);
    if (type.isFloat()) {
      return floatUnary(function, type, x);
    }
    return switch (function) {
      case NEGATE -> wrapped(type, "-" + x);
      case ABS -> type.isUnsigned() ? x : wrapped(type, "(" + x + " < 0 ? -" + x + " : " + x + ")");
      case SIGN ->
          wrapped(
              type, type.isUnsigned() ? "(" + x + " > 0)" : "((" + x + " > 0) - (" + x + " < 0))");
      case RELU -> type.isUnsigned() ? x : wrapped(type, "(" + x + " < 0 ? 0 : " + x + ")");
      case NOT -> "!" + x;
      case BITWISE_NOT -> wrapped(type, "~" + x);
      case FLOOR, CEIL, ROUND -> x;
      case IS_NAN, IS_INFINITE -> "false";
      case RECIPROCAL,
          SQRT,
          EXP,
          LOG,
          SIGMOID,
          TANH,
          ERF,
          SIN,
          COS,
          TAN,
          ASIN,
          ACOS,
          ATAN,
          SINH,
          COSH,
          ASINH,
          ACOSH,
          ATANH,
          SOFTPLUS ->
          throw undefined(function.text(), type);
    };
  }

  private String floatUnary(UnaryFunction function, DataType type, String x) {
    String f = type == DataType.F64 ? "" : "f";
    String one = type == DataType.F64 ? "1.0" : "1.0f";
    String zero = type == DataType.F64 ? "0.0" : "0.0f";
    return switch (function) {
      case NEGATE -> "-" + x;
      case ABS -> "fabs" + f + "(" + x + ")";
      // NaN stays NaN.
      case SIGN ->
          x + " > " + zero + " ? " + one + " : (" + x + " < " + zero + " ? -" + one + " : " + x
              + ")";
      case RECIPROCAL -> one + " / " + x;
      case SQRT -> "sqrt" + f + "(" + x + ")";
      case EXP -> "exp" + f + "(" + x + ")";
      case LOG -> "log" + f + "(" + x + ")";
      case FLOOR -> "floor" + f + "(" + x + ")";
      case CEIL -> "ceil" + f + "(" + x + ")";
      case ROUND -> "rint" + f + "(" + x + ")";
      // NaN stays NaN.
      case RELU ->
          type == DataType.F64 ? x + " < 0.0 ? 0.0 : " + x : helper("relu.cuh", "relu(" + x + ")");
      case SIGMOID -> one + " / (" + one + " + exp" + f + "(-" + x + "))";
      case TANH -> "tanh" + f + "(" + x + ")";
      case ERF -> "erf" + f + "(" + x + ")";
      case SIN -> "sin" + f + "(" + x + ")";
      case COS -> "cos" + f + "(" + x + ")";
      case TAN -> "tan" + f + "(" + x + ")";
      case ASIN -> "asin" + f + "(" + x + ")";
      case ACOS -> "acos" + f + "(" + x + ")";
      case ATAN -> "atan" + f + "(" + x + ")";
      case SINH -> "sinh" + f + "(" + x + ")";
      case COSH -> "cosh" + f + "(" + x + ")";
      case ASINH -> "asinh" + f + "(" + x + ")";
      case ACOSH -> "acosh" + f + "(" + x + ")";
      case ATANH -> "atanh" + f + "(" + x + ")";
      case SOFTPLUS ->
          "fmax"
              + f
              + "("
              + x
              + ", "
              + zero
              + ") + log1p"
              + f
              + "(exp"
              + f
              + "(-fabs"
              + f
              + "("
              + x
              + ")))";
      case IS_NAN -> x + " != " + x;
      case IS_INFINITE -> "fabs" + f + "(" + x + ") == " + infinity(type);
      case NOT, BITWISE_NOT -> throw undefined(function.text(), type);
    };
  }

  private String binary(BinaryFunction function, ScalarExpression left, ScalarExpression right) {
    DataType type = left.type(types);
    String a = value(left);
    String b = value(right);
    return switch (function) {
      case ADD -> wrapped(type, a + " + " + b);
      case SUBTRACT -> wrapped(type, a + " - " + b);
      case MULTIPLY -> wrapped(type, a + " * " + b);
      case DIVIDE -> wrapped(type, a + " / " + b);
      case MODULO ->
          type.isFloat()
              ? helper("modulo.cuh", "floored_modulo(" + a + ", " + b + ")")
              : type.isUnsigned()
                  ? wrapped(type, a + " % " + b)
                  : wrapped(type, helper("modulo.cuh", "floored_modulo(" + a + ", " + b + ")"));
      case REMAINDER ->
          type.isFloat()
              ? (type == DataType.F64 ? "fmod(" : "fmodf(") + a + ", " + b + ")"
              : wrapped(type, a + " % " + b);
      case POWER ->
          type.isFloat()
              ? (type == DataType.F64 ? "pow(" : "powf(") + a + ", " + b + ")"
              : wrapped(type, helper("power.cuh", "integer_power(" + a + ", " + b + ")"));
      // The comparison is false for NaN, and `a != a` picks a NaN on the left.
      case MINIMUM ->
          type.isFloat()
              ? a + " < " + b + " || " + a + " != " + a + " ? " + a + " : " + b
              : a + " < " + b + " ? " + a + " : " + b;
      case MAXIMUM ->
          type.isFloat()
              ? a + " > " + b + " || " + a + " != " + a + " ? " + a + " : " + b
              : a + " > " + b + " ? " + a + " : " + b;
      case EQUAL -> a + " == " + b;
      case LESS -> a + " < " + b;
      case LESS_OR_EQUAL -> a + " <= " + b;
      case GREATER -> a + " > " + b;
      case GREATER_OR_EQUAL -> a + " >= " + b;
      case AND -> a + " && " + b;
      case OR -> a + " || " + b;
      case XOR -> a + " != " + b;
      case BITWISE_AND -> wrapped(type, a + " & " + b);
      case BITWISE_OR -> wrapped(type, a + " | " + b);
      case BITWISE_XOR -> wrapped(type, a + " ^ " + b);
      case SHIFT_LEFT -> wrapped(type, a + " << " + b);
      case SHIFT_RIGHT -> wrapped(type, a + " >> " + b);
    };
  }

  private String convert(DataType to, DataType from, String x) {
    if (to == from) {
      return x;
    }
    if (to == DataType.BOOL) {
      return x + " != 0";
    }
    String compute = CudaType.of(to).compute();
    if (to.isFloat()) {
      String value = "static_cast<" + compute + ">(" + x + ")";
      // Values of 16-bit types live in a float register, so rounding must be explicit.
      return switch (to) {
        case F16 -> {
          // One rounding from double, not two.
          String bits = from == DataType.F64 ? "double_to_half(" + x : "float_to_half(" + value;
          yield helper("half.cuh", "half_to_float(" + bits + "))");
        }
        case BF16 -> helper("bfloat16.cuh", "bfloat16_to_float(float_to_bfloat16(" + value + "))");
        default -> value;
      };
    }
    if (from.isFloat()) {
      return helper("saturate.cuh", "saturate_to_" + to.text() + "(" + x + ")");
    }
    return "static_cast<" + compute + ">(" + x + ")";
  }

  private String literal(ScalarExpression.Literal literal) {
    return switch (literal.type()) {
      case F64 -> real(literal.value(), literal.type());
      case F32, F16, BF16 -> real((float) literal.value(), literal.type());
      case BOOL -> literal.integer() != 0 ? "true" : "false";
      case I64 ->
          literal.integer() == Long.MIN_VALUE
              ? "(-9223372036854775807LL - 1)"
              : parenthesized(literal.integer() + "LL");
      case U64 -> Long.toUnsignedString(literal.integer()) + "ULL";
      case U32 -> (literal.integer() & 0xffffffffL) + "U";
      case I32 ->
          literal.integer() == Integer.MIN_VALUE
              ? "(-2147483647 - 1)"
              : parenthesized(Long.toString(literal.integer()));
      case I16, I8, U16, U8 ->
          "static_cast<" + CudaType.of(literal.type()).compute() + ">(" + literal.integer() + ")";
    };
  }

  private static String real(double value, DataType type) {
    boolean wide = type == DataType.F64;
    if (Double.isNaN(value)) {
      return wide ? "__longlong_as_double(0x7ff8000000000000LL)" : "__int_as_float(0x7fffffff)";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? infinity(type) : "(-" + infinity(type) + ")";
    }
    return parenthesized(wide ? Double.toString(value) : Float.toString((float) value) + "f");
  }

  private static String infinity(DataType type) {
    return type == DataType.F64
        ? "__longlong_as_double(0x7ff0000000000000LL)"
        : "__int_as_float(0x7f800000)";
  }

  private static String parenthesized(String number) {
    return number.startsWith("-") ? "(" + number + ")" : number;
  }

  /// C++ computes narrow integers as `int`; the cast wraps the result to its type.
  private static String wrapped(DataType type, String code) {
    return switch (type) {
      case I16, I8, U16, U8 -> "static_cast<" + CudaType.of(type).compute() + ">(" + code + ")";
      case F64, F32, F16, BF16, I64, I32, U64, U32, BOOL -> code;
    };
  }

  private String helper(String file, String code) {
    helpers.add(file);
    return code;
  }

  private static CodegenException undefined(String function, DataType type) {
    return new CodegenException("function '" + function + "' is not defined for " + type);
  }
}
