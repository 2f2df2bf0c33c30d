package dev.tuckerc.ir;

import java.util.List;

/// `y[i] = x[start + i*step]` on every axis; a step may be negative. One entry per axis.
public record Slice(Value input, List<Long> starts, Shape sizes, List<Long> steps) implements Op {
  public Slice {
    starts = List.copyOf(starts);
    steps = List.copyOf(steps);
    int rank = input.shape().rank();
    if (starts.size() != rank
        || sizes.rank() != rank
        || steps.size() != rank
        || steps.contains(0L)) {
      throw new IrException(
          "slice of rank "
              + rank
              + " with starts "
              + starts
              + ", sizes "
              + sizes
              + ", steps "
              + steps);
    }
    for (int axis = 0; axis < rank; axis++) {
      if (input.shape().dim(axis) instanceof Dim.Known(long extent)
          && sizes.dim(axis) instanceof Dim.Known(long size)
          && size > 0) {
        long last = starts.get(axis) + (size - 1) * steps.get(axis);
        if (starts.get(axis) < 0 || starts.get(axis) >= extent || last < 0 || last >= extent) {
          throw new IrException(
              "slice leaves axis "
                  + axis
                  + " of "
                  + input.shape()
                  + ": starts "
                  + starts
                  + ", sizes "
                  + sizes
                  + ", steps "
                  + steps);
        }
      }
    }
  }

  @Override
  public String name() {
    return "slice";
  }

  @Override
  public List<Value> operands() {
    return List.of(input);
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE
        .with("starts", starts)
        .with("sizes", new Attribute.Extents(sizes))
        .with("steps", steps);
  }

  @Override
  public TensorType resultType() {
    return TensorType.of(input.type().elementType(), sizes);
  }

  static Slice from(List<Value> operands, Attributes attributes) {
    return new Slice(
        operands.get(0),
        attributes.integers("starts"),
        attributes.extents("sizes"),
        attributes.integers("steps"));
  }
}
