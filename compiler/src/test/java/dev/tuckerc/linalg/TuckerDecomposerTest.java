package dev.tuckerc.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TuckerDecomposerTest {
  @Property(tries = 60)
  void factorsAreOrthonormalAndTheErrorIsTheReconstructionError(
      @ForAll @IntRange(min = 1, max = 20) int outputs,
      @ForAll @IntRange(min = 1, max = 20) int inputs,
      @ForAll @IntRange(min = 1, max = 5) int height,
      @ForAll @IntRange(min = 1, max = 3) int width,
      @ForAll long seed) {
    Tensor weight = TuckerReference.random(seed, outputs, inputs, height, width);
    int rankOut = 1 + (int) Math.floorMod(seed, outputs);
    int rankIn = 1 + (int) Math.floorMod(seed / 31, inputs);
    Tucker2 tucker = decompose(weight, rankOut, rankIn);
    assertThat(tucker.outputFactor().shape()).containsExactly((long) outputs, (long) rankOut);
    assertThat(tucker.core().shape())
        .containsExactly((long) rankOut, (long) rankIn, (long) height, (long) width);
    assertThat(tucker.inputFactor().shape()).containsExactly((long) inputs, (long) rankIn);
    assertThat(TuckerReference.orthonormalityDefect(tucker.outputFactor())).isLessThan(1e-6);
    assertThat(TuckerReference.orthonormalityDefect(tucker.inputFactor())).isLessThan(1e-6);
    assertThat(tucker.relativeError())
        .isCloseTo(
            TuckerReference.relativeError(weight, TuckerReference.reconstruct(tucker)),
            within(1e-6));
  }

  @Property(tries = 20, seed = "20230301")
  void theErrorFallsWithEitherRank(
      @ForAll @IntRange(min = 2, max = 12) int outputs,
      @ForAll @IntRange(min = 2, max = 12) int inputs,
      @ForAll long seed) {
    Tensor weight = TuckerReference.random(seed, outputs, inputs, 3, 3);
    for (int rank = 1; rank < Math.min(outputs, inputs); rank++) {
      double error = decompose(weight, rank, rank).relativeError();
      // Alternation stops within its tolerance of a fixed point, hence the slack.
      assertThat(decompose(weight, rank + 1, rank).relativeError()).isLessThan(error + 2e-3);
      assertThat(decompose(weight, rank, rank + 1).relativeError()).isLessThan(error + 2e-3);
    }
  }

  @Property(tries = 30)
  void iterationIsNoWorseThanTruncatingBothModes(
      @ForAll @IntRange(min = 2, max = 14) int outputs,
      @ForAll @IntRange(min = 2, max = 14) int inputs,
      @ForAll long seed) {
    Tensor weight = TuckerReference.random(seed, outputs, inputs, 3, 3);
    int rankOut = (outputs + 1) / 2;
    int rankIn = (inputs + 1) / 2;
    double[] onOutputs = new Unfolding(weight, 1, outputs, inputs * 9).spectrum();
    double[] onInputs = new Unfolding(weight, outputs, inputs, 9).spectrum();
    double lostOut = tail(onOutputs, rankOut);
    double lostIn = tail(onInputs, rankIn);
    double total = tail(onInputs, 0);
    double error = decompose(weight, rankOut, rankIn).relativeError();
    // The classic bound on the truncated higher-order SVD, and what no ranks can beat.
    assertThat(error * error).isLessThanOrEqualTo((lostOut + lostIn) / total + 1e-12);
    assertThat(error * error).isGreaterThanOrEqualTo(Math.max(lostOut, lostIn) / total - 1e-12);
  }

  @Test
  void fullRankIsExactToTheBit() {
    Tensor weight = TuckerReference.random(3, 7, 5, 3, 3);
    Tucker2 tucker = decompose(weight, 7, 5);
    assertThat(tucker.relativeError()).isZero();
    assertThat(tucker.core().convert(DataType.F32).contentEquals(weight)).isTrue();
    assertThat(tucker.outputFactor().toDoubles()).containsExactly(identity(7));
    assertThat(tucker.inputFactor().toDoubles()).containsExactly(identity(5));
  }

  @Test
  void aWeightOfLowRankIsRecovered() {
    Tucker2 planted = decompose(TuckerReference.random(5, 16, 12, 3, 3), 3, 4);
    Tensor weight =
        Tensor.ofDoubles(List.of(16L, 12L, 3L, 3L), TuckerReference.reconstruct(planted))
            .convert(DataType.F32);
    Tucker2 found = decompose(weight, 3, 4);
    assertThat(found.relativeError()).isLessThan(1e-6);
    assertThat(TuckerReference.relativeError(weight, TuckerReference.reconstruct(found)))
        .isLessThan(1e-6);
  }

  @Test
  void resultsAreBitwiseTheSameFromAnyThread() {
    Tensor weight = TuckerReference.random(11, 96, 64, 3, 3);
    Tucker2 first = decompose(weight, 40, 24);
    List<Tucker2> others =
        IntStream.range(0, 6).parallel().mapToObj(_ -> decompose(weight, 40, 24)).toList();
    for (Tucker2 other : others) {
      assertThat(other.core().contentEquals(first.core())).isTrue();
      assertThat(other.outputFactor().contentEquals(first.outputFactor())).isTrue();
      assertThat(other.inputFactor().contentEquals(first.inputFactor())).isTrue();
      assertThat(other.relativeError()).isEqualTo(first.relativeError());
    }
  }

  @Test
  void aZeroWeightHasNoError() {
    Tucker2 tucker = decompose(Tensor.zeros(DataType.F32, List.of(4L, 4L, 3L, 3L)), 2, 2);
    assertThat(tucker.relativeError()).isZero();
    assertThat(tucker.core().toDoubles()).containsOnly(0);
  }

  @Test
  void oneDimensionalAndThreeDimensionalKernelsWork() {
    for (long[] shape : new long[][] {{8, 6, 5}, {6, 4, 3, 1, 2}}) {
      Tensor weight = TuckerReference.random(17, shape);
      Tucker2 tucker = decompose(weight, 3, 2);
      assertThat(tucker.core().shape()).hasSize(shape.length).startsWith(3L, 2L);
      assertThat(tucker.relativeError())
          .isCloseTo(
              TuckerReference.relativeError(weight, TuckerReference.reconstruct(tucker)),
              within(1e-6));
    }
  }

  @Test
  void infiniteElementsAreRefused() {
    Tensor weight = TuckerReference.random(1, 4, 4, 3, 3);
    weight.setDouble(7, Double.POSITIVE_INFINITY);
    assertThatThrownBy(() -> new TuckerDecomposer(weight))
        .isInstanceOf(LinearAlgebraException.class)
        .hasMessageContaining("NaN or infinite");
  }

  private static Tucker2 decompose(Tensor weight, int rankOut, int rankIn) {
    try (TuckerDecomposer decomposer = new TuckerDecomposer(weight)) {
      return decomposer.decompose(rankOut, rankIn);
    }
  }

  private static double tail(double[] spectrum, int from) {
    double sum = 0;
    for (int i = from; i < spectrum.length; i++) {
      sum += spectrum[i];
    }
    return sum;
  }

  private static double[] identity(int size) {
    double[] elements = new double[size * size];
    for (int i = 0; i < size; i++) {
      elements[i * size + i] = 1;
    }
    return elements;
  }
}
