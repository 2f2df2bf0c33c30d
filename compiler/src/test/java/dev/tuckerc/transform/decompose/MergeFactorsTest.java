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
import dev.tuckerc.transform.testing.FakeKernels;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MergeFactorsTest {

  @Test
  void aFullInputFactorFoldsIntoTheCore() {
    assertForm(16, 24, new RankChoice.Ranks(16, 8), "RC-E", 2);
  }

  @Test
  void aFullOutputFactorFoldsIntoTheCore() {
    assertForm(24, 16, new RankChoice.Ranks(8, 16), "R-CE", 2);
  }

  @Test
  void factorsThatSaveWorkStayApart() {
    assertForm(32, 32, new RankChoice.Ranks(8, 8), "R-C-E", 3);
  }

  @Test
  void aWideRankMergesWhereThatIsCheaper() {
    // Expand costs 28*32 beside a core of 9*4*28; merged they cost 9*4*32.
    assertForm(32, 32, new RankChoice.Ranks(4, 28), "R-CE", 2);
  }

  private static void assertForm(
      long inputs, long outputs, RankChoice.Ranks ranks, String form, int convolutions) {
    Graph dense =
        new Layers(2, inputs, 9, 9).conv("c", true, 1, Layers.window(3, 2, 1, 1), outputs).graph();
    PassContext context = Layers.context(new RanksByLayer("test", Map.of("c", ranks)));
    Graph factored = new DecomposeConvolutions().run(dense, context);
    Graph merged = new MergeFactors().run(factored, context);
    assertThat(Layers.convolutions(merged)).hasSize(convolutions);
    assertThat(Layers.relativeDistance(Layers.evaluate(merged), Layers.evaluate(factored)))
        .isLessThan(1e-6);
    LayerReport layer = context.report(DecompositionReport.class).orElseThrow().layers().getFirst();
    assertThat(layer.form()).isEqualTo(form);
    assertThat(layer.after().multiplyAccumulates())
        .isEqualTo(
            Layers.convolutions(merged).stream()
                .mapToLong(ConvolutionCost::multiplyAccumulates)
                .sum())
        .isLessThan(layer.before().multiplyAccumulates());
    assertThat(layer.reason()).contains("fewest multiply-accumulates");
  }

  @Test
  void theCostModelDecidesWhereThereIsOne() {
    Graph dense = new Layers(1, 32, 9, 9).conv("c", true, 1, Layers.window(3, 1, 1, 1), 32).graph();
    RankPolicy policy = new RanksByLayer("test", Map.of("c", new RankChoice.Ranks(8, 8)));
    // Every launch costs the same: the fewest convolutions win, but the factors are never
    // multiplied out to the dense weight.
    LayerCostModel launches = c -> new Estimate(1, 0, List.of(), 0, 0, 1, 1);
    PassContext context = Layers.context(policy).with(LayerCostModel.class, launches);
    Graph factored = new DecomposeConvolutions().run(dense, context);
    Graph merged = new MergeFactors().run(factored, context);
    assertThat(Layers.convolutions(merged)).hasSize(2);
    assertThat(Layers.relativeDistance(Layers.evaluate(merged), Layers.evaluate(factored)))
        .isLessThan(1e-6);
    LayerReport layer = context.report(DecompositionReport.class).orElseThrow().layers().getFirst();
    assertThat(layer.form()).isIn("R-CE", "RC-E");
    assertThat(layer.after().microseconds()).hasValue(2);
    assertThat(layer.reason()).contains("least estimated time");
  }

  @Test
  void aFormThatOneKernelComputesWins() {
    Graph dense = new Layers(1, 32, 9, 9).conv("c", true, 1, Layers.window(3, 1, 1, 1), 32).graph();
    RankPolicy policy = new RanksByLayer("test", Map.of("c", new RankChoice.Ranks(4, 16)));
    // A kernel costs a microsecond and its arithmetic: merging core and expand saves a launch, but
    // one kernel for both saves it without more arithmetic.
    LayerCostModel separate = c -> kernel(ConvolutionCost.multiplyAccumulates(c));
    LayerCostModel fused =
        new LayerCostModel() {
          @Override
          public Estimate estimate(Convolution convolution) {
            return separate.estimate(convolution);
          }

          @Override
          public Optional<Estimate> estimate(Region region) {
            long sum =
                region.body().nodes().stream()
                    .mapToLong(n -> ConvolutionCost.multiplyAccumulates((Convolution) n.op()))
                    .sum();
            return Optional.of(kernel(sum));
          }
        };
    assertThat(form(dense, policy, separate)).isEqualTo("R-CE");
    assertThat(form(dense, policy, fused)).isEqualTo("R-C-E");
  }

  private static Estimate kernel(long multiplyAccumulates) {
    return FakeKernels.estimate(1 + multiplyAccumulates / 1e5);
  }

  private static String form(Graph dense, RankPolicy policy, LayerCostModel model) {
    PassContext context = Layers.context(policy).with(LayerCostModel.class, model);
    new MergeFactors().run(new DecomposeConvolutions().run(dense, context), context);
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
