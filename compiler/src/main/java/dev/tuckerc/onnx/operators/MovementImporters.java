package dev.tuckerc.onnx.operators;

import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.content.Scalar;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/// Operators that move data to places known at compile time.
public final class MovementImporters {
  private MovementImporters() {}

  static void register(OperatorRegistry registry) {
    registry.add("Transpose", MovementImporters::transpose);
    registry.add("Concat", MovementImporters::concat);
    registry.addAll("Split", MovementImporters::split);
    registry.add("Slice", MovementImporters::slice);
    registry.add("Pad", MovementImporters::pad);
    registry.add("Tile", MovementImporters::tile);
    registry.add("DepthToSpace", MovementImporters::depthToSpace);
    registry.add("SpaceToDepth", MovementImporters::spaceToDepth);
  }

  private static Value transpose(OperatorContext node) {
    int rank = node.input(0).shape().rank();
    List<Long> reversed = OperatorContext.axesFrom(0, rank).reversed();
    return node.transpose(node.input(0), node.attributes().integers("perm").orElse(reversed));
  }

  private static Value concat(OperatorContext node) {
    List<Value> inputs = node.inputs();
    long axis =
        node.attributes()
            .integer("axis")
            .orElseThrow(() -> new IrException("attribute 'axis' is missing"));
    return inputs.size() == 1 ? inputs.getFirst() : node.emit(new Concat(inputs, axis));
  }

  private static List<Value> split(OperatorContext node) {
    Value input = node.input(0);
    int axis = input.shape().normalizeAxis(node.attributes().integer("axis", 0));
    Optional<List<Long>> sizes = node.attributes().integers("split");
    if (sizes.isEmpty() && node.inputCount() > 1) {
      sizes = node.optionalIntegers(1, "split");
    }
    long extent = input.shape().extent(axis);
    List<Long> parts = sizes.orElseGet(() -> equalParts(extent, node.outputCount()));
    if (parts.stream().anyMatch(p -> p < 0)
        || parts.stream().reduce(0L, Math::addExact) != extent
        || parts.size() < node.outputCount()) {
      throw new IrException(
          "parts " + parts + " do not make up axis " + axis + " of " + input.type());
    }
    List<Value> results = new ArrayList<>();
    long start = 0;
    for (long part : parts.subList(0, node.outputCount())) {
      results.add(node.slice(input, axis, start, Dim.of(part)));
      start += part;
    }
    return results;
  }

  /// Parts of equal extent; the last may be smaller.
  private static List<Long> equalParts(long extent, int count) {
    long part = Math.ceilDiv(extent, Math.max(count, 1));
    List<Long> parts = new ArrayList<>(Collections.nCopies(count, part));
    if (count > 0) {
      parts.set(count - 1, extent - part * (count - 1));
    }
    return parts;
  }

  private static Value slice(OperatorContext node) {
    Value input = node.input(0);
    int rank = input.shape().rank();
    List<Scalar> starts;
    List<Scalar> ends;
    Optional<List<Long>> axes;
    Optional<List<Long>> steps = Optional.empty();
    if (node.attributes().has("starts")) {
      starts = scalars(node.attributes().integers("starts").orElseThrow());
      ends = scalars(node.attributes().integers("ends").orElse(List.of()));
      axes = node.attributes().integers("axes");
    } else {
      starts = node.contents(1, "starts").elements();
      ends = node.contents(2, "ends").elements();
      axes = node.optionalIntegers(3, "axes");
      steps = node.optionalIntegers(4, "steps");
    }
    List<Long> which = axes.orElse(LongStream.range(0, starts.size()).boxed().toList());
    List<Long> stride = steps.orElse(Collections.nCopies(starts.size(), 1L));
    if (ends.size() != starts.size()
        || which.size() != starts.size()
        || stride.size() != starts.size()) {
      throw new IrException("starts, ends, axes and steps differ in length");
    }
    SliceRange[] ranges = new SliceRange[rank];
    for (int axis = 0; axis < rank; axis++) {
      ranges[axis] = new SliceRange(0, input.shape().dim(axis), 1);
    }
    for (int i = 0; i < which.size(); i++) {
      int axis = input.shape().normalizeAxis(which.get(i));
      ranges[axis] =
          SliceRange.of(input.shape().dim(axis), starts.get(i), ends.get(i), stride.get(i));
    }
    List<SliceRange> all = List.of(ranges);
    Shape sizes = new Shape(all.stream().map(SliceRange::size).toList());
    if (sizes.equals(input.shape()) && all.stream().allMatch(r -> r.step() == 1)) {
      return input;
    }
    return node.emit(
        new Slice(
            input,
            all.stream().map(SliceRange::start).toList(),
            sizes,
            all.stream().map(SliceRange::step).toList()));
  }

  private static List<Scalar> scalars(List<Long> values) {
    return values.stream().map(v -> (Scalar) new Scalar.Int(v)).toList();
  }

  private static Value pad(OperatorContext node) {
    Value input = node.input(0);
    int rank = input.shape().rank();
    List<Long> pads;
    double value = 0;
    List<Long> axes = OperatorContext.axesFrom(0, rank);
    if (node.opset() < 11) {
      pads =
          node.attributes()
              .integers("pads")
              .or(() -> node.attributes().integers("paddings"))
              .orElseThrow(() -> new IrException("attribute 'pads' is missing"));
      value = node.attributes().real("value", 0);
    } else {
      pads = node.integers(1, "pads");
      value = node.optional(2).isEmpty() ? 0 : node.reals(2, "constant_value").getFirst();
      axes = node.optionalIntegers(3, "axes").orElse(axes);
    }
    if (pads.size() != 2 * axes.size()) {
      throw new IrException("pads " + pads + " do not fit axes " + axes);
    }
    Long[] before = Collections.nCopies(rank, 0L).toArray(Long[]::new);
    Long[] after = before.clone();
    for (int i = 0; i < axes.size(); i++) {
      int axis = input.shape().normalizeAxis(axes.get(i));
      before[axis] = bounded(pads.get(i));
      after[axis] = bounded(pads.get(axes.size() + i));
    }
    Pad.Mode mode =
        switch (node.attributes().text("mode", "constant")) {
          case "constant" -> Pad.Mode.CONSTANT;
          case "reflect" -> Pad.Mode.REFLECT;
          case "edge" -> Pad.Mode.EDGE;
          case "wrap" -> Pad.Mode.WRAP;
          case String other -> throw new IrException("unknown mode '" + other + "'");
        };
    if (List.of(before).stream().allMatch(p -> p == 0)
        && List.of(after).stream().allMatch(p -> p == 0)) {
      return input;
    }
    return node.emit(new Pad(input, List.of(before), List.of(after), mode, value));
  }

  private static long bounded(long pad) {
    if (Math.abs(pad) > Integer.MAX_VALUE || pad == Long.MIN_VALUE) {
      throw new IrException("padding of " + pad);
    }
    return pad;
  }

  /// Repetition: a new axis before each repeated one, broadcast, then merged with it.
  private static Value tile(OperatorContext node) {
    Value input = node.input(0);
    List<Long> repeats = node.integers(1, "repeats");
    if (repeats.size() != input.shape().rank()
        || repeats.stream().anyMatch(r -> r < 0 || r > Integer.MAX_VALUE)) {
      throw new IrException("repeats " + repeats + " do not fit " + input.type());
    }
    List<Dim> split = new ArrayList<>();
    List<Dim> spread = new ArrayList<>();
    List<Dim> merged = new ArrayList<>();
    for (int axis = 0; axis < repeats.size(); axis++) {
      Dim dim = input.shape().dim(axis);
      if (repeats.get(axis) != 1) {
        split.add(Dim.of(1));
        spread.add(Dim.of(repeats.get(axis)));
      }
      split.add(dim);
      spread.add(dim);
      merged.add(dim.times(repeats.get(axis)));
    }
    if (new Shape(merged).equals(input.shape())) {
      return input;
    }
    Value apart = node.reshape(input, new Shape(split));
    return node.reshape(node.broadcast(apart, new Shape(spread)), new Shape(merged));
  }

  private static long blockSize(OperatorContext node) {
    long block = node.attributes().integer("blocksize", 0);
    if (block < 1 || node.input(0).shape().rank() != 4) {
      throw new IrException("blocksize " + block + " on input " + node.input(0).type());
    }
    return block;
  }

  private static Value depthToSpace(OperatorContext node) {
    Value input = node.input(0);
    long block = blockSize(node);
    Dim b = Dim.of(block);
    Dim n = input.shape().dim(0);
    Dim h = input.shape().dim(2);
    Dim w = input.shape().dim(3);
    long channels = input.shape().extent(1);
    if (channels % block != 0 || channels / block % block != 0) {
      throw new IrException(
          "blocksize " + block + " does not divide the channels of " + input.type());
    }
    Dim c = Dim.of(channels / (block * block));
    boolean depthFirst =
        switch (node.attributes().text("mode", "DCR")) {
          case "DCR" -> true;
          case "CRD" -> false;
          case String other -> throw new IrException("unknown mode '" + other + "'");
        };
    Value split =
        depthFirst ? node.reshape(input, n, b, b, c, h, w) : node.reshape(input, n, c, b, b, h, w);
    List<Long> order =
        depthFirst ? List.of(0L, 3L, 4L, 1L, 5L, 2L) : List.of(0L, 1L, 4L, 2L, 5L, 3L);
    return node.reshape(node.transpose(split, order), n, c, h.times(block), w.times(block));
  }

  private static Value spaceToDepth(OperatorContext node) {
    Value input = node.input(0);
    long block = blockSize(node);
    Dim b = Dim.of(block);
    Dim n = input.shape().dim(0);
    Dim c = input.shape().dim(1);
    if (!divides(block, input.shape().dim(2)) || !divides(block, input.shape().dim(3))) {
      throw new IrException("blocksize " + block + " does not divide " + input.type());
    }
    Dim h = input.shape().dim(2).dividedBy(block);
    Dim w = input.shape().dim(3).dividedBy(block);
    Value split = node.reshape(input, n, c, h, b, w, b);
    Value moved = node.transpose(split, List.of(0L, 3L, 5L, 1L, 2L, 4L));
    return node.reshape(moved, n, c.times(block * block), h, w);
  }

  private static boolean divides(long block, Dim dim) {
    return !dim.isKnown() || dim.extent() % block == 0;
  }
}
