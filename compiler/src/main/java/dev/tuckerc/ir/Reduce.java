package dev.tuckerc.ir;

import java.util.ArrayList;
import java.util.List;

/// Reduction over the named axes. Reducing over no element gives the kind's neutral value.
public record Reduce(Kind kind, Value input, List<Long> axes, boolean keepDims) implements Op {
  /// What the reduction computes.
  public enum Kind {
    SUM,
    MEAN,
    MAXIMUM,
    MINIMUM,
    PRODUCT
  }

  public Reduce {
    Shape shape = input.shape();
    axes = axes.stream().map(axis -> (long) shape.normalizeAxis(axis)).sorted().distinct().toList();
  }

  @Override
  public String name() {
    return "reduce";
  }

  @Override
  public List<Value> operands() {
    return List.of(input);
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE
        .with("kind", Attributes.text(kind))
        .with("axes", axes)
        .withFlag("keep_dims", keepDims);
  }

  @Override
  public TensorType resultType() {
    List<Dim> dims = new ArrayList<>();
    for (int axis = 0; axis < input.shape().rank(); axis++) {
      if (!axes.contains((long) axis)) {
        dims.add(input.shape().dim(axis));
      } else if (keepDims) {
        dims.add(Dim.of(1));
      }
    }
    return TensorType.of(input.type().elementType(), new Shape(dims));
  }

  static Reduce from(List<Value> operands, Attributes attributes) {
    return new Reduce(
        attributes.constant("kind", Kind.class),
        operands.get(0),
        attributes.integers("axes"),
        attributes.flag("keep_dims"));
  }
}
