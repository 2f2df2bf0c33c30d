package dev.tuckerc.ir;

import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Literal;
import dev.tuckerc.ir.ScalarExpression.Select;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.tensor.DataType;
import java.util.Locale;

/// An activation function of a recurrent layer (ONNX `activations`, `activation_alpha`,
/// `activation_beta`).
///
/// @param alpha first parameter of the function, 0 where it has none
/// @param beta second parameter of the function, 0 where it has none
public record RecurrentActivation(Function function, double alpha, double beta) {
  /// The functions that ONNX names.
  public enum Function {
    SIGMOID(false, 0, false, 0),
    TANH(false, 0, false, 0),
    RELU(false, 0, false, 0),
    /// `alpha*x + beta`
    AFFINE(true, 1, true, 0),
    /// `x < 0 ? alpha*x : x`
    LEAKY_RELU(true, 0.01f, false, 0),
    /// `x > alpha ? x : 0`
    THRESHOLDED_RELU(true, 1, false, 0),
    /// `alpha * tanh(beta*x)`
    SCALED_TANH(true, 1, true, 1),
    /// `min(max(alpha*x + beta, 0), 1)`
    HARD_SIGMOID(true, 0.2f, true, 0.5f),
    /// `x < 0 ? alpha*(exp(x) - 1) : x`
    ELU(true, 1, false, 0),
    /// `x / (1 + abs(x))`
    SOFTSIGN(false, 0, false, 0),
    SOFTPLUS(false, 0, false, 0);

    private final boolean usesAlpha;
    private final double alpha;
    private final boolean usesBeta;
    private final double beta;

    Function(boolean usesAlpha, double alpha, boolean usesBeta, double beta) {
      this.usesAlpha = usesAlpha;
      this.alpha = alpha;
      this.usesBeta = usesBeta;
      this.beta = beta;
    }

    public boolean usesAlpha() {
      return usesAlpha;
    }

    public boolean usesBeta() {
      return usesBeta;
    }

    /// The parameter where a model gives none.
    public double defaultAlpha() {
      return alpha;
    }

    /// The parameter where a model gives none.
    public double defaultBeta() {
      return beta;
    }

    /// The function of a name, written as in ONNX (`HardSigmoid`) or in the text form
    /// (`hard_sigmoid`).
    ///
    /// @throws IrException when there is none
    public static Function parse(String text) {
      String plain = text.replace("_", "").toLowerCase(Locale.ROOT);
      for (Function function : values()) {
        if (function.name().replace("_", "").toLowerCase(Locale.ROOT).equals(plain)) {
          return function;
        }
      }
      throw new IrException("unknown activation '" + text + "'");
    }
  }

  /// The function of an argument.
  ///
  /// @param type of the argument, floating-point
  public ScalarExpression of(DataType type, ScalarExpression x) {
    Literal zero = Literal.real(type, 0);
    Literal one = Literal.real(type, 1);
    Literal a = Literal.real(type, alpha);
    Literal b = Literal.real(type, beta);
    return switch (function) {
      case SIGMOID -> new Unary(UnaryFunction.SIGMOID, x);
      case TANH -> new Unary(UnaryFunction.TANH, x);
      case RELU -> new Unary(UnaryFunction.RELU, x);
      case SOFTPLUS -> new Unary(UnaryFunction.SOFTPLUS, x);
      case AFFINE -> add(multiply(a, x), b);
      case LEAKY_RELU -> new Select(less(x, zero), multiply(a, x), x);
      case THRESHOLDED_RELU -> new Select(less(a, x), x, zero);
      case SCALED_TANH -> multiply(a, new Unary(UnaryFunction.TANH, multiply(b, x)));
      case HARD_SIGMOID ->
          new Binary(
              BinaryFunction.MAXIMUM,
              zero,
              new Binary(BinaryFunction.MINIMUM, one, add(multiply(a, x), b)));
      case ELU -> {
        ScalarExpression power = new Unary(UnaryFunction.EXP, x);
        yield new Select(
            less(x, zero), multiply(a, new Binary(BinaryFunction.SUBTRACT, power, one)), x);
      }
      case SOFTSIGN ->
          new Binary(BinaryFunction.DIVIDE, x, add(one, new Unary(UnaryFunction.ABS, x)));
    };
  }

  private static ScalarExpression add(ScalarExpression a, ScalarExpression b) {
    return new Binary(BinaryFunction.ADD, a, b);
  }

  private static ScalarExpression multiply(ScalarExpression a, ScalarExpression b) {
    return new Binary(BinaryFunction.MULTIPLY, a, b);
  }

  private static ScalarExpression less(ScalarExpression a, ScalarExpression b) {
    return new Binary(BinaryFunction.LESS, a, b);
  }
}
