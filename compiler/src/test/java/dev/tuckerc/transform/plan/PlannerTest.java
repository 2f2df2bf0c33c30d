package dev.tuckerc.transform.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.ir.Node;
import dev.tuckerc.transform.region.FormRegions;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlannerTest {
  private static final int CASES = 1000;
  private static final int LAYERS = 5;
  private static final long PLANS = 120;

  private static Planner planner(RandomNetwork network) {
    return new Planner(network.graph, network.alternatives, network.costs());
  }

  /// Cost of every plan, cut into kernels by the search that the compiler forms regions with.
  private static Map<Map<Node, Integer>, Double> all(RandomNetwork network) {
    Map<Map<Node, Integer>, Double> costs = new IdentityHashMap<>();
    for (Map<Node, Integer> plan : network.plans()) {
      costs.put(plan, FormRegions.leastMicroseconds(network.with(plan), network.model));
    }
    return costs;
  }

  @Test
  void thePlanIsTheBestOfAllPlans() {
    int decomposed = 0;
    for (int seed = 0; seed < CASES; seed++) {
      RandomNetwork network = new RandomNetwork(seed, LAYERS, PLANS);
      Planner planner = planner(network);
      Map<Map<Node, Integer>, Double> all = all(network);
      double budget = RandomNetwork.PART * (1 << (seed % 7));
      double best = Double.POSITIVE_INFINITY;
      double fastest = Double.POSITIVE_INFINITY;
      for (Map.Entry<Map<Node, Integer>, Double> plan : all.entrySet()) {
        fastest = Math.min(fastest, plan.getValue());
        if (network.error(plan.getKey()) <= budget) {
          best = Math.min(best, plan.getValue());
        }
      }
      NetworkPlan within = planner.cheapest(budget, (_, _) -> true).orElseThrow();
      assertThat(within.cost()).as("seed %d", seed).isEqualTo(best);
      assertThat(within.error())
          .isEqualTo(network.error(within.choices()))
          .isLessThanOrEqualTo(budget);
      assertThat(within.cost() * (1 - within.gap()))
          .as("bound, seed %d", seed)
          .isLessThanOrEqualTo(best * (1 + 1e-9));
      NetworkPlan free = planner.cheapest(Double.POSITIVE_INFINITY, (_, _) -> true).orElseThrow();
      assertThat(free.cost()).as("seed %d, no budget", seed).isEqualTo(fastest);
      assertThat(free.gap()).isZero();
      NetworkPlan none = planner.cheapest(0, (_, _) -> true).orElseThrow();
      assertThat(none.error()).isZero();
      decomposed += within.error() > 0 ? 1 : 0;
    }
    // The cases are no trivial ones.
    assertThat(decomposed).isGreaterThan(CASES / 4);
  }

  @Test
  void everyPlanCostsWhatItsGraphCosts() {
    for (int seed = 0; seed < 100; seed++) {
      RandomNetwork network = new RandomNetwork(seed, LAYERS, 20);
      Planner planner = planner(network);
      for (Map.Entry<Map<Node, Integer>, Double> plan : all(network).entrySet()) {
        assertThat(planner.evaluate(plan.getKey()).cost())
            .as("seed %d", seed)
            .isEqualTo(plan.getValue());
      }
    }
  }

  @Test
  void theLeastErrorWithinACost() {
    int bounded = 0;
    for (int seed = 0; seed < 200; seed++) {
      RandomNetwork network = new RandomNetwork(seed, LAYERS, PLANS);
      Planner planner = planner(network);
      Map<Map<Node, Integer>, Double> all = all(network);
      double dense = planner.evaluate(network.dense()).cost();
      double fastest = all.values().stream().mapToDouble(c -> c).min().orElseThrow();
      double most = fastest + (dense - fastest) * (seed % 5) / 4.0;
      double least =
          all.entrySet().stream()
              .filter(plan -> plan.getValue() <= most)
              .mapToDouble(plan -> network.error(plan.getKey()))
              .min()
              .orElseThrow();
      NetworkPlan plan = planner.mostExact(most, (_, _) -> true).orElseThrow();
      assertThat(plan.cost()).isLessThanOrEqualTo(most);
      // Errors are rounded up to parts of what was looked at.
      assertThat(plan.error()).as("seed %d", seed).isCloseTo(least, within(0.02 * least));
      assertThat(plan.error() * (1 - plan.gap()))
          .as("bound, seed %d", seed)
          .isLessThanOrEqualTo(least * (1 + 1e-9));
      bounded += plan.gap() < 0.25 ? 1 : 0;
      assertThat(planner.mostExact(fastest - 1, (_, _) -> true)).isEmpty();
    }
    // The bound says something.
    assertThat(bounded).isGreaterThan(100);
  }

  @Test
  void aBudgetOfTheDenseLatencyLosesNothing() {
    for (int seed = 0; seed < 200; seed++) {
      RandomNetwork network = new RandomNetwork(seed, LAYERS, PLANS);
      Planner planner = planner(network);
      double dense = planner.evaluate(network.dense()).cost();
      assertThat(planner.mostExact(dense, (_, _) -> true).orElseThrow().error()).isZero();
      assertThat(planner.cheapest(1, (_, _) -> true).orElseThrow().cost())
          .isLessThanOrEqualTo(dense);
    }
  }

  @Test
  void theOptimumNeverRisesWithTheBudget() {
    for (int seed = 0; seed < 200; seed++) {
      RandomNetwork network = new RandomNetwork(seed, LAYERS, PLANS);
      Planner planner = planner(network);
      double former = Double.POSITIVE_INFINITY;
      for (int k = 0; k < 8; k++) {
        double budget = RandomNetwork.PART * (1 << k);
        double cost = planner.cheapest(budget, (_, _) -> true).orElseThrow().cost();
        assertThat(cost).isLessThanOrEqualTo(former);
        former = cost;
      }
    }
  }

  @Test
  void noChosenAlternativeIsDominated() {
    for (int seed = 0; seed < 200; seed++) {
      RandomNetwork network = new RandomNetwork(seed, LAYERS, PLANS);
      Planner planner = planner(network);
      NetworkPlan plan = planner.cheapest(RandomNetwork.PART * 16, (_, _) -> true).orElseThrow();
      for (Map.Entry<Node, Integer> choice : plan.choices().entrySet()) {
        List<Alternative> own = Objects.requireNonNull(network.alternatives.get(choice.getKey()));
        for (int i = 0; i < own.size(); i++) {
          Map<Node, Integer> other = new IdentityHashMap<>(plan.choices());
          other.put(choice.getKey(), i);
          // Neither less error at the same cost, which for equal latency means greater ranks ...
          if (own.get(i).error() < own.get(choice.getValue()).error()) {
            assertThat(planner.evaluate(other).cost())
                .as("seed %d", seed)
                .isGreaterThan(plan.cost());
          }
          // ... nor less cost at the same error.
          if (own.get(i).error() <= own.get(choice.getValue()).error()) {
            assertThat(planner.evaluate(other).cost()).isGreaterThanOrEqualTo(plan.cost());
          }
        }
      }
    }
  }

  @Test
  void whatIsNotPermittedIsNotChosen() {
    RandomNetwork network = new RandomNetwork(3, LAYERS, PLANS);
    Planner planner = planner(network);
    Optional<NetworkPlan> dense = planner.cheapest(1, (_, alternative) -> alternative == 0);
    assertThat(dense.orElseThrow().choices()).isEqualTo(network.dense());
    assertThat(planner.cheapest(1, (_, alternative) -> alternative > 8)).isEmpty();
  }
}
