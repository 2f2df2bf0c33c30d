package dev.tuckerc.ir;

import java.util.List;

/// Interpolation on a grid of another size. One scale per axis: output extent over input extent, as
/// the source model states it (it may differ from the quotient of the extents).
public record Resize(
    Value input,
    Shape shape,
    List<Double> scales,
    Mode mode,
    Coordinates coordinates,
    Nearest nearest,
    double cubicCoefficient,
    boolean excludeOutside)
    implements Op {
  /// Interpolation.
  public enum Mode {
    NEAREST,
    LINEAR,
    CUBIC
  }

  /// How an output coordinate maps to an input coordinate (ONNX `coordinate_transformation_mode`).
  public enum Coordinates {
    HALF_PIXEL,
    HALF_PIXEL_SYMMETRIC,
    PYTORCH_HALF_PIXEL,
    ALIGN_CORNERS,
    ASYMMETRIC
  }

  /// Rounding of the coordinate in nearest mode (ONNX `nearest_mode`).
  public enum Nearest {
    ROUND_PREFER_FLOOR,
    ROUND_PREFER_CEIL,
    FLOOR,
    CEIL
  }

  public Resize {
    scales = List.copyOf(scales);
    if (shape.rank() != input.shape().rank() || scales.size() != shape.rank()) {
      throw new IrException(
          "resize of " + input.shape() + " to " + shape + " with scales " + scales);
    }
  }

  @Override
  public String name() {
    return "resize";
  }

  @Override
  public List<Value> operands() {
    return List.of(input);
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE
        .with("shape", new Attribute.Extents(shape))
        .with("scales", new Attribute.Reals(scales))
        .with("mode", Attributes.text(mode))
        .with("coordinates", Attributes.text(coordinates))
        .with("nearest", Attributes.text(nearest))
        .with("cubic_coefficient", cubicCoefficient)
        .withFlag("exclude_outside", excludeOutside);
  }

  @Override
  public TensorType resultType() {
    return TensorType.of(input.type().elementType(), shape);
  }

  static Resize from(List<Value> operands, Attributes attributes) {
    return new Resize(
        operands.get(0),
        attributes.extents("shape"),
        attributes.reals("scales"),
        attributes.constant("mode", Mode.class),
        attributes.constant("coordinates", Coordinates.class),
        attributes.constant("nearest", Nearest.class),
        attributes.real("cubic_coefficient"),
        attributes.flag("exclude_outside"));
  }
}
