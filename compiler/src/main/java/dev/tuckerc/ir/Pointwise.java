package dev.tuckerc.ir;

import dev.tuckerc.tensor.DataType;
import java.util.List;

/// `y[i] = body(x0[i], x1[i], ...)`; operands broadcast by NumPy's rule.
public record Pointwise(List<Value> operands, ScalarExpression body) implements Op {
  public Pointwise {
    operands = List.copyOf(operands);
    if (operands.isEmpty()) {
      throw new IrException("pointwise needs an operand");
    }
  }

  @Override
  public String name() {
    return "pointwise";
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE.with("body", new Attribute.Body(body));
  }

  @Override
  public TensorType resultType() {
    Shape shape = operands.stream().map(Value::shape).reduce(Shape::broadcast).orElseThrow();
    List<DataType> types = operands.stream().map(v -> v.type().elementType()).toList();
    return TensorType.of(body.type(types), shape);
  }
}
