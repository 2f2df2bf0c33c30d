package dev.tuckerc.ir;

import java.util.List;

/// The same elements, in row-major order of the logical axes, under another shape.
public record Reshape(Value input, Shape shape) implements Op {
  public Reshape {
    if (input.shape().isStatic()
        && shape.isStatic()
        && input.shape().elementCount() != shape.elementCount()) {
      throw new IrException("reshape of " + input.shape() + " to " + shape);
    }
  }

  @Override
  public String name() {
    return "reshape";
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

  static Reshape from(List<Value> operands, Attributes attributes) {
    return new Reshape(operands.get(0), attributes.extents("shape"));
  }
}
