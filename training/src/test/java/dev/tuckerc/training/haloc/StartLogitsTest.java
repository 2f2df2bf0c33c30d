package dev.tuckerc.training.haloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.training.haloc.SearchSpace.SearchLayer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StartLogitsTest {
  /// Two layers whose candidates cost 1, 2, 4 and 8; nothing else costs anything but 3.
  private static final SearchSpace SPACE =
      new SearchSpace(List.of(layer(), layer()), 3, Unit.MULTIPLY_ACCUMULATES);

  private static final List<double[]> LOST =
      List.of(new double[] {0.1, 0.05, 0.02, 0}, new double[] {0.9, 0.6, 0.3, 0});

  private static SearchLayer layer() {
    return new SearchLayer(
        List.of(),
        Arrays.stream(new double[] {1, 2, 4, 8})
            .mapToObj(cost -> new Candidate(Optional.empty(), cost))
            .toList());
  }

  private static double expectedCost(List<double[]> logits) {
    double cost = SPACE.fixedCost();
    for (int layer = 0; layer < 2; layer++) {
      double sum = 0;
      double weighted = 0;
      for (int c = 0; c < 4; c++) {
        double share = Math.exp(logits.get(layer)[c]);
        sum += share;
        weighted += share * SPACE.layers().get(layer).candidates().get(c).cost();
      }
      cost += weighted / sum;
    }
    return cost;
  }

  @Test
  void theExpectedCostIsTheTarget() {
    for (double target : new double[] {6, 8, 12, 16}) {
      assertThat(expectedCost(StartLogits.of(SPACE, LOST, target))).isCloseTo(target, within(1e-6));
    }
  }

  @Test
  void theLayerThatLosesMoreIsGivenMore() {
    List<double[]> logits = StartLogits.of(SPACE, LOST, 12);
    // The second layer's dense candidate is its likeliest, the first one's is not.
    assertThat(logits.get(1)[3]).isZero();
    assertThat(logits.get(0)[3]).isLessThan(-0.1);
  }

  @Test
  void aTargetAboveTheDenseCostPutsNoPriceOnIt() {
    List<double[]> logits = StartLogits.of(SPACE, LOST, 100);
    assertThat(logits.get(0)).containsExactly(new double[] {-5, -2.5, -1, 0}, within(1e-6));
  }

  @Test
  void theLeastCostItselfIsReached() {
    assertThat(expectedCost(StartLogits.of(SPACE, LOST, 5))).isCloseTo(5, within(1e-6));
  }
}
