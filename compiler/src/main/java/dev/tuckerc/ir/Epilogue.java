package dev.tuckerc.ir;

import dev.tuckerc.tensor.DataType;
import java.util.List;
import java.util.stream.Stream;

/// Pointwise work done on an operation's result before it is stored.
///
/// @param body `x0` is the result, `x1`, `x2`, ... are `operands`
/// @param operands each broadcasts to the result's shape
public record Epilogue(ScalarExpression body, List<Value> operands) {
  /// Nothing to do.
  public static final Epilogue NONE = new Epilogue(new ScalarExpression.Operand(0), List.of());

  public Epilogue {
    operands = List.copyOf(operands);
  }

  /// Whether the result is stored as it is.
  public boolean isIdentity() {
    return body.equals(NONE.body);
  }

  /// Type of the operation's result after this epilogue.
  TensorType apply(TensorType result) {
    List<DataType> types =
        Stream.concat(
                Stream.of(result.elementType()), operands.stream().map(v -> v.type().elementType()))
            .toList();
    for (Value operand : operands) {
      if (!Shape.broadcast(result.shape(), operand.shape()).equals(result.shape())) {
        throw new IrException(
            "epilogue operand " + operand.type() + " does not broadcast to " + result);
      }
    }
    return result.withElementType(body.type(types));
  }
}
