package dev.tuckerc.ir;

import java.util.List;

/// Running sum along one axis.
public record CumulativeSum(Value input, long axis, boolean exclusive, boolean reverse)
    implements Op {
  public CumulativeSum {
    axis = input.shape().normalizeAxis(axis);
  }

  @Override
  public String name() {
    return "cumulative_sum";
  }

  @Override
  public List<Value> operands() {
    return List.of(input);
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE
        .with("axis", axis)
        .withFlag("exclusive", exclusive)
        .withFlag("reverse", reverse);
  }

  @Override
  public TensorType resultType() {
    return TensorType.of(input.type().elementType(), input.shape());
  }

  static CumulativeSum from(List<Value> operands, Attributes attributes) {
    return new CumulativeSum(
        operands.get(0),
        attributes.integer("axis"),
        attributes.flag("exclusive"),
        attributes.flag("reverse"));
  }
}
