package dev.tuckerc.ir;

import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;

/// Index (I64) of the largest or smallest element along one axis; the first of equals, or the last.
public record ArgReduce(Kind kind, Value input, long axis, boolean keepDims, boolean last)
    implements Op {
  /// Which element is sought.
  public enum Kind {
    MAXIMUM,
    MINIMUM
  }

  public ArgReduce {
    axis = input.shape().normalizeAxis(axis);
  }

  @Override
  public String name() {
    return "arg_reduce";
  }

  @Override
  public List<Value> operands() {
    return List.of(input);
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE
        .with("kind", Attributes.text(kind))
        .with("axis", axis)
        .withFlag("keep_dims", keepDims)
        .withFlag("last", last);
  }

  @Override
  public TensorType resultType() {
    List<Dim> dims = new ArrayList<>(input.shape().dims());
    if (keepDims) {
      dims.set((int) axis, Dim.of(1));
    } else {
      dims.remove((int) axis);
    }
    return TensorType.of(DataType.I64, new Shape(dims));
  }

  static ArgReduce from(List<Value> operands, Attributes attributes) {
    return new ArgReduce(
        attributes.constant("kind", Kind.class),
        operands.get(0),
        attributes.integer("axis"),
        attributes.flag("keep_dims"),
        attributes.flag("last"));
  }
}
