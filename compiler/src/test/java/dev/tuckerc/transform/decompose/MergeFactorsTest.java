package dev.tuckerc.transform.decompose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.layer.DecompositionOptions;
import dev.tuckerc.transform.layer.LayerCost;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.ranks.RanksByLayer;
import dev.tuckerc.transform.report.DecompositionReport;
import dev.tuckerc.transform.testing.FakeKernels;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MergeFactorsTest {

  @Test
  void whatIsFactoredAlreadyDoesNotGrow() {
    // Merged, core and expansion would be a convolution of 16 -> 64 channels: more of everything,
    // and yet faster where every launch costs the same.
    LayerCostModel launches = c -> new Estimate(1, 0, List.of(), 0, 0, 1, 1);
    Graph graph =
        new Layers(1, 64, 9, 9)
            .conv("reduce", false, 1, Layers.window(1, 1, 0, 1), 16)
            .conv("core", false, 1, Layers.window(3, 1, 1, 1), 16)
            .conv("expand", true, 1, Layers.window(1, 1, 0, 1), 64)
            .graph();
    PassContext context = PassContext.of(Precision.FP32).with(LayerCostModel.class, launches);
    assertThat(new MergeFactors().run(graph, context)).isSameAs(graph);
  }

  @Test
  void aSquareFactorFoldsAway() {
    Graph graph =
        new Layers(1, 16, 9, 9)
            .conv("square", false, 1, Layers.window(1, 1, 0, 1), 16)
            .conv("core", true, 1, Layers.window(3, 1, 1, 1), 8)
            .graph();
    Graph merged = merge(graph);
    assertThat(Layers.convolutions(merged)).hasSize(1);
    assertThat(Layers.relativeDistance(Layers.evaluate(merged), Layers.evaluate(graph)))
        .isLessThan(1e-6);
  }

  @Test
  void theFactorsOfTheDecompositionKeepTheFormItChose() {
    Graph dense = new Layers(1, 32, 9, 9).conv("c", true, 1, Layers.window(3, 1, 1, 1), 32).graph();
    PassContext context =
        Layers.context(new RanksByLayer("test", Map.of("c", new RankChoice.Ranks(8, 28))));
    Graph factored = new DecomposeConvolutions().run(dense, context);
    assertThat(new MergeFactors().run(factored, context)).isSameAs(factored);
  }

  @Test
  void aFormThatOneKernelComputesWins() {
    Graph dense = new Layers(1, 32, 9, 9).conv("c", true, 1, Layers.window(3, 1, 1, 1), 32).graph();
    RankPolicy policy = new RanksByLayer("test", Map.of("c", new RankChoice.Ranks(8, 8)));
    // A kernel costs a microsecond and its arithmetic: a form without expansion saves a launch, but
    // one kernel for both saves it without more arithmetic.
    LayerCostModel separate = c -> kernel(LayerCost.multiplyAccumulates(c));
    LayerCostModel fused =
        new LayerCostModel() {
          @Override
          public Estimate estimate(Convolution convolution) {
            return separate.estimate(convolution);
          }

          @Override
          public Optional<Estimate> estimate(Region region) {
            if (region.body().nodes().stream().anyMatch(n -> !LayerCost.isProduct(n.op()))) {
              return Optional.empty();
            }
            long sum =
                region.body().nodes().stream()
                    .mapToLong(n -> LayerCost.multiplyAccumulates(n.op()))
                    .sum();
            return Optional.of(kernel(sum));
          }
        };
    assertThat(form(dense, policy, separate)).isEqualTo("R-CE");
    assertThat(form(dense, policy, fused)).isEqualTo("R-C-E");
  }

  private static Estimate kernel(long multiplyAccumulates) {
    return FakeKernels.estimate(1 + multiplyAccumulates / 1e7);
  }

  private static String form(Graph dense, RankPolicy policy, LayerCostModel model) {
    PassContext context =
        Layers.context(policy)
            .with(LayerCostModel.class, model)
            .with(
                DecompositionOptions.class,
                new DecompositionOptions(List.of("R-C-E", "R-CE"), false));
    new DecomposeConvolutions().run(dense, context);
    return context.report(DecompositionReport.class).orElseThrow().layers().getFirst().form();
  }

  @Test
  void biasesMoveThroughWhereNothingIsPadded() {
    Graph graph =
        new Layers(2, 16, 9, 9)
            .conv("a", true, 1, Layers.window(1, 1, 0, 1), 64)
            .conv("b", true, 1, Layers.window(3, 1, 0, 1), 8)
            .conv("c", true, 1, Layers.window(1, 1, 0, 1), 4)
            .graph();
    Graph merged = merge(graph);
    assertThat(Layers.convolutions(merged)).hasSize(1);
    assertThat(Layers.relativeDistance(Layers.evaluate(merged), Layers.evaluate(graph)))
        .isLessThan(1e-6);
  }

  @Test
  void aBiasBeforePaddingStays() {
    Graph graph =
        new Layers(2, 16, 9, 9)
            .conv("a", true, 1, Layers.window(1, 1, 0, 1), 64)
            .conv("b", true, 1, Layers.window(3, 1, 1, 1), 8)
            .graph();
    assertThat(merge(graph)).isSameAs(graph);
  }

  @Test
  void whatStandsBetweenOrIsSharedStays() {
    Layers layers = new Layers(2, 16, 9, 9).conv("a", false, 1, Layers.window(1, 1, 0, 1), 64);
    Graph between =
        layers
            .add(
                new Pointwise(
                    List.of(layers.last()),
                    new ScalarExpression.Unary(
                        UnaryFunction.RELU, new ScalarExpression.Operand(0))),
                "relu",
                "Relu")
            .conv("b", false, 1, Layers.window(3, 1, 1, 1), 8)
            .graph();
    assertThat(merge(between)).isSameAs(between);

    Graph chain =
        new Layers(2, 16, 9, 9)
            .conv("a", false, 1, Layers.window(1, 1, 0, 1), 64)
            .conv("b", false, 1, Layers.window(3, 1, 1, 1), 8)
            .graph();
    Convolution second = Layers.convolutions(chain).getLast();
    Graph shared =
        new Graph(
            "shared",
            chain.inputs(),
            chain.nodes(),
            List.of(chain.outputs().getFirst(), new Graph.Output("middle", second.input())));
    assertThat(merge(shared)).isSameAs(shared);
    assertThat(Layers.convolutions(merge(chain))).hasSize(1);
  }

  @Test
  void aStridedPointwiseConvolutionTakesInItsNeighbours() {
    Graph graph =
        new Layers(2, 8, 9, 9)
            .conv("a", false, 1, Layers.window(1, 2, 0, 1), 64)
            .conv("b", true, 1, Layers.window(1, 1, 0, 1), 8)
            .graph();
    Graph merged = merge(graph);
    assertThat(Layers.convolutions(merged)).hasSize(1);
    assertThat(Layers.relativeDistance(Layers.evaluate(merged), Layers.evaluate(graph)))
        .isLessThan(1e-6);
  }

  private static Graph merge(Graph graph) {
    return new MergeFactors().run(graph, PassContext.of(Precision.FP32));
  }
}
