package dev.tuckerc.ir;

import java.util.List;

/// `y = x / (bias + alpha/size * sum x^2)^beta`, the sum over `size` neighbouring channels from `c
/// - floor((size-1)/2)` to `c + ceil((size-1)/2)`.
public record LocalResponseNormalization(
    Value input, long size, double alpha, double beta, double bias) implements Op {

  @Override
  public String name() {
    return "lrn";
  }

  @Override
  public List<Value> operands() {
    return List.of(input);
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE
        .with("size", size)
        .with("alpha", alpha)
        .with("beta", beta)
        .with("bias", bias);
  }

  @Override
  public TensorType resultType() {
    return TensorType.of(input.type().elementType(), input.shape());
  }

  static LocalResponseNormalization from(List<Value> operands, Attributes attributes) {
    return new LocalResponseNormalization(
        operands.get(0),
        attributes.integer("size"),
        attributes.real("alpha"),
        attributes.real("beta"),
        attributes.real("bias"));
  }
}
