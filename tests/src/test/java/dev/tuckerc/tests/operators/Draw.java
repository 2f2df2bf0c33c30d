package dev.tuckerc.tests.operators;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// Random shapes, attributes and data.
final class Draw {
  private final Random random;

  Draw(long seed) {
    this.random = new Random(seed);
  }

  boolean coin() {
    return random.nextBoolean();
  }

  /// A number of a closed interval.
  int between(int low, int high) {
    return low + random.nextInt(high - low + 1);
  }

  double real(double low, double high) {
    return (float) (low + random.nextDouble() * (high - low));
  }

  @SafeVarargs
  final <T> T pick(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  <T> T pick(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  /// Extents between 1 and 5.
  List<Long> shape(int rank) {
    return extents(rank, 1, 5);
  }

  List<Long> extents(int count, int low, int high) {
    List<Long> extents = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      extents.add((long) between(low, high));
    }
    return extents;
  }

  /// An axis, perhaps counted from the end.
  long axis(int rank) {
    return coin() ? between(0, rank - 1) : between(-rank, -1);
  }

  /// Some of the axes, each once, perhaps counted from the end.
  List<Long> axes(int rank, int least) {
    List<Long> axes = permutation(rank).subList(0, between(least, rank));
    return axes.stream().map(axis -> coin() ? axis : axis - rank).toList();
  }

  List<Long> permutation(int rank) {
    List<Long> axes = new ArrayList<>();
    for (long axis = 0; axis < rank; axis++) {
      axes.add(axis);
    }
    Collections.shuffle(axes, random);
    return axes;
  }

  /// A shape that broadcasts to another.
  List<Long> broadcast(List<Long> shape) {
    List<Long> own = new ArrayList<>(shape.subList(between(0, shape.size()), shape.size()));
    own.replaceAll(extent -> between(0, 3) == 0 ? 1L : extent);
    return own;
  }

  /// Numbers between -2 and 2.
  Tensor floats(List<Long> shape) {
    return floats(DataType.F32, shape, -2, 2);
  }

  Tensor floats(DataType type, List<Long> shape, double low, double high) {
    Tensor tensor = Tensor.zeros(type, shape);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, low + random.nextDouble() * (high - low));
    }
    return tensor;
  }

  Tensor integers(DataType type, List<Long> shape, int low, int high) {
    Tensor tensor = Tensor.zeros(type, shape);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setLong(i, between(low, high));
    }
    return tensor;
  }

  /// Numbers of a type, small enough for exact sums.
  Tensor numbers(DataType type, List<Long> shape) {
    return type.isFloat()
        ? floats(type, shape, -3, 3)
        : integers(
            type,
            shape,
            type.isUnsigned() || type == DataType.BOOL ? 0 : -7,
            type == DataType.BOOL ? 1 : 7);
  }
}
