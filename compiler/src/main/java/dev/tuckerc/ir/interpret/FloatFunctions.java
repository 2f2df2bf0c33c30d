package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;

/// Scalar functions on floating-point numbers, in float64.
final class FloatFunctions {
  private FloatFunctions() {}

  /// Rounds to an element type, to nearest even.
  static void round(double[] values, int n, DataType type) {
    if (type == DataType.F32) {
      for (int i = 0; i < n; i++) {
        values[i] = (float) values[i];
      }
    } else if (type != DataType.F64) {
      Tensor narrow = Tensor.zeros(type, List.of((long) n));
      for (int i = 0; i < n; i++) {
        narrow.setDouble(i, values[i]);
        values[i] = narrow.getDouble(i);
      }
    }
  }

  /// Rounds one number to an element type.
  static double round(double value, DataType type) {
    double[] one = {value};
    round(one, 1, type);
    return one[0];
  }

  static void unary(UnaryFunction function, double[] x, double[] y, int n) {
    switch (function) {
      case RELU -> {
        for (int i = 0; i < n; i++) {
          y[i] = Math.max(x[i], 0.0);
        }
      }
      case NEGATE -> {
        for (int i = 0; i < n; i++) {
          y[i] = -x[i];
        }
      }
      default -> {
        for (int i = 0; i < n; i++) {
          y[i] = apply(function, x[i]);
        }
      }
    }
  }

  static double apply(UnaryFunction function, double x) {
    return switch (function) {
      case NEGATE -> -x;
      case ABS -> Math.abs(x);
      case SIGN -> Math.signum(x);
      case RECIPROCAL -> 1 / x;
      case SQRT -> Math.sqrt(x);
      case EXP -> Math.exp(x);
      case LOG -> Math.log(x);
      case FLOOR -> Math.floor(x);
      case CEIL -> Math.ceil(x);
      case ROUND -> Math.rint(x);
      case RELU -> Math.max(x, 0.0);
      case SIGMOID -> 1 / (1 + Math.exp(-x));
      case TANH -> Math.tanh(x);
      case ERF -> SpecialFunctions.erf(x);
      case SIN -> Math.sin(x);
      case COS -> Math.cos(x);
      case TAN -> Math.tan(x);
      case ASIN -> Math.asin(x);
      case ACOS -> Math.acos(x);
      case ATAN -> Math.atan(x);
      case SINH -> Math.sinh(x);
      case COSH -> Math.cosh(x);
      case ASINH -> SpecialFunctions.asinh(x);
      case ACOSH -> SpecialFunctions.acosh(x);
      case ATANH -> Math.copySign(0.5 * Math.log1p(2 * Math.abs(x) / (1 - Math.abs(x))), x);
      case SOFTPLUS -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
      case NOT, BITWISE_NOT, IS_NAN, IS_INFINITE ->
          throw new IllegalArgumentException(function.text() + " has no floating-point result");
    };
  }

  static void test(UnaryFunction function, double[] x, long[] y, int n) {
    boolean nan = function == UnaryFunction.IS_NAN;
    for (int i = 0; i < n; i++) {
      y[i] = (nan ? Double.isNaN(x[i]) : Double.isInfinite(x[i])) ? 1 : 0;
    }
  }

  static void binary(BinaryFunction function, double[] a, double[] b, double[] y, int n) {
    switch (function) {
      case ADD -> {
        for (int i = 0; i < n; i++) {
          y[i] = a[i] + b[i];
        }
      }
      case SUBTRACT -> {
        for (int i = 0; i < n; i++) {
          y[i] = a[i] - b[i];
        }
      }
      case MULTIPLY -> {
        for (int i = 0; i < n; i++) {
          y[i] = a[i] * b[i];
        }
      }
      case DIVIDE -> {
        for (int i = 0; i < n; i++) {
          y[i] = a[i] / b[i];
        }
      }
      case MINIMUM -> {
        for (int i = 0; i < n; i++) {
          y[i] = Math.min(a[i], b[i]);
        }
      }
      case MAXIMUM -> {
        for (int i = 0; i < n; i++) {
          y[i] = Math.max(a[i], b[i]);
        }
      }
      case MODULO -> {
        for (int i = 0; i < n; i++) {
          y[i] = modulo(a[i], b[i]);
        }
      }
      case REMAINDER -> {
        for (int i = 0; i < n; i++) {
          y[i] = a[i] % b[i];
        }
      }
      case POWER -> {
        for (int i = 0; i < n; i++) {
          y[i] = power(a[i], b[i]);
        }
      }
      default -> throw new IllegalArgumentException(function.text() + " of floats");
    }
  }

  static void compare(BinaryFunction function, double[] a, double[] b, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      boolean holds =
          switch (function) {
            case EQUAL -> a[i] == b[i];
            case LESS -> a[i] < b[i];
            case LESS_OR_EQUAL -> a[i] <= b[i];
            case GREATER -> a[i] > b[i];
            case GREATER_OR_EQUAL -> a[i] >= b[i];
            default -> throw new IllegalArgumentException(function.text() + " of floats");
          };
      y[i] = holds ? 1 : 0;
    }
  }

  /// Remainder with the divisor's sign, zeros included.
  private static double modulo(double a, double b) {
    double remainder = a % b;
    if (remainder == 0) {
      return Math.copySign(0, b);
    }
    return remainder < 0 != b < 0 ? remainder + b : remainder;
  }

  /// IEEE 754 `pow`, which Java's differs from at base 1 and at base -1 with an infinite exponent.
  private static double power(double base, double exponent) {
    if (base == 1 || base == -1 && Double.isInfinite(exponent)) {
      return 1;
    }
    return Math.pow(base, exponent);
  }
}
