package dev.tuckerc.tests.operators;

import static dev.tuckerc.tensor.DataType.F32;
import static dev.tuckerc.tensor.DataType.I32;
import static dev.tuckerc.tensor.DataType.I64;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Operators that move elements, to places known at once or computed.
final class MovementKinds {
  private MovementKinds() {}

  static void addTo(List<Kind> kinds) {
    kinds.add(
        new Kind(
            "Transpose",
            d -> {
              int rank = d.between(1, 4);
              return OperatorInstance.of("Transpose", 13)
                  .input(d.numbers(d.pick(F32, I64), d.shape(rank)))
                  .with("perm", d.permutation(rank));
            }));
    kinds.add(new Kind("Concat", MovementKinds::concat));
    kinds.add(new Kind("Split", MovementKinds::split));
    kinds.add(new Kind("Slice", MovementKinds::slice));
    kinds.add(new Kind("Pad", MovementKinds::pad));
    kinds.add(
        new Kind(
            "Tile",
            d -> {
              int rank = d.between(1, 4);
              return OperatorInstance.of("Tile", 13)
                  .input(d.numbers(F32, d.shape(rank)))
                  .longs(d.extents(rank, 1, 3));
            }));
    kinds.add(
        new Kind(
            "Expand",
            d -> {
              List<Long> shape = d.shape(d.between(1, 4));
              return OperatorInstance.of("Expand", 13)
                  .input(d.numbers(F32, d.broadcast(shape)))
                  .longs(shape);
            }));
    kinds.add(new Kind("DepthToSpace", d -> blocks(d, "DepthToSpace")));
    kinds.add(new Kind("SpaceToDepth", d -> blocks(d, "SpaceToDepth")));
    kinds.add(new Kind("Reshape", MovementKinds::reshape));
    kinds.add(
        new Kind(
            "Flatten",
            d -> {
              int rank = d.between(1, 4);
              return OperatorInstance.of("Flatten", 13)
                  .input(d.numbers(F32, d.shape(rank)))
                  .with("axis", d.between(-rank, rank));
            }));
    kinds.add(
        new Kind(
            "Squeeze",
            d ->
                OperatorInstance.of("Squeeze", 13)
                    .input(d.numbers(F32, List.of(1L, 3L, 1L, 2L)))
                    .longs(d.pick(List.of(0L), List.of(-2L), List.of(0L, 2L)))));
    kinds.add(
        new Kind(
            "Unsqueeze",
            d ->
                OperatorInstance.of("Unsqueeze", 13)
                    .input(d.numbers(F32, d.shape(2)))
                    .longs(d.axes(4, 1).subList(0, 1))));
    kinds.add(new Kind("Gather", MovementKinds::gather));
    kinds.add(new Kind("GatherElements", MovementKinds::gatherElements));
    kinds.add(new Kind("GatherND", MovementKinds::gatherNd));
    kinds.add(new Kind("ScatterElements", MovementKinds::scatterElements));
    kinds.add(new Kind("ScatterND", MovementKinds::scatterNd));
    kinds.add(new Kind("OneHot", MovementKinds::oneHot));
    kinds.add(new Kind("Compress", MovementKinds::compress));
    kinds.add(
        new Kind(
            "Trilu",
            d ->
                OperatorInstance.of("Trilu", 14)
                    .input(d.numbers(d.pick(F32, I64), d.shape(d.between(2, 4))))
                    .constant(Tensor.ofLongs(List.of(), d.between(-3, 3)))
                    .with("upper", d.coin())));
    kinds.add(
        new Kind(
            "EyeLike",
            d ->
                OperatorInstance.of("EyeLike", 9)
                    .input(d.numbers(F32, d.shape(2)))
                    .with("k", d.between(-2, 2))));
    kinds.add(
        new Kind(
            "Range",
            d ->
                OperatorInstance.of("Range", 11)
                    .constant(Tensor.ofLongs(List.of(), d.between(-5, 5)))
                    .constant(Tensor.ofLongs(List.of(), d.between(-9, 9)))
                    .constant(Tensor.ofLongs(List.of(), d.pick(1L, 2L, 3L, -1L, -2L)))));
    kinds.add(
        new Kind(
            "ConstantOfShape",
            d ->
                OperatorInstance.of("ConstantOfShape", 9)
                    .longs(d.shape(d.between(1, 3)))
                    .with(
                        "value",
                        Tensor.scalar(d.pick(F32, I64, I32), d.between(-3, 3))
                            .reshape(List.of(1L)))));
  }

  private static OperatorInstance concat(Draw d) {
    int rank = d.between(1, 4);
    List<Long> shape = d.shape(rank);
    long axis = d.axis(rank);
    DataType type = d.pick(F32, I64);
    OperatorInstance instance = OperatorInstance.of("Concat", 13).with("axis", axis);
    for (int i = d.between(1, 4); i > 0; i--) {
      List<Long> own = new ArrayList<>(shape);
      own.set((int) (axis < 0 ? axis + rank : axis), (long) d.between(1, 4));
      instance.input(d.numbers(type, own));
    }
    return instance;
  }

  private static OperatorInstance split(Draw d) {
    int rank = d.between(1, 3);
    List<Long> shape = d.shape(rank);
    long axis = d.axis(rank);
    List<Long> parts = d.extents(d.between(1, 4), 1, 3);
    shape.set((int) (axis < 0 ? axis + rank : axis), parts.stream().reduce(0L, Long::sum));
    return OperatorInstance.of("Split", 13)
        .input(d.numbers(F32, shape))
        .longs(parts)
        .with("axis", axis)
        .outputs(parts.size());
  }

  private static OperatorInstance slice(Draw d) {
    int rank = d.between(1, 4);
    List<Long> axes = d.axes(rank, 1);
    List<Long> steps = axes.stream().map(_ -> d.pick(1L, 1L, 2L, 3L, -1L, -2L)).toList();
    // ONNX Runtime takes the largest integer as the end of a backward slice too, against NumPy and
    // ONNX's shape inference.
    List<Long> ends =
        steps.stream()
            .map(step -> d.pick(step > 0 ? Long.MAX_VALUE : -100L, (long) d.between(-9, 9)))
            .toList();
    return OperatorInstance.of("Slice", 13)
        .input(d.numbers(d.pick(F32, I64), d.extents(rank, 1, 7)))
        .longs(axes.stream().map(_ -> (long) d.between(-9, 9)).toList())
        .longs(ends)
        .longs(axes)
        .longs(steps);
  }

  private static OperatorInstance pad(Draw d) {
    int rank = d.between(1, 4);
    String mode = d.pick("constant", "edge", "reflect");
    List<Long> shape = d.extents(rank, 3, 6);
    OperatorInstance instance =
        OperatorInstance.of("Pad", 13)
            .input(d.numbers(F32, shape))
            .longs(d.extents(2 * rank, mode.equals("constant") ? -1 : 0, 2))
            .with("mode", mode);
    return mode.equals("constant") && d.coin()
        ? instance.constant(Tensor.scalar(F32, d.real(-2, 2)))
        : instance;
  }

  private static OperatorInstance blocks(Draw d, String name) {
    long block = d.between(1, 3);
    boolean depth = name.equals("DepthToSpace");
    List<Long> shape = d.shape(4);
    if (depth) {
      shape.set(1, shape.get(1) * block * block);
    } else {
      shape.set(2, shape.get(2) * block);
      shape.set(3, shape.get(3) * block);
    }
    OperatorInstance instance =
        OperatorInstance.of(name, 13).input(d.numbers(F32, shape)).with("blocksize", block);
    return depth ? instance.with("mode", d.pick("DCR", "CRD")) : instance;
  }

  private static OperatorInstance reshape(Draw d) {
    List<Long> target =
        d.pick(
            List.of(-1L),
            List.of(0L, -1L),
            List.of(4L, 6L, -1L),
            List.of(2L, 0L, 0L, -1L),
            List.of(24L, 1L, -1L));
    return OperatorInstance.of("Reshape", 14)
        .input(d.numbers(F32, List.of(4L, 3L, 2L, (long) d.between(1, 3))))
        .longs(target);
  }

  private static OperatorInstance gather(Draw d) {
    int rank = d.between(1, 4);
    List<Long> shape = d.shape(rank);
    long axis = d.axis(rank);
    int extent = (int) (long) shape.get((int) (axis < 0 ? axis + rank : axis));
    return OperatorInstance.of("Gather", 13)
        .input(d.numbers(d.pick(F32, I64), shape))
        .input(d.integers(d.pick(I64, I32), d.shape(d.between(0, 2)), -extent, extent - 1))
        .with("axis", axis);
  }

  private static List<Long> smaller(Draw d, List<Long> shape) {
    return new ArrayList<>(shape.stream().map(e -> (long) d.between(1, (int) (long) e)).toList());
  }

  private static OperatorInstance gatherElements(Draw d) {
    int rank = d.between(1, 3);
    List<Long> shape = d.shape(rank);
    long axis = d.axis(rank);
    int extent = (int) (long) shape.get((int) (axis < 0 ? axis + rank : axis));
    return OperatorInstance.of("GatherElements", 13)
        .input(d.numbers(F32, shape))
        .input(d.integers(I64, smaller(d, shape), -extent, extent - 1))
        .with("axis", axis);
  }

  private static Tensor coordinates(Draw d, List<Long> outer, List<Long> extents) {
    List<Long> shape = new ArrayList<>(outer);
    shape.add((long) extents.size());
    Tensor tensor = Tensor.zeros(I64, shape);
    for (int i = 0; i < tensor.size(); i++) {
      int extent = (int) (long) extents.get(i % extents.size());
      tensor.setLong(i, d.between(-extent, extent - 1));
    }
    return tensor;
  }

  private static OperatorInstance gatherNd(Draw d) {
    int rank = d.between(1, 4);
    List<Long> shape = d.shape(rank);
    int batch = d.between(0, rank - 1);
    int depth = d.between(1, rank - batch);
    List<Long> outer = new ArrayList<>(shape.subList(0, batch));
    outer.addAll(d.shape(d.between(0, 1)));
    return OperatorInstance.of("GatherND", 13)
        .input(d.numbers(F32, shape))
        .input(coordinates(d, outer, shape.subList(batch, batch + depth)))
        .with("batch_dims", batch);
  }

  private static OperatorInstance scatterElements(Draw d) {
    int rank = d.between(1, 3);
    List<Long> shape = d.shape(rank);
    long axis = d.axis(rank);
    int at = (int) (axis < 0 ? axis + rank : axis);
    String reduction = d.pick("none", "add", "mul", "max", "min");
    List<Long> part = smaller(d, shape);
    int extent = (int) (long) shape.get(at);
    Tensor indices = d.integers(I64, part, -extent, extent - 1);
    if (reduction.equals("none")) {
      // Which of two updates of one element wins is not defined: one index along the axis.
      part.set(at, 1L);
      indices = d.integers(I64, part, -extent, extent - 1);
    }
    OperatorInstance instance =
        OperatorInstance.of("ScatterElements", 18)
            .input(d.numbers(F32, shape))
            .input(indices)
            .input(d.numbers(F32, part))
            .with("axis", axis);
    return reduction.equals("none") ? instance : instance.with("reduction", reduction);
  }

  private static OperatorInstance scatterNd(Draw d) {
    int rank = d.between(1, 4);
    List<Long> shape = d.shape(rank);
    int depth = d.between(1, rank);
    String reduction = d.pick("none", "add", "mul", "max", "min");
    List<Long> outer = List.of(reduction.equals("none") ? 1L : (long) d.between(1, 4));
    List<Long> updates = new ArrayList<>(outer);
    updates.addAll(shape.subList(depth, rank));
    OperatorInstance instance =
        OperatorInstance.of("ScatterND", 18)
            .input(d.numbers(F32, shape))
            .input(coordinates(d, outer, shape.subList(0, depth)))
            .input(d.numbers(F32, updates));
    return reduction.equals("none") ? instance : instance.with("reduction", reduction);
  }

  private static OperatorInstance oneHot(Draw d) {
    int rank = d.between(1, 3);
    int depth = d.between(1, 6);
    return OperatorInstance.of("OneHot", 11)
        .input(d.integers(I64, d.shape(rank), -depth, depth - 1))
        .constant(Tensor.ofLongs(List.of(), depth))
        .input(d.numbers(F32, List.of(2L)))
        .with("axis", d.axis(rank + 1));
  }

  private static OperatorInstance compress(Draw d) {
    int rank = d.between(1, 3);
    List<Long> shape = d.shape(rank);
    OperatorInstance instance =
        OperatorInstance.of("Compress", 11)
            .input(d.numbers(F32, shape))
            .constant(d.numbers(DataType.BOOL, List.of((long) d.between(1, 4))));
    if (d.coin()) {
      long axis = d.axis(rank);
      shape.set((int) (axis < 0 ? axis + rank : axis), 5L);
      return OperatorInstance.of("Compress", 11)
          .input(d.numbers(F32, shape))
          .constant(d.numbers(DataType.BOOL, List.of((long) d.between(1, 5))))
          .with("axis", axis);
    }
    return shape.stream().reduce(1L, Math::multiplyExact) >= 4 ? instance : compress(d);
  }
}
