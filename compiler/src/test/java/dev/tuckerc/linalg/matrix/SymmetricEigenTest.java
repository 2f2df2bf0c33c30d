package dev.tuckerc.linalg.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SymmetricEigenTest {
  /// Sizes below and above those from which blocks of a Gram matrix are tasks of their own and
  /// eigenvalues are found in two stages.
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 512, 513, 1100})
  void eigenvaluesOfAGramMatrix(int size) {
    int rank = Math.min(size, 20);
    try (Arena arena = Arena.ofConfined();
        SingleThreadedBlas _ = new SingleThreadedBlas()) {
      Random random = new Random(size);
      DenseMatrix factor = DenseMatrix.zeros(arena, size, rank);
      for (int row = 0; row < size; row++) {
        factor.setRow(row, random.doubles(rank, -1, 1).toArray());
      }
      DenseMatrix gram = factor.gram(arena);
      for (int row = 0; row < size; row += 97) {
        DenseMatrix products =
            factor.block(row, 1).timesTransposed(arena, factor.block(row, size - row));
        for (int column = row; column < size; column++) {
          assertThat(gram.get(row, column)).isCloseTo(products.get(0, column - row), within(1e-12));
        }
      }
      double[] values = SymmetricEigen.values(gram);
      // The other product of the factor has the same eigenvalues, but for zeros.
      double[] few = SymmetricEigen.values(factor.transposed(arena).gram(arena));
      assertThat(values).hasSize(size).isSortedAccordingTo((a, b) -> Double.compare(b, a));
      for (int i = 0; i < size; i++) {
        double expected = i < rank ? few[i] : 0;
        assertThat(values[i]).isCloseTo(expected, within(1e-10 * few[0]));
      }
    }
  }
}
