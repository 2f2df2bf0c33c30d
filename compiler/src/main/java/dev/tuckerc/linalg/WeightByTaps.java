package dev.tuckerc.linalg;

import dev.tuckerc.linalg.matrix.DenseMatrix;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/// A weight `[O, I, kernel...]` divided by a power of two, as a matrix `[O, I]` for each tap of the
/// kernel: in this order what is computed of either channel mode is a product of what lies there,
/// and nothing is copied to be unfolded.
///
/// A large weight of at most 32 bits an element stays in single precision, which holds it exactly
/// but for elements below 2^-126 of the largest; a tap of it is widened when its turn comes.
final class WeightByTaps {
  /// Elements of a large weight: 64 MiB in double precision.
  private static final int LARGE = 1 << 23;

  /// Takes the matrix of a tap, which holds until the next one is handed over.
  @FunctionalInterface
  interface Reader {
    void accept(int tap, DenseMatrix slice);
  }

  private final int outputs;
  private final int taps;

  /// All taps, one below the other; of a large weight one tap.
  private final DenseMatrix wide;

  /// All taps of a large weight.
  private final Optional<Tensor> narrow;

  /// @param scale finite and above 0
  WeightByTaps(Arena arena, Tensor weight, double scale) {
    outputs = weight.dimension(0);
    int inputs = weight.dimension(1);
    taps = weight.size() / (outputs * inputs);
    boolean large = weight.size() >= LARGE && weight.type() != DataType.F64;
    wide = DenseMatrix.zeros(arena, large ? outputs : outputs * taps, inputs);
    narrow = large ? Optional.of(single(arena, List.of(taps, outputs, inputs))) : Optional.empty();
    fill(weight, scale, inputs);
  }

  private static Tensor single(Arena arena, List<Integer> shape) {
    List<Long> extents = shape.stream().map(extent -> (long) extent).toList();
    long bytes = (long) Tensor.elementCount(extents) * Float.BYTES;
    return Tensor.of(DataType.F32, extents, arena.allocate(bytes, Long.BYTES));
  }

  /// Stores an output channel after the other.
  private void fill(Tensor weight, double scale, int inputs) {
    double[] channel = new double[inputs * taps];
    double[] row = new double[inputs];
    float[] narrowRow = new float[inputs];
    for (int output = 0; output < outputs; output++) {
      weight.read(output * channel.length, channel);
      for (int tap = 0; tap < taps; tap++) {
        for (int input = 0; input < inputs; input++) {
          row[input] = channel[input * taps + tap] / scale;
          narrowRow[input] = (float) row[input];
        }
        int to = tap * outputs + output;
        if (narrow.isPresent()) {
          MemorySegment.copy(
              narrowRow,
              0,
              narrow.get().data(),
              ValueLayout.JAVA_FLOAT,
              (long) to * inputs * Float.BYTES,
              inputs);
        } else {
          wide.setRow(to, row);
        }
      }
    }
  }

  /// Hands over the taps in their order.
  void forEachTap(Reader reader) {
    for (int tap = 0; tap < taps; tap++) {
      if (narrow.isPresent()) {
        wide.read(narrow.get(), tap * outputs * wide.columns(), 1);
        reader.accept(tap, wide);
      } else {
        reader.accept(tap, wide.block(tap * outputs, outputs));
      }
    }
  }

  /// Sum of the squares of all elements; not finite where one is not.
  double squaredNorm() {
    double[] sum = {0};
    forEachTap((_, slice) -> sum[0] += slice.squaredNorm());
    return sum[0];
  }
}
