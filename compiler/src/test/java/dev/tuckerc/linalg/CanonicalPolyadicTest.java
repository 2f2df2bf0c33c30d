package dev.tuckerc.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class CanonicalPolyadicTest {
  @Property(tries = 30)
  void theSumHasTheStatedError(
      @ForAll @IntRange(min = 1, max = 12) int outputs,
      @ForAll @IntRange(min = 1, max = 12) int inputs,
      @ForAll @IntRange(min = 1, max = 3) int window,
      @ForAll @IntRange(min = 1, max = 20) int rank,
      @ForAll long seed) {
    Tensor weight = TuckerReference.random(seed, outputs, inputs, window, window);
    CanonicalPolyadic sum = CanonicalPolyadic.decompose(weight, rank);
    assertThat(sum.relativeError())
        .isCloseTo(TuckerReference.relativeError(weight, reconstruct(sum)), within(1e-5));
  }

  @Property(tries = 20)
  void findsASumThatIsThere(@ForAll @IntRange(min = 1, max = 4) int rank, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] values = new double[12 * 10 * 9];
    for (int r = 0; r < rank; r++) {
      double[] o = random.doubles(12, -1, 1).toArray();
      double[] i = random.doubles(10, -1, 1).toArray();
      double[] t = random.doubles(9, -1, 1).toArray();
      for (int index = 0; index < values.length; index++) {
        values[index] += o[index / 90] * i[index / 9 % 10] * t[index % 9];
      }
    }
    Tensor weight = Tensor.ofDoubles(List.of(12L, 10L, 3L, 3L), values);
    // A swamp of alternating least squares may end early; twice the terms never do.
    assertThat(CanonicalPolyadic.decompose(weight, 2 * rank).relativeError()).isLessThan(0.02);
  }

  @Test
  void oneTapIsTheSingularValueDecomposition() {
    Tensor weight = TuckerReference.random(11, 14, 9, 1, 1);
    double expected = LowRankMatrix.truncate(weight.reshape(List.of(14L, 9L)), 3).relativeError();
    assertThat(CanonicalPolyadic.decompose(weight, 3).relativeError())
        .isCloseTo(expected, within(1e-3));
  }

  @Test
  void moreTermsLoseLess() {
    Tensor weight = TuckerReference.random(7, 16, 16, 3, 3);
    double former = 1;
    for (int rank : new int[] {4, 8, 16, 32, 64}) {
      double error = CanonicalPolyadic.decompose(weight, rank).relativeError();
      assertThat(error).isLessThan(former);
      former = error;
    }
  }

  @Test
  void zeroIsASumOfNothing() {
    Tensor zero = Tensor.zeros(DataType.F32, List.of(4L, 3L, 3L, 3L));
    CanonicalPolyadic sum = CanonicalPolyadic.decompose(zero, 2);
    assertThat(sum.relativeError()).isZero();
    assertThat(reconstruct(sum)).containsOnly(0);
  }

  @Test
  void refusesWhatIsNotFinite() {
    Tensor weight = Tensor.ofDoubles(List.of(1L, 1L, 1L, 2L), 1, Double.POSITIVE_INFINITY);
    assertThatThrownBy(() -> CanonicalPolyadic.decompose(weight, 1))
        .isInstanceOf(LinearAlgebraException.class)
        .hasMessageContaining("infinite");
  }

  private static double[] reconstruct(CanonicalPolyadic sum) {
    int outputs = sum.outputs().dimension(0);
    int inputs = sum.inputs().dimension(0);
    int taps = sum.taps().dimension(0);
    int rank = sum.taps().dimension(1);
    double[] values = new double[outputs * inputs * taps];
    for (int o = 0; o < outputs; o++) {
      for (int i = 0; i < inputs; i++) {
        for (int t = 0; t < taps; t++) {
          for (int r = 0; r < rank; r++) {
            values[(o * inputs + i) * taps + t] +=
                sum.outputs().getDouble(o * rank + r)
                    * sum.inputs().getDouble(i * rank + r)
                    * sum.taps().getDouble(t * rank + r);
          }
        }
      }
    }
    return values;
  }
}
