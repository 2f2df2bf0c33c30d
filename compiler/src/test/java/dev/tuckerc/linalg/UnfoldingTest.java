package dev.tuckerc.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnfoldingTest {
  /// Every order of the axes, with Gram matrices in several parts, and with several blocks.
  @ParameterizedTest
  @CsvSource({
    "1, 1, 1",
    "6, 5, 7",
    "1, 700, 30",
    "30, 700, 1",
    "6, 700, 5",
    "1, 3, 1500000",
    "1500000, 3, 1",
    "500000, 3, 3",
    "2, 3, 1500000"
  })
  void theSpectrumIsThatOfTheProductsOfItsRows(int before, int extent, int after) {
    Tensor tensor = TuckerReference.random(before + extent, before, extent, after);
    double[] values = tensor.toDoubles();
    double[] spectrum = new Unfolding(tensor, before, extent, after).spectrum();
    assertThat(spectrum).hasSize(extent).isSortedAccordingTo((a, b) -> Double.compare(b, a));
    // The first two power sums of the eigenvalues: trace and squared norm of the Gram matrix.
    double trace = 0;
    double squares = 0;
    for (int i = 0; i < extent; i++) {
      for (int j = i; j < extent; j++) {
        double product = 0;
        for (int b = 0; b < before; b++) {
          int one = (b * extent + i) * after;
          int other = (b * extent + j) * after;
          for (int a = 0; a < after; a++) {
            product += values[one + a] * values[other + a];
          }
        }
        trace += i == j ? product : 0;
        squares += (i == j ? 1 : 2) * product * product;
      }
    }
    double sum = 0;
    double sumOfSquares = 0;
    for (double value : spectrum) {
      sum += value;
      sumOfSquares += value * value;
    }
    assertThat(sum).isCloseTo(trace, within(1e-10 * trace));
    assertThat(sumOfSquares).isCloseTo(squares, within(1e-10 * squares));
  }

  /// Squares of these overflow and vanish in single precision.
  @ParameterizedTest
  @ValueSource(doubles = {1e-30, 1e30})
  void theScaleOfATensorScalesItsSpectrum(double scale) {
    Tensor tensor = TuckerReference.random(3, 4, 5);
    double[] values = tensor.toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] *= scale;
    }
    double[] plain = new Unfolding(tensor, 1, 4, 5).spectrum();
    double[] scaled = new Unfolding(Tensor.ofDoubles(tensor.shape(), values), 1, 4, 5).spectrum();
    for (int i = 0; i < plain.length; i++) {
      assertThat(scaled[i] / scale / scale).isCloseTo(plain[i], within(1e-10 * plain[0]));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.NEGATIVE_INFINITY})
  void refusesWhatHasNoSpectrum(double element) {
    Unfolding unfolding = new Unfolding(Tensor.ofDoubles(List.of(3L), 1, element, 2), 1, 3, 1);
    assertThatThrownBy(unfolding::spectrum)
        .isInstanceOf(LinearAlgebraException.class)
        .hasMessageContaining("NaN or infinite");
  }

  @Test
  void refusesExtentsOfAnotherTensor() {
    Tensor tensor = Tensor.ofDoubles(List.of(3L), 1, 2, 3);
    assertThatThrownBy(() -> new Unfolding(tensor, 1, 2, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[1, 2, 1]");
  }
}
