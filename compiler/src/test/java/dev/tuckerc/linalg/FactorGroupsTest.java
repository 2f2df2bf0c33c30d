package dev.tuckerc.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FactorGroupsTest {
  private static final int GROUPS = 3;

  private final Tensor weight = TuckerReference.random(7, GROUPS * 5, 4, 3, 3);

  private List<Factorization> chains() {
    try (Factorizer factorizer = new Factorizer(weight, GROUPS)) {
      return List.of(
          factorizer.tucker(2, 3),
          factorizer.tucker(4, 3),
          factorizer.tucker(2, 5),
          factorizer.canonical(6),
          factorizer.tensorTrain(List.of(5), List.of(2, 2), List.of(3, 3, 2)));
    }
  }

  /// What the whole chain is to a group is what the group's own chain is.
  @Test
  void aGroupsChainIsTheDecompositionOfItsWeight() {
    List<Tensor> weights = FactorGroups.weights(weight, GROUPS);
    for (Factorization chain : chains()) {
      double[] whole = chain.reconstruct().toDoubles();
      List<Factorization> parts = FactorGroups.split(chain, GROUPS);
      for (int group = 0; group < GROUPS; group++) {
        double[] own = parts.get(group).reconstruct().toDoubles();
        assertThat(own).hasSize(5 * 4 * 9);
        for (int o = 0; o < 5; o++) {
          for (int i = 0; i < 4 * 9; i++) {
            int at = ((group * 5 + o) * GROUPS + group) * 4 * 9 + i;
            assertThat(own[o * 4 * 9 + i]).isCloseTo(whole[at], within(1e-12));
          }
        }
        assertThat(TuckerReference.relativeError(weights.get(group), own)).isLessThan(0.9);
      }
    }
  }

  @Test
  void joiningIsTheInverseOfSplitting() {
    List<Tensor> weights = FactorGroups.weights(weight, GROUPS);
    for (Factorization chain : chains()) {
      List<Factorization> parts = new ArrayList<>();
      for (Factorization part : FactorGroups.split(chain, GROUPS)) {
        double[] own = part.reconstruct().toDoubles();
        Tensor dense = weights.get(parts.size());
        parts.add(part.with(part.factors(), TuckerReference.relativeError(dense, own)));
      }
      Factorization joined = FactorGroups.joined(parts, weight);
      assertThat(joined.form()).isEqualTo(chain.form());
      assertThat(joined.relativeError()).isCloseTo(chain.relativeError(), within(1e-6));
      for (int i = 0; i < chain.factors().size(); i++) {
        Factorization.Factor was = chain.factors().get(i);
        Factorization.Factor is = joined.factors().get(i);
        assertThat(is.part()).isEqualTo(was.part());
        assertThat(is.groups()).isEqualTo(was.groups());
        assertThat(is.axes()).isEqualTo(was.axes());
        assertThat(is.weight().shape()).isEqualTo(was.weight().shape());
        assertThat(is.weight().toDoubles()).isEqualTo(was.weight().toDoubles());
      }
    }
  }
}
