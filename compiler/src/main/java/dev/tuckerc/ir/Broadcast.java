package dev.tuckerc.ir;

import java.util.List;

/// The input repeated along axes of extent 1, by NumPy's rule.
public record Broadcast(Value input, Shape shape) implements Op {
  public Broadcast {
    if (!Shape.broadcast(input.shape(), shape).equals(shape)) {
      throw new IrException("broadcast of " + input.shape() + " to " + shape);
    }
  }

  @Override
  public String name() {
    return "broadcast";
  }

  @Override
  public List<Value> operands() {
    return List.of(input);
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE.with("shape", new Attribute.Extents(shape));
  }

  @Override
  public TensorType resultType() {
    return TensorType.of(input.type().elementType(), shape);
  }

  static Broadcast from(List<Value> operands, Attributes attributes) {
    return new Broadcast(operands.get(0), attributes.extents("shape"));
  }
}
