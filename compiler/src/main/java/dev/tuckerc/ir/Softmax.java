package dev.tuckerc.ir;

import java.util.List;

/// `y = exp(x - max) / sum(exp(x - max))` along one axis, or its logarithm.
public record Softmax(Value input, long axis, boolean logarithm) implements Op {
  public Softmax {
    axis = input.shape().normalizeAxis(axis);
  }

  @Override
  public String name() {
    return "softmax";
  }

  @Override
  public List<Value> operands() {
    return List.of(input);
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE.with("axis", axis).withFlag("logarithm", logarithm);
  }

  @Override
  public TensorType resultType() {
    return TensorType.of(input.type().elementType(), input.shape());
  }

  static Softmax from(List<Value> operands, Attributes attributes) {
    return new Softmax(operands.get(0), attributes.integer("axis"), attributes.flag("logarithm"));
  }
}
