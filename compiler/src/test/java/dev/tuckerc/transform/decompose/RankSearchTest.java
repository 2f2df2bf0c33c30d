package dev.tuckerc.transform.decompose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.layer.LayerCost;
import dev.tuckerc.transform.ranks.EqualRanks;
import dev.tuckerc.transform.ranks.Goal;
import dev.tuckerc.transform.ranks.LatencyRanks;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.ranks.RankPolicyException;
import dev.tuckerc.transform.ranks.ShareOfMultiplyAccumulates;
import dev.tuckerc.transform.report.DecompositionReport;
import dev.tuckerc.transform.report.LayerReport;
import dev.tuckerc.transform.report.LayerTradeOff;
import dev.tuckerc.transform.report.NetworkFigures;
import dev.tuckerc.transform.search.Explain;
import dev.tuckerc.transform.testing.FakeKernels;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RankSearchTest {
  /// A kernel costs a microsecond and its arithmetic; one may compute any chain of products.
  private static final LayerCostModel KERNELS =
      new LayerCostModel() {
        @Override
        public Estimate estimate(Convolution convolution) {
          return kernel(LayerCost.multiplyAccumulates(convolution));
        }

        @Override
        public Optional<Estimate> estimate(Region region) {
          return region.body().nodes().stream().allMatch(n -> n.op() instanceof Convolution)
              ? Optional.of(
                  kernel(
                      region.body().nodes().stream()
                          .mapToLong(n -> LayerCost.multiplyAccumulates(n.op()))
                          .sum()))
              : Optional.empty();
        }
      };

  private static Estimate kernel(long multiplyAccumulates) {
    return FakeKernels.estimate(1 + multiplyAccumulates / 1e6);
  }

  private static Graph chain() {
    return new Layers(1, 64, 14, 14)
        .conv("a", true, 1, Layers.window(3, 1, 1, 1), 64)
        .conv("b", true, 1, Layers.window(3, 1, 1, 1), 96)
        .conv("c", true, 1, Layers.window(3, 2, 1, 1), 64)
        .graph();
  }

  private static PassContext run(RankPolicy policy, Optional<Goal> goal) {
    PassContext context = Layers.context(policy).with(LayerCostModel.class, KERNELS);
    context = goal.isPresent() ? context.with(Goal.class, goal.get()) : context;
    context = context.with(Explain.class, new Explain("b"));
    new DecomposeConvolutions().run(chain(), context);
    return context;
  }

  private static NetworkFigures network(PassContext context) {
    return report(context).network().orElseThrow();
  }

  private static DecompositionReport report(PassContext context) {
    return context.report(DecompositionReport.class).orElseThrow();
  }

  private static Goal cost(double microseconds) {
    return new Goal(OptionalDouble.empty(), OptionalDouble.of(microseconds), OptionalLong.empty());
  }

  @Test
  void theErrorStaysWithinTheGoalAndTheTimeFallsWithIt() {
    double former = Double.POSITIVE_INFINITY;
    for (double error : new double[] {0, 0.3, 0.8, 1.2, 2}) {
      PassContext context = run(new LatencyRanks(), Optional.of(Goal.within(error)));
      NetworkFigures network = network(context);
      assertThat(network.error()).isLessThanOrEqualTo(error + 1e-9);
      assertThat(network.microseconds())
          .isLessThanOrEqualTo(network.denseMicroseconds())
          .isLessThanOrEqualTo(former * (1 + 1e-9));
      former = network.microseconds();
      // What the weights lose is no more than what was counted.
      double lost =
          report(context).layers().stream().mapToDouble(l -> Math.pow(l.relativeError(), 2)).sum();
      assertThat(Math.sqrt(lost)).isLessThanOrEqualTo(network.error() + 1e-6);
    }
    NetworkFigures any = network(run(new LatencyRanks(), Optional.of(Goal.within(2))));
    assertThat(former).isLessThan(any.denseMicroseconds());
  }

  @Test
  void everyDenseLayerSaysWhy() {
    PassContext context = run(new LatencyRanks(), Optional.of(Goal.within(0.05)));
    assertThat(report(context).decomposed()).isZero();
    assertThat(report(context).layers())
        .extracting(LayerReport::reason)
        .allSatisfy(reason -> assertThat(reason).startsWith("beyond the goal: "));
  }

  @Test
  void aLatencyIsReachedWithTheLeastError() {
    NetworkFigures all = network(run(new LatencyRanks(), Optional.of(Goal.within(2))));
    double wanted = (all.denseMicroseconds() + all.microseconds()) / 2;
    NetworkFigures plan = network(run(new LatencyRanks(), Optional.of(cost(wanted))));
    assertThat(plan.microseconds()).isLessThanOrEqualTo(wanted * (1 + 1e-9));
    assertThat(plan.error()).isBetween(0.01, 2.0);
    PassContext none = run(new LatencyRanks(), Optional.of(cost(all.denseMicroseconds())));
    assertThat(network(none).error()).isZero();
    assertThat(report(none).decomposed()).isZero();
    assertThatThrownBy(() -> run(new LatencyRanks(), Optional.of(cost(0.5))))
        .isInstanceOf(RankPolicyException.class)
        .hasMessageContaining("no plan within the goal")
        .hasMessageContaining("the least that can be reached is ")
        .hasMessageMatching(
            "(?s).*\\(dense [0-9.]+ us\\) at an error of [0-9.]+, with \\d of \\d layers.*");
  }

  @Test
  void aShareOfTheMultiplyAccumulates() {
    DecompositionReport report = report(run(new ShareOfMultiplyAccumulates(0.5), Optional.empty()));
    assertThat(report.after().multiplyAccumulates())
        .isLessThanOrEqualTo(report.before().multiplyAccumulates() / 2)
        .isGreaterThan(report.before().multiplyAccumulates() / 3);
  }

  /// A weight that is a sum of few outer products, and of full rank in its channels: no other form
  /// keeps it.
  @Test
  void aSumOfTermsIsChosenWhereItPays() {
    Layers layers = new Layers(1, 64, 14, 14);
    Tensor weight = sumOfTerms(64, 9, 64);
    Value constant = layers.constant("w", weight.reshape(List.of(64L, 64L, 3L, 3L)));
    Graph graph =
        layers
            .add(
                new Convolution(
                    layers.input,
                    constant,
                    Optional.empty(),
                    Layers.window(3, 1, 1, 1),
                    1,
                    Epilogue.NONE),
                "c",
                "Conv")
            .graph();
    PassContext context =
        Layers.context(new LatencyRanks())
            .with(LayerCostModel.class, KERNELS)
            .with(Goal.class, Goal.within(0.1))
            .with(Explain.class, new Explain("c"));
    Graph planned = new DecomposeConvolutions().run(graph, context);
    LayerReport layer = report(context).layers().getFirst();
    assertThat(layer.form()).as(layer.reason()).isEqualTo("R-D-E");
    assertThat(layer.relativeError()).isLessThan(0.1);
    assertThat(context.report(LayerTradeOff.class).orElseThrow().options())
        .extracting(LayerTradeOff.Option::form)
        .contains("R-D-E", "R-C-E", "B-A");
    assertThat(Layers.relativeDistance(Layers.evaluate(planned), Layers.evaluate(graph)))
        .isLessThan(0.2);
  }

  /// Of one channel, a basis of kernels and Tucker-2 of the outputs are the same two steps.
  @Test
  void formsOfOneChannelAreToldApart() {
    Layers layers = new Layers(1, 1, 14, 14);
    Graph graph =
        layers
            .add(
                new Convolution(
                    layers.input,
                    layers.constant(5, 24, 1, 5, 5),
                    Optional.empty(),
                    Layers.window(5, 1, 2, 1),
                    1,
                    Epilogue.NONE),
                "c",
                "Conv")
            .graph();
    PassContext context =
        Layers.context(new ShareOfMultiplyAccumulates(0.7))
            .with(LayerCostModel.class, KERNELS)
            .with(Explain.class, new Explain("c"));
    new DecomposeConvolutions().run(graph, context);
    assertThat(report(context).layers().getFirst().form()).isEqualTo("RC-E");
  }

  private static Tensor sumOfTerms(int channels, int taps, int count) {
    Random random = new Random(3);
    Tensor sum = Tensor.zeros(DataType.F32, List.of((long) channels, (long) channels, (long) taps));
    double[][] outer = new double[3][channels];
    for (int term = 0; term < count; term++) {
      for (double[] vector : outer) {
        for (int i = 0; i < vector.length; i++) {
          vector[i] = random.nextGaussian();
        }
      }
      for (int i = 0; i < sum.size(); i++) {
        int o = i / (channels * taps);
        int in = i / taps % channels;
        sum.setDouble(i, sum.getDouble(i) + outer[0][o] * outer[1][in] * outer[2][i % taps]);
      }
    }
    return sum;
  }

  @Test
  void equalRanksAreEqualMultiples() {
    DecompositionReport report = report(run(new EqualRanks(16), Optional.of(Goal.within(2))));
    assertThat(report.decomposed()).isPositive();
    for (LayerReport layer : report.layers()) {
      layer
          .ranks()
          .ifPresent(choice -> {
            RankChoice.Ranks ranks = (RankChoice.Ranks) choice;
            assertThat(ranks.in()).isEqualTo(ranks.out());
            assertThat(ranks.in() % 16).isZero();
          });
    }
  }

  @Test
  void theTradeOffOfALayerHoldsThePlan() {
    PassContext context = run(new LatencyRanks(), Optional.of(Goal.within(1.5)));
    LayerTradeOff layer = context.report(LayerTradeOff.class).orElseThrow();
    assertThat(layer.planned().microseconds())
        .isCloseTo(network(context).microseconds(), within(1e-6));
    assertThat(layer.options()).contains(layer.planned());
    List<LayerTradeOff.Option> front = layer.front();
    assertThat(front)
        .isSortedAccordingTo(Comparator.comparingDouble(LayerTradeOff.Option::microseconds));
    assertThat(front)
        .isSortedAccordingTo(Comparator.comparingDouble(LayerTradeOff.Option::error).reversed());
    assertThat(layer.toText()).contains("* " + layer.planned().form());
  }

  @Test
  void theLeastTimeFallsAsTheErrorGrows() {
    List<Map.Entry<Double, Double>> steps =
        network(run(new LatencyRanks(), Optional.of(Goal.within(1.5)))).tradeOff();
    assertThat(steps).hasSizeGreaterThan(3);
    for (int i = 1; i < steps.size(); i++) {
      assertThat(steps.get(i).getKey()).isGreaterThan(steps.get(i - 1).getKey());
      assertThat(steps.get(i).getValue()).isLessThan(steps.get(i - 1).getValue());
    }
    assertThat(steps.getFirst().getKey()).isZero();
  }
}
