package dev.tuckerc.transform.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.decompose.DecomposeConvolutions;
import dev.tuckerc.transform.decompose.DecompositionPlan;
import dev.tuckerc.transform.decompose.FactorFit;
import dev.tuckerc.transform.decompose.LayerDecision;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.ranks.RanksByLayer;
import dev.tuckerc.transform.report.DecompositionReport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Networks whose layers have other images than the network has samples.
class CalibrationBatchTest {
  private static final int SIZE = 6;

  private static Tensor random(long seed, long... shape) {
    Random random = new Random(seed);
    Tensor tensor = Tensor.zeros(DataType.F32, Arrays.stream(shape).boxed().toList());
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, random.nextGaussian() / 4);
    }
    return tensor;
  }

  /// A convolution of 8 channels of what the input's channels and samples are cut into.
  private static Graph network(long batch, long channels) {
    List<Node> nodes = new ArrayList<>();
    Value input = new Value("input", TensorType.of(DataType.F32, batch, channels, SIZE, SIZE));
    long images = batch * channels / 8;
    Value cut = add(nodes, new Reshape(input, Shape.of(images, 8, SIZE, SIZE)), "cut", "Reshape");
    Value weight = add(nodes, new Constant("weight", random(1, 8, 8, 3, 3)), "weight", "Constant");
    Window window = Window.of(List.of(3L, 3L));
    Value result =
        add(
            nodes,
            new Convolution(cut, weight, Optional.empty(), window, 1, Epilogue.NONE),
            "conv",
            "Conv");
    return new Graph("net", List.of(input), nodes, List.of(new Graph.Output("output", result)));
  }

  private static Value add(List<Node> nodes, Op op, String name, String operator) {
    Node node = Node.of(op, name, Location.of(nodes.size(), name, operator));
    nodes.add(node);
    return node.result();
  }

  private static PassContext context(Graph graph, FitMode mode, CalibrationBatch batch) {
    Map<String, RankChoice> ranks = Map.of("conv", new RankChoice.Ranks(4, 4));
    return PassContext.of(Precision.FP32)
        .with(RankPolicy.class, new RanksByLayer("test", ranks))
        .with(FactorFit.class, new CalibratedFit(graph, List.of(batch), mode, 0, _ -> {}));
  }

  /// Samples that a layer takes together as one image.
  @ParameterizedTest
  @EnumSource(
      value = FitMode.class,
      names = {"MOMENTS", "OUTPUTS"})
  void aPartOfAnImageIsEnoughToFit(FitMode mode) {
    Graph graph = network(2, 4);
    CalibrationBatch one = new CalibrationBatch(Map.of("input", random(2, 2, 4, SIZE, SIZE)), 1);
    PassContext context = context(graph, mode, one);
    new DecomposeConvolutions().run(graph, context);
    assertThat(context.report(DecompositionReport.class).orElseThrow().layers())
        .singleElement()
        .satisfies(layer -> assertThat(layer.reason()).doesNotContain("factors of the weight"));
    LayerDecision decision =
        context.report(DecompositionPlan.class).orElseThrow().decisions().getFirst();
    Layer layer = decision.layer();
    double lost =
        new OutputErrors(graph, List.of(one), false, 1, _ -> {})
            .of(List.of(layer), (_, _) -> -1)
            .of(layer, decision.replacement().orElseThrow().form());
    assertThat(lost).isBetween(1e-6, 1.0);
  }

  /// Images that a layer makes of one sample, the later ones of other means.
  @Test
  void allImagesOfASampleHaveTheirMean() {
    Graph graph = network(1, 32);
    Tensor input = random(3, 1, 32, SIZE, SIZE);
    for (int i = 0; i < input.size(); i++) {
      double level = i / (8 * SIZE * SIZE);
      input.setDouble(i, input.getDouble(i) + level);
    }
    CalibrationBatch one = new CalibrationBatch(Map.of("input", input), 1);
    PassContext context = context(graph, FitMode.MOMENTS, one);
    Graph replaced = new DecomposeConvolutions().run(graph, context);
    double[] wanted = channelMeans(Interpreter.run(graph, one.inputs()).get("output"));
    double[] means = channelMeans(Interpreter.run(replaced, one.inputs()).get("output"));
    for (int channel = 0; channel < wanted.length; channel++) {
      assertThat(means[channel]).isCloseTo(wanted[channel], within(1e-4));
    }
  }

  private static double[] channelMeans(Tensor values) {
    int channels = values.dimension(1);
    int pixels = values.dimension(2) * values.dimension(3);
    double[] means = new double[channels];
    for (int i = 0; i < values.size(); i++) {
      means[i / pixels % channels] += values.getDouble(i) * channels / values.size();
    }
    return means;
  }

  @Test
  void aBatchHasSamples() {
    Map<String, Tensor> inputs = Map.of("input", random(4, 2, 1));
    assertThatThrownBy(() -> new CalibrationBatch(inputs, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 samples");
  }
}
