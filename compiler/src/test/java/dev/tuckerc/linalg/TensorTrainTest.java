package dev.tuckerc.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TensorTrainTest {
  @Property(tries = 60)
  void theReconstructionHasTheStatedError(
      @ForAll @Size(min = 2, max = 5) List<@IntRange(min = 1, max = 6) Integer> modes,
      @ForAll long seed) {
    Tensor tensor = TuckerReference.random(seed, modes.stream().mapToLong(m -> m).toArray());
    SplittableRandom random = new SplittableRandom(seed);
    List<Integer> ranks = new ArrayList<>();
    for (int i = 1; i < modes.size(); i++) {
      ranks.add(random.nextInt(1, 8));
    }
    TensorTrain train = TensorTrain.decompose(tensor, ranks);
    assertThat(train.relativeError())
        .isCloseTo(
            TuckerReference.relativeError(tensor, train.reconstruct().toDoubles()), within(1e-6));
    assertThat(train.cores().getFirst().dimension(0)).isOne();
    assertThat(train.cores().getLast().dimension(2)).isOne();
  }

  @Property(tries = 30)
  void fullRanksLoseNothing(
      @ForAll @Size(min = 2, max = 5) List<@IntRange(min = 1, max = 5) Integer> modes,
      @ForAll long seed) {
    Tensor tensor = TuckerReference.random(seed, modes.stream().mapToLong(m -> m).toArray());
    TensorTrain train =
        TensorTrain.decompose(tensor, Collections.nCopies(modes.size() - 1, Integer.MAX_VALUE));
    assertThat(TuckerReference.relativeError(tensor, train.reconstruct().toDoubles()))
        .isLessThan(1e-12);
  }

  @Test
  void aTrainOfTwoModesIsTheBestApproximation() {
    Tensor matrix = TuckerReference.random(3, 17, 9);
    TensorTrain train = TensorTrain.decompose(matrix, List.of(4));
    assertThat(train.relativeError())
        .isCloseTo(LowRankMatrix.truncate(matrix, 4).relativeError(), within(1e-9));
  }

  /// The input-to-hidden weight of the LSTM of Yin et al., CVPR 2021 (UCF11): 57,600 inputs, 256
  /// units, 3,302 weights.
  @Test
  void countsThePublishedParameters() {
    List<Integer> modes = List.of(16, 8, 8, 8, 20, 20, 18);
    List<Integer> ranks = List.of(1, 4, 5, 9, 12, 6, 3, 1);
    List<Tensor> cores = new ArrayList<>();
    for (int i = 0; i < modes.size(); i++) {
      cores.add(
          Tensor.zeros(
              DataType.F64,
              List.of((long) ranks.get(i), (long) modes.get(i), (long) ranks.get(i + 1))));
    }
    assertThat(new TensorTrain(cores, 0).parameters()).isEqualTo(3_302);
  }

  @Test
  void scalesNeitherOverflowNorVanish() {
    Tensor tensor = TuckerReference.random(5, 4, 5, 6);
    double expected = TensorTrain.decompose(tensor, List.of(2, 3)).relativeError();
    for (double scale : new double[] {1e-200, 1e200}) {
      double[] values = tensor.toDoubles();
      for (int i = 0; i < values.length; i++) {
        values[i] *= scale;
      }
      Tensor scaled = Tensor.ofDoubles(tensor.shape(), values);
      assertThat(TensorTrain.decompose(scaled, List.of(2, 3)).relativeError())
          .isCloseTo(expected, within(1e-9));
    }
    assertThat(TensorTrain.decompose(Tensor.zeros(DataType.F32, List.of(3L, 3L)), List.of(1)))
        .satisfies(train -> assertThat(train.relativeError()).isZero());
  }

  @Test
  void refusesWhatIsNotFinite() {
    Tensor tensor = Tensor.ofDoubles(List.of(2L, 2L), 1, Double.NaN, 3, 4);
    assertThatThrownBy(() -> TensorTrain.decompose(tensor, List.of(1)))
        .isInstanceOf(LinearAlgebraException.class)
        .hasMessageContaining("NaN");
  }
}
