package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Scatter;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;

/// Elements put at computed places, one after the other.
final class Scattering {
  private Scattering() {}

  static Tensor scatter(Scatter scatter, List<Tensor> x, List<Long> shape) {
    Tensor indices = x.get(1);
    Tensor updates = x.get(2);
    DataType type = x.getFirst().type();
    int outer = Math.toIntExact(shape.get(0));
    int extent = Math.toIntExact(shape.get(1));
    int inner = Math.toIntExact(shape.get(2));
    int count = updates.dimension(1);
    boolean rows = indices.dimension(2) == 1;
    double[] reals = type.isFloat() ? x.getFirst().toDoubles() : new double[0];
    long[] integers = type.isFloat() ? new long[0] : x.getFirst().toLongs();
    for (int from = 0; from < outer * count * inner; from++) {
      int d = from % inner;
      int b = from / inner / count;
      long at = indices.getLong(rows ? from / inner : from);
      if (at == Scatter.NOWHERE) {
        continue;
      }
      if (at < -extent || at >= extent) {
        throw new IrException("scatter index " + at + " is outside axis 1 of " + shape);
      }
      at = at < 0 ? at + extent : at;
      int to = (b * extent + (int) at) * inner + d;
      if (type.isFloat()) {
        reals[to] = combine(scatter.combination(), reals[to], updates.getDouble(from));
      } else {
        integers[to] =
            combine(
                scatter.combination(), integers[to], updates.getLong(from), type == DataType.U64);
      }
    }
    return type.isFloat()
        ? Elements.ofDoubles(type, shape, reals)
        : Elements.ofLongs(type, shape, integers);
  }

  private static double combine(Scatter.Combination combination, double old, double update) {
    return switch (combination) {
      case REPLACE -> update;
      case ADD -> old + update;
      case MULTIPLY -> old * update;
      case MAXIMUM -> Math.max(old, update);
      case MINIMUM -> Math.min(old, update);
    };
  }

  private static long combine(
      Scatter.Combination combination, long old, long update, boolean unsigned) {
    int order = IntegerFunctions.compare(update, old, unsigned);
    return switch (combination) {
      case REPLACE -> update;
      case ADD -> old + update;
      case MULTIPLY -> old * update;
      case MAXIMUM -> order > 0 ? update : old;
      case MINIMUM -> order < 0 ? update : old;
    };
  }
}
