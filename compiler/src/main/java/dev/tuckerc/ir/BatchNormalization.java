package dev.tuckerc.ir;

import java.util.List;

/// `y[n,c,...] = scale[c] * (x - mean[c]) / sqrt(variance[c] + epsilon) + bias[c]`
public record BatchNormalization(
    Value input, Value scale, Value bias, Value mean, Value variance, double epsilon)
    implements Op {
  public BatchNormalization {
    for (Value parameter : List.of(scale, bias, mean, variance)) {
      if (input.shape().rank() < 2
          || !parameter.shape().equals(new Shape(List.of(input.shape().dim(1))))) {
        throw new IrException(
            "batch_norm parameter " + parameter.shape() + " does not match input " + input.shape());
      }
    }
  }

  @Override
  public String name() {
    return "batch_norm";
  }

  @Override
  public List<Value> operands() {
    return List.of(input, scale, bias, mean, variance);
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE.with("epsilon", epsilon);
  }

  @Override
  public TensorType resultType() {
    return TensorType.of(input.type().elementType(), input.shape());
  }

  static BatchNormalization from(List<Value> operands, Attributes attributes) {
    return new BatchNormalization(
        operands.get(0),
        operands.get(1),
        operands.get(2),
        operands.get(3),
        operands.get(4),
        attributes.real("epsilon"));
  }
}
