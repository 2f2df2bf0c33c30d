package dev.tuckerc.transform.ranks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.linalg.Unfolding;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VariationalRanksTest {
  @ParameterizedTest
  @CsvSource({"48, 200, 0", "48, 200, 5", "48, 200, 20", "64, 64, 9", "30, 600, 12"})
  void findsThePlantedRank(int rows, int columns, int rank) {
    SplittableRandom random = new SplittableRandom(rows + 31L * columns + rank);
    double[] matrix = new double[rows * columns];
    for (int i = 0; i < matrix.length; i++) {
      matrix[i] = random.nextGaussian();
    }
    // Signals of a size that stands out of noise of variance one.
    double scale = 3 * Math.pow((double) columns / rows, 0.25);
    for (int r = 0; r < rank; r++) {
      double[] left = gaussian(random, rows);
      double[] right = gaussian(random, columns);
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          matrix[i * columns + j] += scale * left[i] * right[j] / Math.sqrt(rank);
        }
      }
    }
    Tensor weight = Tensor.ofDoubles(List.of((long) rows, (long) columns, 1L), matrix);
    double[] spectrum = new Unfolding(weight, 1, rows, columns).spectrum();
    assertThat(VariationalRanks.rank(spectrum, rows, columns)).isEqualTo(rank);
  }

  private static double[] gaussian(SplittableRandom random, int length) {
    return random.doubles(length).map(_ -> random.nextGaussian()).toArray();
  }
}
