package dev.tuckerc.ir;

import dev.tuckerc.tensor.Tensor;
import java.util.List;

/// Constant data.
public record Constant(String label, Tensor tensor) implements Op {

  @Override
  public String name() {
    return "constant";
  }

  @Override
  public List<Value> operands() {
    return List.of();
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE.with("label", label).with("value", new Attribute.Data(tensor));
  }

  @Override
  public TensorType resultType() {
    return TensorType.of(tensor.type(), Shape.of(tensor.shape()));
  }
}
