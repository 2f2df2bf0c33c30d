package dev.tuckerc.ir;

import java.util.List;

/// Interpolation on a grid of another size. One scale per axis: output extent over input extent, as
/// the source model states it (it may differ from the quotient of the extents).
///
/// @param antialias whether linear and cubic filters are stretched where an axis shrinks
/// @param roi for [Coordinates#TF_CROP_AND_RESIZE] the starts, then the ends of the region along
///   all axes, as fractions of the input's extents less one; else empty
public record Resize(
    Value input,
    Shape shape,
    List<Double> scales,
    Mode mode,
    Coordinates coordinates,
    Nearest nearest,
    double cubicCoefficient,
    boolean excludeOutside,
    boolean antialias,
    List<Double> roi)
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
    ASYMMETRIC,
    /// Of the region that `roi` names.
    TF_CROP_AND_RESIZE
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
    roi = List.copyOf(roi);
    if ((coordinates == Coordinates.TF_CROP_AND_RESIZE) != (roi.size() == 2 * shape.rank())) {
      throw new IrException("resize to " + shape + " of a region " + roi);
    }
    if (shape.rank() != input.shape().rank() || scales.size() != shape.rank()) {
      throw new IrException(
          "resize of " + input.shape() + " to " + shape + " with scales " + scales);
    }
  }

  /// An interpolation of the whole input without antialiasing.
  public Resize(
      Value input,
      Shape shape,
      List<Double> scales,
      Mode mode,
      Coordinates coordinates,
      Nearest nearest,
      double cubicCoefficient,
      boolean excludeOutside) {
    this(
        input,
        shape,
        scales,
        mode,
        coordinates,
        nearest,
        cubicCoefficient,
        excludeOutside,
        false,
        List.of());
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
    Attributes attributes =
        Attributes.NONE
            .with("shape", new Attribute.Extents(shape))
            .with("scales", new Attribute.Reals(scales))
            .with("mode", Attributes.text(mode))
            .with("coordinates", Attributes.text(coordinates))
            .with("nearest", Attributes.text(nearest))
            .with("cubic_coefficient", cubicCoefficient)
            .withFlag("exclude_outside", excludeOutside)
            .withFlag("antialias", antialias);
    return roi.isEmpty() ? attributes : attributes.with("roi", new Attribute.Reals(roi));
  }

  @Override
  public TensorType resultType() {
    return TensorType.of(input.type().elementType(), shape);
  }

  /// Where on the input's axis, in elements, an output coordinate lies; it may be outside.
  ///
  /// @param extent the input's extent along the axis
  public double sourceCoordinate(int axis, long output, long extent) {
    double scale = scales.get(axis);
    // The length that the scale asks for, which the result's extent rounds down.
    double length = scale * extent;
    double halfPixel = (output + 0.5) / scale - 0.5;
    return switch (coordinates) {
      case HALF_PIXEL -> halfPixel;
      case HALF_PIXEL_SYMMETRIC -> extent / 2.0 * (1 - shape.extent(axis) / length) + halfPixel;
      case PYTORCH_HALF_PIXEL -> shape.extent(axis) > 1 ? halfPixel : 0;
      case ALIGN_CORNERS -> length == 1 ? 0 : output * (extent - 1) / (length - 1);
      case ASYMMETRIC -> output / scale;
      case TF_CROP_AND_RESIZE -> {
        double start = roi.get(axis);
        double end = roi.get(shape.rank() + axis);
        yield shape.extent(axis) > 1
            ? start * (extent - 1)
                + output * (end - start) * (extent - 1) / (shape.extent(axis) - 1)
            : 0.5 * (start + end) * (extent - 1);
      }
    };
  }

  /// The input coordinate that an output coordinate copies in nearest mode, always inside.
  ///
  /// The source coordinate is rounded to float32 first, so that one that is a whole number but for
  /// rounding errors in the scale is taken as such.
  ///
  /// @param extent the input's extent along the axis
  public long nearestSource(int axis, long output, long extent) {
    double at = (float) sourceCoordinate(axis, output, extent);
    double rounded =
        switch (nearest) {
          case ROUND_PREFER_FLOOR -> Math.ceil(at - 0.5);
          case ROUND_PREFER_CEIL -> Math.floor(at + 0.5);
          case FLOOR -> Math.floor(at);
          case CEIL -> Math.ceil(at);
        };
    return Math.clamp((long) rounded, 0, extent - 1);
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
        attributes.flag("exclude_outside"),
        attributes.flag("antialias"),
        attributes.find("roi").isPresent() ? attributes.reals("roi") : List.of());
  }
}
