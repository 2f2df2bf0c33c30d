package dev.tuckerc.onnx.exporter;

import static dev.tuckerc.onnx.exporter.GraphWriter.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import dev.tuckerc.ir.Broadcast;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Resize;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Writes the operations that move elements: broadcasts, pads, reshapes, slices and resizes.
public final class MovementExporter {
  private final GraphWriter writer;

  MovementExporter(GraphWriter writer) {
    this.writer = writer;
  }

  void broadcast(Broadcast op, Value result) {
    writer.node("Expand", List.of(op.input()), result, List.of(expanded(op.input(), op.shape())));
  }

  void pad(Pad op, Value result) {
    List<Long> pads = new ArrayList<>(op.before());
    pads.addAll(op.after());
    List<String> more = new ArrayList<>(List.of(writer.longs("pads", pads)));
    if (op.mode() == Pad.Mode.CONSTANT) {
      more.add(
          writer.constant("value", Tensor.scalar(op.input().type().elementType(), op.value())));
    }
    String mode = op.mode().name().toLowerCase(Locale.ROOT);
    writer.node("Pad", List.of(op.input()), result, more, attribute("mode", mode));
  }

  void reshape(Reshape op, Value result) {
    boolean hasZero = op.shape().dims().contains(Dim.of(0));
    List<AttributeProto> attributes = hasZero ? List.of(attribute("allowzero", true)) : List.of();
    writer.node(
        "Reshape",
        List.of(op.input()),
        result,
        List.of(shape(op.input(), op.shape())),
        attributes.toArray(AttributeProto[]::new));
  }

  /// A shape as an operand of Expand: 1 keeps the input's own extent.
  private String expanded(Value input, Shape shape) {
    List<Long> entries = new ArrayList<>();
    int lead = shape.rank() - input.shape().rank();
    for (int axis = 0; axis < shape.rank(); axis++) {
      boolean own = axis >= lead && input.shape().dim(axis - lead).equals(shape.dim(axis));
      entries.add(own ? 1L : shape.extent(axis));
    }
    return writer.longs("shape", entries);
  }

  /// A shape as an operand of Reshape: 0 copies an input's extent and -1 infers one.
  private String shape(Value input, Shape shape) {
    if (shape.isStatic()) {
      return shape(shape);
    }
    List<Long> entries = new ArrayList<>();
    boolean inferred = false;
    for (int axis = 0; axis < shape.rank(); axis++) {
      switch (shape.dim(axis)) {
        case Dim.Known(long extent) -> entries.add(extent);
        case Dim.Symbolic symbolic -> {
          boolean same = axis < input.shape().rank() && input.shape().dim(axis).equals(symbolic);
          if (!same && inferred) {
            throw new IrException("shape " + shape + " is symbolic; bind it with --shape");
          }
          inferred |= !same;
          entries.add(same ? 0L : -1L);
        }
      }
    }
    return writer.longs("shape", entries);
  }

  private String shape(Shape shape) {
    return writer.longs("shape", shape.extents());
  }

  void slice(Slice op, Value result) {
    List<Long> axes = new ArrayList<>();
    List<Long> starts = new ArrayList<>();
    List<Long> ends = new ArrayList<>();
    List<Long> steps = new ArrayList<>();
    for (int axis = 0; axis < op.starts().size(); axis++) {
      Dim input = op.input().shape().dim(axis);
      long start = op.starts().get(axis);
      long step = op.steps().get(axis);
      if (start == 0 && step == 1 && op.sizes().dim(axis).equals(input)) {
        continue;
      }
      axes.add((long) axis);
      starts.add(start);
      steps.add(step);
      ends.add(end(input, start, op.sizes().dim(axis), step));
    }
    List<String> more =
        List.of(
            writer.longs("starts", starts),
            writer.longs("ends", ends),
            writer.longs("axes", axes),
            writer.longs("steps", steps));
    writer.node("Slice", List.of(op.input()), result, more);
  }

  private static long end(Dim input, long start, Dim size, long step) {
    return switch (size) {
      case Dim.Known(long count) when count == 0 -> start;
      case Dim.Known(long count) -> {
        long end = start + count * step;
        // A negative end would count from the back.
        yield end < 0 ? Long.MIN_VALUE + 1 : end;
      }
      case Dim.Symbolic symbolic -> {
        if (step == 1 && symbolic.equals(input.plus(-start))) {
          yield Long.MAX_VALUE;
        }
        throw new IrException("a slice of symbolic size " + symbolic + "; bind it with --shape");
      }
    };
  }

  void resize(Resize op, Value result) {
    Shape in = op.input().shape();
    List<AttributeProto> attributes =
        new ArrayList<>(
            List.of(
                attribute("mode", op.mode().name().toLowerCase(Locale.ROOT)),
                attribute(
                    "coordinate_transformation_mode",
                    op.coordinates().name().toLowerCase(Locale.ROOT)),
                attribute("nearest_mode", op.nearest().name().toLowerCase(Locale.ROOT)),
                attribute("cubic_coeff_a", op.cubicCoefficient()),
                attribute("exclude_outside", op.excludeOutside())));
    Optional<String> sizes = sizes(op, in);
    List<String> more =
        sizes.isPresent() ? List.of("", "", sizes.get()) : List.of("", scales(op, in));
    writer.node(
        "Resize", List.of(op.input()), result, more, attributes.toArray(AttributeProto[]::new));
  }

  /// The output extents, where they say the scales too.
  private Optional<String> sizes(Resize op, Shape in) {
    if (!in.isStatic() || !op.shape().isStatic()) {
      return Optional.empty();
    }
    for (int axis = 0; axis < in.rank(); axis++) {
      double quotient = (double) op.shape().extent(axis) / in.extent(axis);
      if (Math.abs(quotient - op.scales().get(axis)) > 1e-9 * quotient) {
        return Optional.empty();
      }
    }
    return Optional.of(shape(op.shape()));
  }

  private String scales(Resize op, Shape in) {
    Tensor scales = Tensor.zeros(DataType.F32, List.of((long) in.rank()));
    for (int axis = 0; axis < in.rank(); axis++) {
      scales.setDouble(axis, op.scales().get(axis));
      if (in.dim(axis).isKnown()
          && op.shape().extent(axis)
              != (long) Math.floor(in.extent(axis) * scales.getDouble(axis))) {
        throw new IrException("scales " + op.scales() + " do not give shape " + op.shape());
      }
    }
    return writer.constant("scales", scales);
  }
}
