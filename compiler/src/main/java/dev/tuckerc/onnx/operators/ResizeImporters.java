package dev.tuckerc.onnx.operators;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Resize;
import dev.tuckerc.ir.Resize.Coordinates;
import dev.tuckerc.ir.Resize.Mode;
import dev.tuckerc.ir.Resize.Nearest;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.content.Scalar;
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
      dims.add(scaled(input.shape().dim(axis), scales.get(axis)));
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

  private static Dim scaled(Dim dim, double scale) {
    if (!(scale > 0) || scale > 1 << 20) {
      throw new IrException("a scale of " + scale);
    }
    return switch (dim) {
      case Dim.Known(long extent) -> Dim.of((long) Math.floor(extent * scale));
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
        dims.set(axis, scaled(dims.get(axis), given.get().get(i)));
      }
    } else {
      List<Scalar> sizes = node.contents(3, "sizes").elements();
      check(sizes.size() == axes.size(), "sizes", axes);
      toSizes(node, input.shape(), axes, sizes, dims, scales);
    }
    Coordinates coordinates = coordinates(node);
    boolean shrinks = scales.stream().anyMatch(scale -> scale < 1);
    if (shrinks && node.attributes().flag("antialias", false)) {
      throw OperatorContext.unsupported("antialias");
    }
    return node.emit(
        new Resize(
            input,
            new Shape(dims),
            scales,
            mode(node),
            coordinates,
            nearest(node),
            node.attributes().real("cubic_coeff_a", -0.75),
            node.attributes().flag("exclude_outside", false)));
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
