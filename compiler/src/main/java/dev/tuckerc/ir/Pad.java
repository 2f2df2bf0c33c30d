package dev.tuckerc.ir;

import java.util.ArrayList;
import java.util.List;

/// The input with elements added (or, where negative, removed) before and after every axis.
public record Pad(Value input, List<Long> before, List<Long> after, Mode mode, double value)
    implements Op {
  /// What the new elements are.
  public enum Mode {
    CONSTANT,
    REFLECT,
    EDGE,
    WRAP
  }

  public Pad {
    before = List.copyOf(before);
    after = List.copyOf(after);
    if (before.size() != input.shape().rank() || after.size() != input.shape().rank()) {
      throw new IrException(
          "pad of rank " + input.shape().rank() + " with " + before + " and " + after);
    }
  }

  @Override
  public String name() {
    return "pad";
  }

  @Override
  public List<Value> operands() {
    return List.of(input);
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE
        .with("before", before)
        .with("after", after)
        .with("mode", Attributes.text(mode))
        .with("value", value);
  }

  @Override
  public TensorType resultType() {
    List<Dim> dims = new ArrayList<>();
    for (int axis = 0; axis < before.size(); axis++) {
      dims.add(input.shape().dim(axis).plus(before.get(axis) + after.get(axis)));
    }
    return TensorType.of(input.type().elementType(), new Shape(dims));
  }

  static Pad from(List<Value> operands, Attributes attributes) {
    return new Pad(
        operands.get(0),
        attributes.integers("before"),
        attributes.integers("after"),
        attributes.constant("mode", Mode.class),
        attributes.real("value"));
  }
}
