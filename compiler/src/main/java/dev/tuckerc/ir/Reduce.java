package dev.tuckerc.ir;

import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;

/// Reduction over the named axes. Reducing over no element gives the kind's neutral value.
///
/// @param element type of the result: that of the input, or a wider floating-point type, in which a
///   sum of 16-bit floats neither overflows nor is rounded
public record Reduce(Kind kind, Value input, List<Long> axes, boolean keepDims, DataType element)
    implements Op {
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
    DataType own = input.type().elementType();
    if (element != own
        && (!own.isFloat() || !element.isFloat() || element.bytes() <= own.bytes())) {
      throw new IrException("reduce of " + own + " to " + element);
    }
  }

  /// A reduction whose result has the input's element type.
  public Reduce(Kind kind, Value input, List<Long> axes, boolean keepDims) {
    this(kind, input, axes, keepDims, input.type().elementType());
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
    Attributes attributes =
        Attributes.NONE
            .with("kind", Attributes.text(kind))
            .with("axes", axes)
            .withFlag("keep_dims", keepDims);
    return element == input.type().elementType()
        ? attributes
        : attributes.with("element", new Attribute.Type(element));
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
    return TensorType.of(element, new Shape(dims));
  }

  static Reduce from(List<Value> operands, Attributes attributes) {
    return new Reduce(
        attributes.constant("kind", Kind.class),
        operands.get(0),
        attributes.integers("axes"),
        attributes.flag("keep_dims"),
        attributes.type("element", operands.get(0).type().elementType()));
  }
}
