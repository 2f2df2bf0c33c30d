package dev.tuckerc.ir;

import java.util.ArrayList;
import java.util.List;

/// Slices of the input along one axis at the given indices (integers; negative ones count from the
/// end).
public record Gather(Value input, Value indices, long axis) implements Op {
  public Gather {
    axis = input.shape().normalizeAxis(axis);
    if (!indices.type().elementType().isInteger()) {
      throw new IrException("gather indices of type " + indices.type());
    }
  }

  @Override
  public String name() {
    return "gather";
  }

  @Override
  public List<Value> operands() {
    return List.of(input, indices);
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE.with("axis", axis);
  }

  @Override
  public TensorType resultType() {
    List<Dim> dims = new ArrayList<>(input.shape().dims());
    dims.remove((int) axis);
    dims.addAll((int) axis, indices.shape().dims());
    return TensorType.of(input.type().elementType(), new Shape(dims));
  }

  static Gather from(List<Value> operands, Attributes attributes) {
    return new Gather(operands.get(0), operands.get(1), attributes.integer("axis"));
  }
}
