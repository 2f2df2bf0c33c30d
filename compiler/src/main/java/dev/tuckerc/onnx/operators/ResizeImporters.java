package dev.tuckerc.onnx.operators;

import static dev.tuckerc.onnx.model.Scalars.literal;
import static dev.tuckerc.onnx.model.Scalars.select;
import static dev.tuckerc.onnx.model.Scalars.x;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Resize;
import dev.tuckerc.ir.Resize.Coordinates;
import dev.tuckerc.ir.Resize.Mode;
import dev.tuckerc.ir.Resize.Nearest;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.content.Scalar;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Interpolation: Resize in all its versions, and Upsample, which it replaced.
public final class ResizeImporters {
  private ResizeImporters() {}

  static void register(OperatorRegistry registry) {
    registry.add(
        "Upsample",
        1,
        8,
        OperatorImporter.single(n ->
            asymmetric(
                n,
                n
                    .attributes()
                    .reals("scales")
                    .orElseThrow(() -> new IrException("attribute 'scales' is missing"))
                    .stream()
                    .map(Float::doubleValue)
                    .toList())));
    registry.add("Upsample", 9, n -> asymmetric(n, n.reals(1, "scales")));
    registry.add(
        "Resize", 10, 10, OperatorImporter.single(n -> asymmetric(n, n.reals(1, "scales"))));
    registry.add("Resize", 11, ResizeImporters::resize);
  }

  private static Mode mode(OperatorContext node) {
    return switch (node.attributes().text("mode", "nearest")) {
      case "nearest" -> Mode.NEAREST;
      case "linear", "bilinear" -> Mode.LINEAR;
      case "cubic" -> Mode.CUBIC;
      case String other -> throw new IrException("unknown mode '" + other + "'");
    };
  }

  private static Value asymmetric(OperatorContext node, List<Double> scales) {
    Value input = node.input(0);
    if (scales.size() != input.shape().rank()) {
      throw new IrException("scales " + scales + " do not fit " + input.type());
    }
    List<Dim> dims = new ArrayList<>();
    for (int axis = 0; axis < scales.size(); axis++) {
      dims.add(scaled(node, input.shape().dim(axis), scales.get(axis)));
    }
    return node.emit(
        new Resize(
            input,
            new Shape(dims),
            scales,
            mode(node),
            Coordinates.ASYMMETRIC,
            Nearest.FLOOR,
            -0.75,
            false));
  }

  /// `floor(extent * scale)`, multiplied in float32 as ONNX's shape inference and ONNX Runtime do:
  /// 10 scaled by 0.7f is 7, where the exact product is a little less.
  private static Dim scaled(OperatorContext node, Dim dim, double scale) {
    if (!(scale > 0) || scale > 1 << 20) {
      throw new IrException("a scale of " + scale);
    }
    return switch (dim) {
      case Dim.Known(long extent) -> {
        long single = (long) Math.floor((double) ((float) extent * (float) scale));
        long exact = (long) Math.floor(extent * scale);
        if (single != exact) {
          node.note(
              "%d scaled by %s gives %d in float32, as ONNX Runtime has it; the exact product gives %d"
                  .formatted(extent, (float) scale, single, exact));
        }
        yield Dim.of(single);
      }
      case Dim.Symbolic symbolic when scale == Math.rint(scale) -> symbolic.times((long) scale);
      case Dim.Symbolic(String expression) ->
          throw OperatorContext.unsupported(
              "it scales the symbolic extent '" + expression + "'; bind it with --shape");
    };
  }

  private static Value resize(OperatorContext node) {
    Value input = node.input(0);
    int rank = input.shape().rank();
    List<Long> axes =
        node.attributes().integers("axes").orElse(OperatorContext.axesFrom(0, rank)).stream()
            .map(axis -> (long) input.shape().normalizeAxis(axis))
            .toList();
    Coordinates coordinates = coordinates(node);
    List<Double> roi =
        coordinates == Coordinates.TF_CROP_AND_RESIZE ? roi(node, axes, rank) : List.of();
    List<Double> scales = new ArrayList<>(Collections.nCopies(rank, 1.0));
    List<Dim> dims = new ArrayList<>(input.shape().dims());
    Optional<List<Double>> given =
        node.optional(2).isEmpty()
            ? Optional.empty()
            : Optional.of(node.reals(2, "scales")).filter(s -> !s.isEmpty());
    if (given.isPresent()) {
      check(given.get().size() == axes.size(), "scales", axes);
      for (int i = 0; i < axes.size(); i++) {
        int axis = axes.get(i).intValue();
        scales.set(axis, given.get().get(i));
        double share = roi.isEmpty() ? 1 : roi.get(rank + axis) - roi.get(axis);
        dims.set(axis, scaled(node, dims.get(axis), share * given.get().get(i)));
      }
    } else {
      List<Scalar> sizes = node.contents(3, "sizes").elements();
      check(sizes.size() == axes.size(), "sizes", axes);
      toSizes(node, input.shape(), axes, sizes, dims, scales);
    }
    Resize resize =
        new Resize(
            input,
            new Shape(dims),
            scales,
            mode(node),
            coordinates,
            nearest(node),
            node.attributes().real("cubic_coeff_a", -0.75),
            node.attributes().flag("exclude_outside", false),
            node.attributes().flag("antialias", false) && mode(node) != Mode.NEAREST,
            roi);
    return roi.isEmpty() ? node.emit(resize) : extrapolated(node, resize);
  }

  /// The region to resize: the starts, then the ends along all axes; the whole of those not named.
  private static List<Double> roi(OperatorContext node, List<Long> axes, int rank) {
    List<Double> given = node.reals(1, "roi");
    check(given.size() == 2 * axes.size(), "roi", axes);
    List<Double> roi = new ArrayList<>(Collections.nCopies(rank, 0.0));
    roi.addAll(Collections.nCopies(rank, 1.0));
    for (int i = 0; i < axes.size(); i++) {
      roi.set(axes.get(i).intValue(), given.get(i));
      roi.set(rank + axes.get(i).intValue(), given.get(axes.size() + i));
    }
    return roi;
  }

  /// Elements whose place is outside the input are the extrapolation value.
  private static Value extrapolated(OperatorContext node, Resize resize) {
    DataType type = resize.input().type().elementType();
    int rank = resize.shape().rank();
    Value result = node.emit(resize);
    double outside = node.attributes().real("extrapolation_value", 0);
    for (int axis = 0; axis < rank; axis++) {
      long extent = resize.input().shape().extent(axis);
      int size = Math.toIntExact(resize.shape().extent(axis));
      List<Long> shape = new ArrayList<>(Collections.nCopies(rank, 1L));
      shape.set(axis, (long) size);
      Tensor inside = Tensor.zeros(DataType.BOOL, shape);
      int count = 0;
      for (int i = 0; i < size; i++) {
        double at = resize.sourceCoordinate(axis, i, extent);
        if (at >= 0 && at <= extent - 1) {
          inside.setLong(i, 1);
          count++;
        }
      }
      if (count < size) {
        result =
            node.pointwise(
                select(x(0), x(1), literal(type, outside)), node.constant(inside), result);
      }
    }
    return result;
  }

  private static void check(boolean fits, String what, List<Long> axes) {
    if (!fits) {
      throw new IrException(what + " do not fit axes " + axes);
    }
  }

  private static void toSizes(
      OperatorContext node,
      Shape input,
      List<Long> axes,
      List<Scalar> sizes,
      List<Dim> dims,
      List<Double> scales) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < axes.size(); i++) {
      int axis = axes.get(i).intValue();
      if (sizes.get(i).equals(Scalar.of(input.dim(axis)))) {
        ratios.add(1.0);
        continue;
      }
      long size = OperatorContext.integer(sizes.get(i), "sizes");
      ratios.add((double) size / input.extent(axis));
      dims.set(axis, Dim.of(size));
    }
    String policy = node.attributes().text("keep_aspect_ratio_policy", "stretch");
    if (!policy.equals("stretch")) {
      double ratio =
          switch (policy) {
            case "not_larger" -> Collections.min(ratios);
            case "not_smaller" -> Collections.max(ratios);
            default -> throw new IrException("unknown keep_aspect_ratio_policy '" + policy + "'");
          };
      for (int i = 0; i < axes.size(); i++) {
        int axis = axes.get(i).intValue();
        ratios.set(i, ratio);
        dims.set(axis, Dim.of((long) Math.floor(input.extent(axis) * ratio + 0.5)));
      }
    }
    for (int i = 0; i < axes.size(); i++) {
      scales.set(axes.get(i).intValue(), ratios.get(i));
    }
  }

  private static Coordinates coordinates(OperatorContext node) {
    return switch (node.attributes().text("coordinate_transformation_mode", "half_pixel")) {
      case "half_pixel" -> Coordinates.HALF_PIXEL;
      case "half_pixel_symmetric" -> Coordinates.HALF_PIXEL_SYMMETRIC;
      case "pytorch_half_pixel" -> Coordinates.PYTORCH_HALF_PIXEL;
      case "align_corners" -> Coordinates.ALIGN_CORNERS;
      case "asymmetric" -> Coordinates.ASYMMETRIC;
      case "tf_crop_and_resize" -> Coordinates.TF_CROP_AND_RESIZE;
      case String other ->
          throw OperatorContext.unsupported("coordinate_transformation_mode '" + other + "'");
    };
  }

  private static Nearest nearest(OperatorContext node) {
    return switch (node.attributes().text("nearest_mode", "round_prefer_floor")) {
      case "round_prefer_floor" -> Nearest.ROUND_PREFER_FLOOR;
      case "round_prefer_ceil" -> Nearest.ROUND_PREFER_CEIL;
      case "floor" -> Nearest.FLOOR;
      case "ceil" -> Nearest.CEIL;
      case String other -> throw new IrException("unknown nearest_mode '" + other + "'");
    };
  }
}
