package dev.tuckerc.emulator.isa;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/// Directed rounding, which Java's arithmetic lacks.
final class Rounding {
  private Rounding() {}

  /// Directions of rounding.
  enum Mode {
    NEAREST,
    ZERO,
    DOWN,
    UP
  }

  /// Rounds `value + rest` to single precision, where `rest` is smaller than half a unit in the
  /// last place of `value` (only its sign matters).
  static float toFloat(double value, double rest, Mode mode) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return (float) value;
    }
    float nearest = (float) value;
    if (mode == Mode.NEAREST) {
      return nearest(value, rest, nearest);
    }
    int order = Double.compare(nearest + 0.0, value + 0.0);
    if (order == 0) {
      order = rest > 0 ? -1 : rest < 0 ? 1 : 0;
    }
    boolean down =
        mode == Mode.DOWN || (mode == Mode.ZERO && (value > 0 || (value == 0 && rest > 0)));
    if (order > 0 && down) {
      return Math.nextDown(nearest);
    }
    if (order < 0 && !down) {
      return Math.nextUp(nearest);
    }
    return nearest;
  }

  private static float nearest(double value, double rest, float nearest) {
    if (rest == 0) {
      return nearest;
    }
    // Round to odd first, so that the tie is broken by what the double does not hold.
    long bits = Double.doubleToRawLongBits(value);
    if ((bits & 1) == 0) {
      boolean away = (rest > 0) == (value > 0);
      return (float) Double.longBitsToDouble(away ? bits + 1 : bits - 1);
    }
    return nearest;
  }

  /// The error of `a + b` rounded to `sum` (Knuth's two-sum).
  static double sumError(double a, double b, double sum) {
    double bb = sum - a;
    return (a - (sum - bb)) + (b - bb);
  }

  /// Rounds to odd: to single precision so that a later rounding to fewer bits is exact.
  static float toOddFloat(double value) {
    float nearest = (float) value;
    if (nearest == value || Double.isNaN(value)) {
      return nearest;
    }
    if (Float.isInfinite(nearest)) {
      return Math.copySign(Float.MAX_VALUE, nearest);
    }
    if ((Float.floatToRawIntBits(nearest) & 1) != 0) {
      return nearest;
    }
    return nearest > value ? Math.nextDown(nearest) : Math.nextUp(nearest);
  }

  /// Rounds an exact value to double precision.
  static double toDouble(BigDecimal exact, Mode mode, double zero) {
    if (exact.signum() == 0) {
      return zero;
    }
    double nearest = exact.doubleValue();
    if (mode == Mode.NEAREST) {
      return nearest;
    }
    boolean down = mode == Mode.DOWN || (mode == Mode.ZERO && exact.signum() > 0);
    int order =
        Double.isInfinite(nearest)
            ? (nearest > 0 ? 1 : -1)
            : new BigDecimal(nearest).compareTo(exact);
    if (order > 0 && down) {
      return Math.nextDown(nearest);
    }
    if (order < 0 && !down) {
      return Math.nextUp(nearest);
    }
    return nearest;
  }

  static double sum(double a, double b, Mode mode) {
    double nearest = a + b;
    if (mode == Mode.NEAREST
        || Double.isNaN(nearest)
        || Double.isInfinite(a + b) && (Double.isInfinite(a) || Double.isInfinite(b))) {
      return nearest;
    }
    BigDecimal exact = new BigDecimal(a).add(new BigDecimal(b));
    return toDouble(exact, mode, exactZero(nearest, a == 0 && b == 0, mode));
  }

  static double product(double a, double b, Mode mode) {
    double nearest = a * b;
    if (mode == Mode.NEAREST || !Double.isFinite(a) || !Double.isFinite(b)) {
      return nearest;
    }
    return toDouble(new BigDecimal(a).multiply(new BigDecimal(b)), mode, nearest);
  }

  static double fused(double a, double b, double c, Mode mode) {
    double nearest = Math.fma(a, b, c);
    if (mode == Mode.NEAREST || !Double.isFinite(a) || !Double.isFinite(b) || !Double.isFinite(c)) {
      return nearest;
    }
    BigDecimal exact = new BigDecimal(a).multiply(new BigDecimal(b)).add(new BigDecimal(c));
    return toDouble(exact, mode, exactZero(nearest, c == 0 && (a == 0 || b == 0), mode));
  }

  static double quotient(double a, double b, Mode mode) {
    double nearest = a / b;
    if (mode == Mode.NEAREST || !Double.isFinite(a) || !Double.isFinite(b) || b == 0 || a == 0) {
      return nearest;
    }
    // More digits than any tie or double needs; the sign of what is cut off is kept by rounding
    // away from zero in the last digit.
    BigDecimal exact =
        new BigDecimal(a).divide(new BigDecimal(b), new MathContext(1200, RoundingMode.UP));
    return toDouble(exact, mode, nearest);
  }

  static double root(double a, Mode mode) {
    double nearest = Math.sqrt(a);
    if (mode == Mode.NEAREST || !Double.isFinite(nearest) || nearest == 0) {
      return nearest;
    }
    int order = new BigDecimal(nearest).pow(2).compareTo(new BigDecimal(a));
    if (order > 0 && mode != Mode.UP) {
      return Math.nextDown(nearest);
    }
    return order < 0 && mode == Mode.UP ? Math.nextUp(nearest) : nearest;
  }

  /// A sum that cancels to zero is +0, or -0 when rounding down; a sum of zeros keeps its sign.
  private static double exactZero(double nearest, boolean zeros, Mode mode) {
    return zeros || mode != Mode.DOWN ? nearest : -0.0;
  }
}
