package dev.tuckerc.transform.decompose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.codegen.KernelCostModel;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.BasisConvolution;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Pipeline;
import dev.tuckerc.transform.layer.DecompositionOptions;
import dev.tuckerc.transform.ranks.EnergyShare;
import dev.tuckerc.transform.ranks.FractionOfChannels;
import dev.tuckerc.transform.ranks.LayerKind;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.ranks.RanksByLayer;
import dev.tuckerc.transform.region.StageCosts;
import dev.tuckerc.transform.report.DecompositionReport;
import dev.tuckerc.transform.report.LayerReport;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LayerFormsTest {
  /// Every launch costs the same.
  private static final LayerCostModel LAUNCHES = c -> new Estimate(1, 0, List.of(), 0, 0, 1, 1);

  @Test
  void aRankThatSavesNothingIsNotTruncated() {
    Graph dense = spatial(64, 64, 16);
    double former = 0;
    for (int out : new int[] {8, 32, 63}) {
      PassContext context =
          context("c", new RankChoice.Ranks(32, out)).with(LayerCostModel.class, LAUNCHES);
      decompose(dense, context);
      LayerReport layer = layer(context);
      assertThat(layer.form()).isEqualTo(out == 8 ? "RC-E" : "R-CE");
      if (out > 8) {
        assertThat(layer.ranks()).contains(new RankChoice.Ranks(32, 64));
        assertThat(former == 0 ? layer.relativeError() : former).isEqualTo(layer.relativeError());
        former = layer.relativeError();
      }
    }
  }

  @Test
  void theFormIsChosenByCountsWithoutAModel() {
    PassContext context = context("c", new RankChoice.Ranks(4, 28));
    // Expand costs 28*32 beside a core of 9*4*28; without it the core costs 9*4*32.
    decompose(spatial(32, 32, 9), context);
    assertThat(layer(context).form()).isEqualTo("R-CE");
    assertThat(layer(context).reason()).contains("fewest multiply-accumulates");
  }

  @Test
  void aFormThatIsNotAskedForIsNotTaken() {
    PassContext context =
        context("c", new RankChoice.Ranks(32, 32))
            .with(LayerCostModel.class, LAUNCHES)
            .with(DecompositionOptions.class, new DecompositionOptions(List.of("R-C-E"), false));
    decompose(spatial(64, 64, 16), context);
    assertThat(layer(context).form()).isEqualTo("R-C-E");
    // Two launches more than the dense layer: obeyed with a remark, or refused where asked to.
    assertThat(layer(context).reason()).contains("no faster than dense");
    PassContext faster =
        context("c", new RankChoice.Ranks(32, 32))
            .with(LayerCostModel.class, LAUNCHES)
            .with(DecompositionOptions.class, new DecompositionOptions(List.of(), true));
    Graph graph = spatial(64, 64, 16);
    assertThat(decompose(graph, faster)).isSameAs(graph);
    assertThat(layer(faster).reason()).contains("no faster than dense");
  }

  @Test
  void noFormIsLargerThanTheDenseLayer() {
    Graph stem = spatial(3, 16, 32);
    PassContext context = Layers.context(new FractionOfChannels(0.5));
    decompose(stem, context);
    LayerReport layer = layer(context);
    assertThat(layer.form()).isEqualTo("RC-E");
    assertThat(layer.after().parameters()).isLessThan(layer.before().parameters());
    PassContext wide = context("c", new RankChoice.Ranks(3, 15));
    assertThat(decompose(stem, wide)).isSameAs(stem);
    assertThat(layer(wide).reason()).startsWith("no fewer multiply-accumulates");
  }

  /// By the real model: the price of a basis and its coefficients is that of the one kernel that a
  /// later pass makes of them, alone and in the network.
  @Test
  void aBasisIsPricedAsTheKernelThatRunsIt() {
    LayerCostModel model = new KernelCostModel(DeviceDescription.shipped("h200"));
    PassContext context = context("c", new RankChoice.Basis(3)).with(LayerCostModel.class, model);
    Graph compiled = Pipeline.standard().run(spatial(32, 32, 112), context);
    Node basis =
        compiled.nodes().stream()
            .filter(node -> node.op() instanceof BasisConvolution)
            .findFirst()
            .orElseThrow();
    double kernel = new StageCosts(model).microseconds(List.of(basis), _ -> true);
    assertThat(layer(context).form()).isEqualTo("B-A");
    assertThat(layer(context).after().microseconds().getAsDouble()).isCloseTo(kernel, within(1e-9));
  }

  @Test
  void decomposingTwiceChangesNothing() {
    for (RankPolicy policy : List.of(new FractionOfChannels(0.5), new EnergyShare(0.4))) {
      Graph once = decompose(spatial(64, 64, 9), Layers.context(policy));
      PassContext context = Layers.context(policy);
      assertThat(Layers.convolutions(once)).hasSizeGreaterThan(1);
      assertThat(decompose(once, context)).isSameAs(once);
      assertThat(new MergeFactors().run(once, context)).isSameAs(once);
      assertThat(report(context).layers())
          .anySatisfy(layer -> assertThat(layer.reason()).startsWith("already a factor"));
    }
  }

  @Test
  void sharedWeightsAreDecomposedAndCountedOnce() {
    Layers layers = new Layers(1, 32, 8, 8);
    layers.conv("a", false, 1, Layers.window(3, 1, 1, 1), 32);
    Convolution first = (Convolution) layers.nodes.getLast().op();
    layers.add(
        new Pointwise(
            List.of(layers.last()),
            new ScalarExpression.Unary(UnaryFunction.RELU, new ScalarExpression.Operand(0))),
        "relu",
        "Relu");
    layers.add(
        new Convolution(
            layers.last(), first.weight(), Optional.empty(), first.window(), 1, Epilogue.NONE),
        "b",
        "Conv");
    Graph graph = layers.graph();
    PassContext context = Layers.context(new FractionOfChannels(0.5));
    Graph factored = decompose(graph, context);
    DecompositionReport report = report(context);
    assertThat(report.decomposed()).isEqualTo(2);
    assertThat(report.before().parameters()).isEqualTo(32 * 32 * 9);
    assertThat(report.after().parameters())
        .isEqualTo(
            factored.nodes().stream()
                .filter(node -> node.op() instanceof Constant)
                .mapToLong(node -> node.result().shape().elementCount())
                .sum())
        .isLessThan(report.before().parameters());
    assertThat(report.layers().getLast().reason()).startsWith("shares its weight with 'a'");
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"F16", "F32"})
  void factorsOfLargeWeightsAreFinite(DataType type) {
    double magnitude = type == DataType.F16 ? 3000 : 3e37;
    Value input = new Value("input", TensorType.of(type, 1, 64, 8, 8));
    Tensor weight = Tensor.zeros(type, List.of(64L, 64L, 3L, 3L));
    for (int i = 0; i < weight.size(); i++) {
      weight.setDouble(i, magnitude);
    }
    Layers layers = new Layers(input);
    layers.nodes.add(Node.of(new Constant("w", weight), "w", Location.NONE));
    layers.add(
        new Convolution(
            input,
            layers.nodes.getLast().result(),
            Optional.empty(),
            Layers.window(3, 1, 1, 1),
            1,
            Epilogue.NONE),
        "c",
        "Conv");
    PassContext context = Layers.context(new FractionOfChannels(0.5));
    Graph factored = decompose(layers.graph(), context);
    assertThat(layer(context).ranks()).isPresent();
    for (Convolution step : Layers.convolutions(factored)) {
      for (double value : Layers.weight(factored, step).toDoubles()) {
        assertThat(value).isFinite();
      }
    }
  }

  @Test
  void valuesBetweenFactorsStayWithinTheLayersInputsAndOutputs() {
    Graph factored =
        decompose(
            spatial(64, 64, 9),
            context("c", new RankChoice.Ranks(16, 16))
                .with(
                    DecompositionOptions.class, new DecompositionOptions(List.of("R-C-E"), false)));
    Convolution reduce = Layers.convolutions(factored).getFirst();
    double[] rows = Layers.weight(factored, reduce).toDoubles();
    for (int row = 0; row < 16; row++) {
      double sum = 0;
      for (int i = 0; i < 64; i++) {
        sum += Math.abs(rows[row * 64 + i]);
      }
      assertThat(sum).isBetween(0.5, 1.0 + 1e-6);
    }
  }

  @Test
  void everyLayerWithAWeightIsListed() {
    Value input = new Value("input", TensorType.of(DataType.F32, 1, 16, 5, 5));
    Layers layers = new Layers(input);
    layers.add(
        new ConvolutionTranspose(
            input,
            layers.constant(1, 16, 8, 3, 3),
            Optional.empty(),
            Layers.window(3, 2, 1, 1),
            List.of(0L, 0L),
            1),
        "up",
        "ConvTranspose");
    layers.add(new MatMul(layers.last(), layers.constant(3, 9, 4), Epilogue.NONE), "fc", "MatMul");
    PassContext context = Layers.context(new FractionOfChannels(0.5));
    Graph graph = layers.graph();
    assertThat(decompose(graph, context)).isSameAs(graph);
    assertThat(report(context).layers())
        .extracting(LayerReport::name, LayerReport::operator, LayerReport::reason)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                "up", "conv_transpose", LayerKind.TRANSPOSED.reason()),
            org.assertj.core.groups.Tuple.tuple("fc", "matmul", LayerKind.PRODUCT.reason()));
    assertThat(report(context).before().multiplyAccumulates())
        .isEqualTo(16L * 25 * 8 * 9 + 8L * 9 * 9 * 4);
  }

  private static Graph spatial(long inputs, long outputs, long extent) {
    return new Layers(1, inputs, extent, extent)
        .conv("c", true, 1, Layers.window(3, 1, 1, 1), outputs)
        .graph();
  }

  private static PassContext context(String layer, RankChoice choice) {
    return Layers.context(new RanksByLayer("test", Map.of(layer, choice)));
  }

  private static Graph decompose(Graph graph, PassContext context) {
    return new DecomposeConvolutions().run(graph, context);
  }

  private static DecompositionReport report(PassContext context) {
    return context.report(DecompositionReport.class).orElseThrow();
  }

  private static LayerReport layer(PassContext context) {
    return report(context).layers().getFirst();
  }
}
