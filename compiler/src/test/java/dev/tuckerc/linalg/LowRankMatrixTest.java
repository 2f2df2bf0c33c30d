package dev.tuckerc.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.tensor.Tensor;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class LowRankMatrixTest {
  @Property(tries = 40)
  void theProductHasTheStatedError(
      @ForAll @IntRange(min = 1, max = 24) int rows,
      @ForAll @IntRange(min = 1, max = 24) int columns,
      @ForAll long seed) {
    Tensor matrix = TuckerReference.random(seed, rows, columns);
    double former = Double.POSITIVE_INFINITY;
    for (int rank = 1; rank <= Math.min(rows, columns); rank++) {
      LowRankMatrix low = LowRankMatrix.truncate(matrix, rank);
      double[] product = new double[rows * columns];
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          for (int k = 0; k < rank; k++) {
            product[i * columns + j] +=
                low.left().getDouble(i * rank + k) * low.right().getDouble(k * columns + j);
          }
        }
      }
      assertThat(low.relativeError())
          .isCloseTo(TuckerReference.relativeError(matrix, product), within(1e-6))
          .isLessThanOrEqualTo(former);
      former = low.relativeError();
    }
    assertThat(former).isLessThan(1e-6);
  }
}
