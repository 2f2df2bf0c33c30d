package dev.tuckerc.onnx.operators;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.content.Contents;
import dev.tuckerc.onnx.content.Scalar;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/// Operators that change a shape, not the data, and those that ask for a shape.
public final class ShapeImporters {
  private ShapeImporters() {}

  static void register(OperatorRegistry registry) {
    registry.add("Identity", n -> n.input(0));
    registry.add("Reshape", ShapeImporters::reshape);
    registry.add("Flatten", ShapeImporters::flatten);
    registry.add("Squeeze", ShapeImporters::squeeze);
    registry.add("Unsqueeze", ShapeImporters::unsqueeze);
    registry.add("Expand", ShapeImporters::expand);
    registry.add("Shape", ShapeImporters::shape);
    registry.add("Size", ShapeImporters::size);
  }

  private static Value reshape(OperatorContext node) {
    Value input = node.input(0);
    List<Scalar> target =
        node.attributes().has("shape")
            ? node.attributes().integers("shape").orElseThrow().stream()
                .map(v -> (Scalar) new Scalar.Int(v))
                .toList()
            : node.contents(1, "shape").elements();
    boolean zeroIsZero = node.attributes().flag("allowzero", false);
    List<Dim> dims = new ArrayList<>();
    int inferred = -1;
    for (int axis = 0; axis < target.size(); axis++) {
      switch (target.get(axis)) {
        case Scalar.Extent(Dim.Symbolic dim) -> dims.add(dim);
        case Scalar.Int(long v) when v == 0 && !zeroIsZero -> {
          if (axis >= input.shape().rank()) {
            throw new IrException("shape entry " + axis + " is 0 but the input is " + input.type());
          }
          dims.add(input.shape().dim(axis));
        }
        case Scalar.Int(long v) when v == -1 -> {
          if (inferred >= 0) {
            throw new IrException("shape " + target + " has two entries of -1");
          }
          inferred = axis;
          dims.add(Dim.of(1));
        }
        case Scalar.Int(long v) -> dims.add(Dim.of(v));
        case Scalar.Real(double v) -> throw new IrException("shape entry " + v);
      }
    }
    if (inferred >= 0) {
      List<Dim> others = new ArrayList<>(dims);
      others.remove(inferred);
      dims.set(inferred, quotient(input.shape().dims(), others));
    }
    return node.reshape(input, new Shape(dims));
  }

  /// Product of some extents over the product of others; symbols on both sides cancel.
  private static Dim quotient(List<Dim> numerator, List<Dim> denominator) {
    List<Dim> over = new ArrayList<>();
    numerator.forEach(dim -> over.addAll(factors(dim)));
    List<Dim> under = new ArrayList<>();
    denominator.forEach(dim -> under.addAll(factors(dim)));
    for (Dim dim : List.copyOf(under)) {
      if (!dim.isKnown() && over.remove(dim)) {
        under.remove(dim);
      }
    }
    Dim product = Dim.of(1);
    long known = 1;
    long divisor = 1;
    for (Dim dim : over) {
      switch (dim) {
        case Dim.Known(long extent) -> known = Math.multiplyExact(known, extent);
        case Dim.Symbolic symbol -> product = product.times(symbol);
      }
    }
    for (Dim dim : under) {
      switch (dim) {
        case Dim.Known(long extent) -> divisor = Math.multiplyExact(divisor, extent);
        case Dim.Symbolic(String symbol) ->
            throw OperatorContext.unsupported(
                "the inferred extent divides by '" + symbol + "'; bind it with --shape");
      }
    }
    if (divisor == 0) {
      return Dim.of(0);
    }
    if (known % divisor == 0) {
      return product.times(known / divisor);
    }
    if (product.isKnown()) {
      throw new IrException(
          "extents " + numerator + " do not divide by the other extents " + denominator);
    }
    return product.times(known).dividedBy(divisor);
  }

  /// Factors of a product of symbols and numbers; any other expression is one factor.
  private static List<Dim> factors(Dim dim) {
    if (!(dim instanceof Dim.Symbolic(String expression))
        || !expression.matches("\\w+(\\*\\w+)+")) {
      return List.of(dim);
    }
    List<Dim> factors = new ArrayList<>();
    for (String factor : expression.split("\\*", -1)) {
      boolean number = factor.matches("\\d{1,18}");
      factors.add(number ? Dim.of(Long.parseLong(factor)) : new Dim.Symbolic(factor));
    }
    return factors;
  }

  private static Value flatten(OperatorContext node) {
    Shape shape = node.input(0).shape();
    long axis = node.attributes().integer("axis", 1);
    axis = axis < 0 ? axis + shape.rank() : axis;
    if (axis < 0 || axis > shape.rank()) {
      throw new IrException("axis " + axis + " outside rank " + shape.rank());
    }
    return node.reshape(
        node.input(0),
        ActivationImporters.product(shape.dims().subList(0, (int) axis)),
        ActivationImporters.product(shape.dims().subList((int) axis, shape.rank())));
  }

  /// Axes from the attribute, or since opset 13 from the second input.
  private static Optional<List<Long>> axes(OperatorContext node) {
    Optional<List<Long>> axes = node.attributes().integers("axes");
    return axes.isPresent() || node.inputCount() < 2 ? axes : node.optionalIntegers(1, "axes");
  }

  private static Value squeeze(OperatorContext node) {
    Shape shape = node.input(0).shape();
    TreeSet<Integer> removed = new TreeSet<>();
    Optional<List<Long>> axes = axes(node);
    if (axes.isPresent()) {
      axes.get().forEach(axis -> removed.add(shape.normalizeAxis(axis)));
    } else {
      for (int axis = 0; axis < shape.rank(); axis++) {
        if (shape.dim(axis).equals(Dim.of(1))) {
          removed.add(axis);
        }
      }
    }
    List<Dim> dims = new ArrayList<>();
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (!removed.contains(axis)) {
        dims.add(shape.dim(axis));
      } else if (shape.dim(axis).isKnown() && shape.extent(axis) != 1) {
        throw new IrException("axis " + axis + " of " + shape + " has not extent 1");
      }
    }
    return node.reshape(node.input(0), new Shape(dims));
  }

  private static Value unsqueeze(OperatorContext node) {
    List<Long> axes = axes(node).orElseThrow(() -> new IrException("axes are missing"));
    Shape shape = node.input(0).shape();
    int rank = shape.rank() + axes.size();
    TreeSet<Long> added = new TreeSet<>();
    for (long axis : axes) {
      long position = axis < 0 ? axis + rank : axis;
      if (position < 0 || position >= rank || !added.add(position)) {
        throw new IrException("axes " + axes + " do not fit rank " + rank);
      }
    }
    List<Dim> dims = new ArrayList<>(shape.dims());
    added.forEach(axis -> dims.add(axis.intValue(), Dim.of(1)));
    return node.reshape(node.input(0), new Shape(dims));
  }

  private static Value expand(OperatorContext node) {
    Value input = node.input(0);
    return node.broadcast(input, Shape.broadcast(input.shape(), node.extents(1, "shape")));
  }

  private static Value shape(OperatorContext node) {
    List<Dim> dims = node.input(0).shape().dims();
    int start = clamp(node.attributes().integer("start", 0), dims.size());
    int end = clamp(node.attributes().integer("end", dims.size()), dims.size());
    return node.compileTimeOnly(Contents.ofDims(dims.subList(Math.min(start, end), end)));
  }

  private static int clamp(long axis, int rank) {
    return (int) Math.clamp(axis < 0 ? axis + rank : axis, 0L, (long) rank);
  }

  private static Value size(OperatorContext node) {
    Dim count = ActivationImporters.product(node.input(0).shape().dims());
    Contents vector = Contents.ofDims(List.of(count));
    return node.compileTimeOnly(
        new Contents(vector.type(), List.of(), vector.elements(), vector.assumed()));
  }
}
