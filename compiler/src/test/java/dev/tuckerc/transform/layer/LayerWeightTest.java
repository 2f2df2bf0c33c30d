package dev.tuckerc.transform.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.linalg.Unfolding;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LayerWeightTest {
  /// A convolution's weight, a product's, that of a flattened image, a transposed convolution's.
  static Stream<LayerWeight> weights() {
    return Stream.of(
        new LayerWeight(counting(4, 3, 2, 2), false, List.of(4L, 3L, 2L, 2L)),
        new LayerWeight(counting(6, 4), true, List.of(4L, 6L)),
        new LayerWeight(counting(18, 5), true, List.of(5L, 2L, 3L, 3L)),
        new LayerWeight(counting(4, 3, 2, 2), true, List.of(3L, 4L, 2L, 2L)));
  }

  private static Tensor counting(long... shape) {
    List<Long> extents = LongStream.of(shape).boxed().toList();
    double[] values =
        IntStream.range(0, Tensor.elementCount(extents)).mapToDouble(i -> i).toArray();
    return Tensor.ofDoubles(extents, values);
  }

  @ParameterizedTest
  @MethodSource("weights")
  void isRestoredFromItsElements(LayerWeight weight) {
    Tensor oriented = weight.tensor();
    assertThat(oriented.shape()).isEqualTo(weight.shape());
    assertThat(weight.restored(oriented).contentEquals(weight.stored())).isTrue();
    // Output channel 1, input channel 0, the first tap.
    Tensor stored = weight.stored();
    int row = stored.size() / stored.dimension(0);
    int expected = weight.turned() ? row / stored.dimension(1) : row;
    assertThat(oriented.getDouble(oriented.size() / weight.dimension(0))).isEqualTo(expected);
  }

  /// Spectra come from where the elements are stored, in another order than the weight's.
  @ParameterizedTest
  @MethodSource("weights")
  void unfoldsInPlace(LayerWeight weight) {
    Tensor oriented = weight.tensor();
    int outputs = weight.dimension(0);
    int inputs = weight.dimension(1);
    int taps = weight.size() / (outputs * inputs);
    check(weight.onOutputs(1).getFirst(), new Unfolding(oriented, 1, outputs, inputs * taps));
    check(weight.onInputs(1).getFirst(), new Unfolding(oriented, outputs, inputs, taps));
  }

  @Test
  void unfoldsEachGroupByItself() {
    LayerWeight weight = new LayerWeight(counting(4, 3, 2, 2), false, List.of(4L, 3L, 2L, 2L));
    Tensor second =
        Tensor.ofDoubles(List.of(24L), IntStream.range(24, 48).asDoubleStream().toArray());
    assertThat(weight.onOutputs(2)).hasSize(2);
    check(weight.onOutputs(2).getLast(), new Unfolding(second, 1, 2, 12));
    check(weight.onInputs(2).getLast(), new Unfolding(second, 2, 3, 4));
    check(weight.onTaps(), new Unfolding(weight.stored(), 12, 4, 1));
  }

  private static void check(Unfolding found, Unfolding expected) {
    double[] spectrum = expected.spectrum();
    assertThat(found.spectrum()).containsExactly(spectrum, within(1e-9 * spectrum[0]));
  }
}
