package dev.tuckerc.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FactorizerTest {
  private static final Tensor WEIGHT = TuckerReference.random(1, 12, 8, 3, 2);
  private static final Tensor GROUPED = TuckerReference.random(2, 12, 4, 3, 3);
  private static final Tensor MATRIX = TuckerReference.random(3, 12, 8);

  static Stream<Arguments> chains() {
    return Stream.of(
        chain("R-C-E", WEIGHT, 1, f -> f.tucker(3, 5)),
        chain("R-CE", WEIGHT, 1, f -> f.tucker(3, 12)),
        chain("RC-E", WEIGHT, 1, f -> f.tucker(8, 5)),
        chain("R-C-E", GROUPED, 2, f -> f.tucker(2, 3)),
        chain("B-A", WEIGHT, 1, f -> f.basis(2)),
        chain("R-E", MATRIX, 1, f -> f.singularValues(3)),
        chain("R-C-E", WEIGHT, 1, f -> f.tensorTrain(List.of(12), List.of(8), List.of(5, 3))),
        chain(
            "R-C-E",
            WEIGHT,
            1,
            f -> f.tensorTrain(List.of(3, 4), List.of(2, 2, 2), List.of(3, 5, 4, 3, 2))),
        chain("R-C-E", GROUPED, 2, f -> f.tensorTrain(List.of(6), List.of(4), List.of(3, 2))),
        chain("R-E", MATRIX, 1, f -> f.tensorTrain(List.of(3, 4), List.of(4, 2), List.of(2, 4, 2))),
        chain("R-D-E", WEIGHT, 1, f -> f.canonical(10)),
        chain("R-D-E", GROUPED, 3, f -> f.canonical(4)));
  }

  private static Arguments chain(
      String form, Tensor weight, int groups, Function<Factorizer, Factorization> method) {
    return Arguments.of(form, weight, groups, method);
  }

  /// Shape, form and error of every kind, against the weight that the chain stands for.
  @ParameterizedTest(name = "{0} {index}")
  @MethodSource("chains")
  void aChainStandsForTheWeight(
      String form, Tensor weight, int groups, Function<Factorizer, Factorization> method) {
    try (Factorizer factorizer = new Factorizer(weight, groups)) {
      Factorization chain = method.apply(factorizer);
      assertThat(chain.form()).isEqualTo(form);
      double[] whole = chain.reconstruct().toDoubles();
      assertThat(chain.relativeError())
          .isCloseTo(
              TuckerReference.relativeError(weight, diagonal(whole, weight, groups)), within(1e-5))
          .isGreaterThan(0.1);
    }
  }

  /// The blocks of a grouped weight from the whole map, which is zero elsewhere.
  private static double[] diagonal(double[] whole, Tensor weight, int groups) {
    int outputs = weight.dimension(0);
    int width = weight.dimension(1);
    int taps = weight.size() / (outputs * width);
    double[] blocks = new double[weight.size()];
    for (int o = 0; o < outputs; o++) {
      int from = (o * width * groups + o / (outputs / groups) * width) * taps;
      System.arraycopy(whole, from, blocks, o * width * taps, width * taps);
    }
    return blocks;
  }

  /// A train of three cores is Tucker-2 that was truncated but not iterated.
  @Test
  void aTrainOfThreeCoresIsNearTucker() {
    try (Factorizer factorizer = new Factorizer(WEIGHT, 1)) {
      double train = factorizer.tensorTrain(List.of(12), List.of(8), List.of(5, 3)).relativeError();
      assertThat(factorizer.tucker(3, 5).relativeError())
          .isLessThan(train)
          .isCloseTo(train, within(0.05));
    }
  }

  @Test
  void refusesModesThatDoNotMultiplyToTheChannels() {
    try (Factorizer factorizer = new Factorizer(WEIGHT, 1)) {
      assertThatThrownBy(() -> factorizer.tensorTrain(List.of(5), List.of(8), List.of(2, 2)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("[5] x [8]");
    }
  }

  /// Of a matrix with 65,536 rows nothing square may be made.
  @Test
  void aBasisOfManyKernelsTakesLittleMemory() {
    Tensor weight = TuckerReference.random(4, 256, 256, 3, 3);
    try (Factorizer factorizer = new Factorizer(weight, 1)) {
      double[] spectrum = new Unfolding(weight, 256 * 256, 9, 1).spectrum();
      double kept = spectrum[0] + spectrum[1];
      double all = Arrays.stream(spectrum).sum();
      assertThat(factorizer.basis(2).relativeError())
          .isCloseTo(Math.sqrt(1 - kept / all), within(1e-9));
    }
  }

  /// Squares of these overflow and vanish.
  @ParameterizedTest
  @ValueSource(doubles = {1e-30, 1e30})
  void theScaleOfAWeightMakesNoDifference(double scale) {
    double[] values = WEIGHT.toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] *= scale;
    }
    Tensor scaled = Tensor.ofDoubles(WEIGHT.shape(), values);
    try (Factorizer plain = new Factorizer(WEIGHT, 1);
        Factorizer extreme = new Factorizer(scaled, 1)) {
      List<Function<Factorizer, Factorization>> kinds =
          List.of(
              f -> f.tucker(3, 5),
              f -> f.basis(2),
              f -> f.tensorTrain(List.of(12), List.of(8), List.of(5, 3)),
              f -> f.canonical(10));
      for (Function<Factorizer, Factorization> kind : kinds) {
        assertThat(kind.apply(extreme).relativeError())
            .isCloseTo(kind.apply(plain).relativeError(), within(1e-6));
      }
    }
  }

  /// NaN and infinite elements are refused by every kind; zeros are factorized without error.
  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, 0})
  void everyKindKnowsWhatCannotBeFactorized(double element) {
    double[] values = element == 0 ? new double[WEIGHT.size()] : WEIGHT.toDoubles();
    values[17] = element;
    Tensor weight = Tensor.ofDoubles(WEIGHT.shape(), values);
    Tensor matrix = weight.reshape(List.of(72L, 8L));
    List<Function<Factorizer, Factorization>> kinds =
        List.of(
            f -> f.tucker(3, 5),
            f -> f.tucker(3, 12),
            f -> f.basis(2),
            f -> f.tensorTrain(List.of(12), List.of(8), List.of(5, 3)),
            f -> f.canonical(4));
    try (Factorizer factorizer = new Factorizer(weight, 1);
        Factorizer flat = new Factorizer(matrix, 1)) {
      for (Function<Factorizer, Factorization> kind : kinds) {
        check(element, () -> kind.apply(factorizer));
      }
      check(element, () -> flat.singularValues(3));
    }
  }

  private static void check(double element, Supplier<Factorization> kind) {
    if (element == 0) {
      Factorization made = kind.get();
      assertThat(made.relativeError()).isZero();
      assertThat(made.reconstruct().toDoubles()).containsOnly(0);
    } else {
      assertThatThrownBy(kind::get)
          .isInstanceOf(LinearAlgebraException.class)
          .hasMessageContaining("NaN or infinite");
    }
  }
}
