package dev.tuckerc.ir;

import java.util.List;

/// The same tensor in the memory layout of the result's type.
public record Relayout(Value input) implements Op {

  @Override
  public String name() {
    return "relayout";
  }

  @Override
  public List<Value> operands() {
    return List.of(input);
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE;
  }

  @Override
  public TensorType resultType() {
    return TensorType.of(input.type().elementType(), input.shape());
  }
}
