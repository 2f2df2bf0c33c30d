package dev.tuckerc.onnx.importer;

import dev.tuckerc.onnx.model.OnnxException;
import java.util.List;
import java.util.stream.Collectors;

/// A valid model uses operators that cannot be imported. All of them are listed at once.
public final class UnsupportedModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// One node that cannot be imported.
  ///
  /// @param name node name, or its first output's name where it has none
  /// @param index position in the model's graph
  /// @param domain operator set; empty for the standard one
  /// @param operator operator type
  /// @param opset version of the operator set
  /// @param inputs types of the operands as far as known, `?` where not
  /// @param reason why, in one clause
  public record UnsupportedOperator(
      String name,
      int index,
      String domain,
      String operator,
      long opset,
      List<String> inputs,
      String reason) {
    public UnsupportedOperator {
      inputs = List.copyOf(inputs);
    }

    @Override
    public String toString() {
      return OnnxException.oneLine(
          (domain.isEmpty() ? "" : domain + ".")
              + operator
              + " '"
              + name
              + "' (node "
              + index
              + ", opset "
              + opset
              + ", inputs "
              + String.join(" ", inputs)
              + "): "
              + reason);
    }
  }

  private final transient List<UnsupportedOperator> operators;

  public UnsupportedModelException(String file, List<UnsupportedOperator> operators) {
    super(
        OnnxException.oneLine(file)
            + ": "
            + operators.size()
            + (operators.size() == 1 ? " unsupported operator" : " unsupported operators")
            + operators.stream().map(o -> "\n  " + o).collect(Collectors.joining()));
    this.operators = List.copyOf(operators);
  }

  /// The operators, in the order of the model.
  public List<UnsupportedOperator> operators() {
    return operators;
  }
}
