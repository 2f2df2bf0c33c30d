package dev.tuckerc.transform.decompose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.linalg.ChannelContraction;
import dev.tuckerc.linalg.FactorizationStore;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.layer.DecompositionOptions;
import dev.tuckerc.transform.layer.LayerCost;
import dev.tuckerc.transform.ranks.EnergyShare;
import dev.tuckerc.transform.ranks.FractionOfChannels;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.ranks.RanksByLayer;
import dev.tuckerc.transform.region.RegionReport;
import dev.tuckerc.transform.report.DecompositionReport;
import dev.tuckerc.transform.report.LayerReport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecomposeConvolutionsTest {
  private static final DecomposeConvolutions PASS = new DecomposeConvolutions();

  @ParameterizedTest
  @CsvSource({
    "2, 3, 1, 1, 1",
    "2, 3, 2, 1, 1",
    "2, 3, 1, 2, 2",
    "2, 5, 2, 0, 1",
    "2, 7, 3, 3, 1",
    "1, 3, 1, 1, 1",
    "1, 4, 2, 3, 2",
    "3, 2, 1, 1, 1"
  })
  void theFactorsComputeTheReconstructedConvolution(
      int spatial, long kernel, long stride, long pad, long dilation) {
    long[] shape = new long[spatial + 2];
    java.util.Arrays.fill(shape, 11);
    shape[0] = 2;
    shape[1] = 12;
    Window window = Layers.window(spatial, kernel, stride, pad, dilation);
    Graph dense = new Layers(shape).conv("c", true, 1, window, 16).graph();
    PassContext context = Layers.context(ranks(Map.of("c", new RankChoice.Ranks(5, 6))));
    Graph factored = PASS.run(dense, context);

    List<Convolution> steps = Layers.convolutions(factored);
    assertThat(steps).hasSize(3);
    assertThat(steps.get(0).window().isPointwise()).isTrue();
    assertThat(steps.get(0).bias()).isEmpty();
    assertThat(steps.get(1).window()).isEqualTo(window);
    assertThat(steps.get(1).bias()).isEmpty();
    assertThat(steps.get(2).window().isPointwise()).isTrue();
    assertThat(steps.get(2).bias()).isPresent();
    assertThat(factored.nodes())
        .allSatisfy(node -> {
          if (node.op() instanceof Convolution) {
            assertThat(node.location()).isEqualTo(dense.nodes().getLast().location());
          }
        });

    Tensor reconstructed = reconstruct(factored, steps);
    Convolution original = Layers.convolutions(dense).getFirst();
    Layers oracle = new Layers(dense.inputs().getFirst());
    oracle.nodes.addAll(dense.nodes().subList(0, dense.nodes().size() - 1));
    var weight =
        dev.tuckerc.ir.Node.of(
            new dev.tuckerc.ir.Constant("w", reconstructed), "w", dev.tuckerc.ir.Location.NONE);
    oracle.nodes.add(weight);
    oracle.add(
        new Convolution(
            original.input(), weight.result(), original.bias(), window, 1, Epilogue.NONE),
        "c",
        "Conv");
    assertThat(Layers.relativeDistance(Layers.evaluate(factored), Layers.evaluate(oracle.graph())))
        .isLessThan(1e-6);

    LayerReport report = report(context).layers().getFirst();
    assertThat(report.relativeError())
        .isCloseTo(
            Layers.relativeDistance(
                reconstructed.toDoubles(), Layers.weight(dense, original).toDoubles()),
            within(1e-6));
  }

  @Test
  void theReportCountsParametersAndMultiplyAccumulates() {
    Graph dense =
        new Layers(1, 64, 14, 14).conv("c", true, 1, Layers.window(3, 2, 1, 1), 128).graph();
    LayerCostModel model =
        c -> new Estimate(1, 0, List.of(), LayerCost.multiplyAccumulates(c) / 1e6, 0, 1, 1);
    PassContext context =
        Layers.context(new FractionOfChannels(0.5))
            .with(LayerCostModel.class, model)
            .with(DecompositionOptions.class, new DecompositionOptions(List.of("R-C-E"), false));
    PASS.run(dense, context);
    LayerReport layer = report(context).layers().getFirst();
    assertThat(layer.ranks()).contains(new RankChoice.Ranks(32, 64));
    assertThat(layer.form()).isEqualTo("R-C-E");
    assertThat(layer.after().bytes())
        .isEqualTo(
            4 * (64 * 196 + layer.after().parameters() + 2 * 32 * 196 + 2 * 64 * 49 + 128 * 49));
    assertThat(layer.before().parameters()).isEqualTo(128 * 64 * 9 + 128);
    assertThat(layer.after().parameters()).isEqualTo(64 * 32 + 64 * 32 * 9 + 128 * 64 + 128);
    assertThat(layer.before().multiplyAccumulates()).isEqualTo(49L * 128 * 64 * 9);
    assertThat(layer.after().multiplyAccumulates())
        .isEqualTo(196L * 64 * 32 + 49L * 64 * 32 * 9 + 49L * 128 * 64);
    assertThat(layer.before().microseconds()).hasValue(1 + 49 * 128 * 64 * 9 / 1e6);
    assertThat(layer.after().microseconds().getAsDouble())
        .isCloseTo(3 + layer.after().multiplyAccumulates() / 1e6, within(1e-9));
  }

  @Test
  void whatCannotBeDecomposedStaysDenseAndSaysWhy() {
    Layers layers = new Layers(1, 16, 9, 9);
    layers.conv("depthwise", false, 16, Layers.window(3, 1, 1, 1), 16);
    layers.conv("grouped", false, 4, Layers.window(3, 1, 1, 1), 16);
    layers.conv("pointwise", false, 1, Layers.window(1, 1, 0, 1), 16);
    layers.conv("strided", true, 1, Layers.window(1, 2, 0, 1), 16);
    Graph graph = layers.graph();
    PassContext context = Layers.context(new FractionOfChannels(0.5));
    assertThat(PASS.run(graph, context)).isSameAs(graph);
    assertThat(report(context).layers())
        .extracting(LayerReport::reason)
        .satisfiesExactly(
            r -> assertThat(r).isEqualTo("depthwise"),
            r -> assertThat(r).isEqualTo("ranks 4->4 are full: nothing to save"),
            r -> assertThat(r).startsWith("1x1 kernel"),
            r -> assertThat(r).startsWith("1x1 kernel"));
    assertThat(report(context).layers()).allMatch(l -> l.form().equals("dense"));
    assertThat(report(context).layers()).allMatch(l -> l.before().equals(l.after()));
  }

  @Test
  void aWeightThatIsNoConstantStaysDense() {
    Value input = new Value("input", TensorType.of(DataType.F32, 1, 8, 5, 5));
    Value weight = new Value("w", TensorType.of(DataType.F32, 8, 8, 3, 3));
    Layers layers =
        new Layers(input)
            .add(
                new Convolution(
                    input, weight, Optional.empty(), Layers.window(3, 1, 1, 1), 1, Epilogue.NONE),
                "c",
                "Conv");
    Graph graph =
        new Graph(
            "g",
            List.of(input, weight),
            layers.nodes,
            List.of(new Graph.Output("output", layers.last())));
    PassContext context = Layers.context(new FractionOfChannels(0.5));
    assertThat(PASS.run(graph, context)).isSameAs(graph);
    assertThat(report(context).layers().getFirst().reason())
        .isEqualTo("the weight is not constant");
  }

  @Test
  void factorsThatDoNotSaveWorkAreRefused() {
    Graph graph =
        new Layers(1, 16, 9, 9).conv("c", false, 1, Layers.window(3, 1, 1, 1), 16).graph();
    PassContext context = Layers.context(new FractionOfChannels(1));
    assertThat(PASS.run(graph, context)).isSameAs(graph);
    assertThat(report(context).layers().getFirst().reason())
        .isEqualTo("ranks 16->16 are full: nothing to save");
  }

  @Test
  void aWeightWithInfinitiesStaysDense() {
    Layers layers = new Layers(1, 16, 9, 9).conv("c", false, 1, Layers.window(3, 1, 1, 1), 16);
    Graph graph = layers.graph();
    Layers.weight(graph, Layers.convolutions(graph).getFirst()).setDouble(3, Double.NaN);
    for (RankPolicy policy : List.of(new FractionOfChannels(0.5), new EnergyShare(0.9))) {
      PassContext context = Layers.context(policy);
      assertThat(PASS.run(graph, context)).isSameAs(graph);
      assertThat(report(context).layers().getFirst().reason()).contains("NaN or infinite");
    }
  }

  @Test
  void aSymbolicShapeIsAnErrorThatNamesTheNode() {
    Value input =
        new Value(
            "input",
            TensorType.of(
                DataType.F32,
                new Shape(List.of(new Dim.Symbolic("N"), Dim.of(8), Dim.of(5), Dim.of(5)))));
    Graph graph = new Layers(input).conv("c", false, 1, Layers.window(3, 1, 1, 1), 8).graph();
    assertThatThrownBy(() -> PASS.run(graph, Layers.context(new FractionOfChannels(0.5))))
        .isInstanceOf(IrException.class)
        .hasMessageContaining("'c'")
        .hasMessageContaining("--shape");
  }

  @Test
  void theEnergyPolicyKeepsWhatItPromises() {
    Graph graph =
        new Layers(1, 64, 9, 9).conv("c", false, 1, Layers.window(3, 1, 1, 1), 64).graph();
    for (double share : new double[] {0.3, 0.5, 0.7}) {
      PassContext context = Layers.context(new EnergyShare(share));
      PASS.run(graph, context);
      LayerReport layer = report(context).layers().getFirst();
      assertThat(layer.ranks()).isPresent();
      assertThat(((RankChoice.Ranks) layer.ranks().get()).in() % RankPolicy.QUANTUM).isZero();
      assertThat(layer.relativeError() * layer.relativeError()).isLessThan(2 * (1 - share));
    }
  }

  @Test
  void twoRunsGiveTheSameBytes() {
    Layers layers = new Layers(1, 32, 8, 8);
    for (int i = 0; i < 6; i++) {
      layers.conv("c" + i, true, 1, Layers.window(3, 1, 1, 1), 32);
    }
    Graph first = PASS.run(layers.graph(), Layers.context(new FractionOfChannels(0.5)));
    Graph second = PASS.run(layers.graph(), Layers.context(new FractionOfChannels(0.5)));
    assertThat(Layers.convolutions(first)).hasSize(18);
    for (int i = 0; i < 18; i++) {
      assertThat(
              Layers.weight(first, Layers.convolutions(first).get(i))
                  .contentEquals(Layers.weight(second, Layers.convolutions(second).get(i))))
          .isTrue();
    }
  }

  @Test
  void theReportIsATableAndJson() throws Exception {
    Graph graph =
        new Layers(1, 32, 9, 9)
            .conv("features.0", false, 1, Layers.window(3, 1, 1, 1), 32)
            .conv("features.1", false, 1, Layers.window(1, 1, 0, 1), 8)
            .graph();
    PassContext context = Layers.context(new FractionOfChannels(0.25));
    PASS.run(graph, context);
    assertThat(report(context).toText().lines().toList())
        .hasSize(5)
        .satisfies(lines -> {
          assertThat(lines.get(0)).contains("layer", "ranks", "form", "rel. error", "why");
          assertThat(lines.get(1)).contains("features.0", "32x32x3x3", "8->8", "R-C-E", "9,216");
          assertThat(lines.get(2)).contains("features.1", "dense", "1x1 kernel");
          assertThat(lines.get(3)).contains("all layers", "1 of 2", "fixed=0.25");
        });
    RegionReport.Choice region =
        new RegionReport.Choice(
            Location.NONE, List.of("a", "b"), 1, 4, 5, new RegionReport.RunnerUp("a | b", 1));
    RegionReport regions = new RegionReport(List.of(region));
    JsonNode json = new ObjectMapper().readTree(report(context).toJson(regions, Optional.empty()));
    assertThat(json.at("/layers/0/ranks/in").intValue()).isEqualTo(8);
    assertThat(json.at("/layers/0/before/multiplyAccumulates").longValue())
        .isEqualTo(81L * 32 * 32 * 9);
    assertThat(json.at("/layers/0/relativeError").doubleValue()).isBetween(0.5, 1.0);
    assertThat(json.at("/layers/1/reason").textValue()).startsWith("1x1 kernel");
    assertThat(json.at("/regions/0/stages/1").textValue()).isEqualTo("b");
    assertThat(json.at("/regions/0/separateMicroseconds").doubleValue()).isEqualTo(5);
    assertThat(json.at("/after/parameters").longValue())
        .isEqualTo(report(context).after().parameters());
  }

  private static DecompositionReport report(PassContext context) {
    return context.report(DecompositionReport.class).orElseThrow();
  }

  private static RankPolicy ranks(Map<String, RankChoice> layers) {
    return new RanksByLayer("ranks.json", layers);
  }

  private static Tensor reconstruct(Graph graph, List<Convolution> steps) {
    Tensor reduce = Layers.weight(graph, steps.get(0));
    Tensor expand = Layers.weight(graph, steps.get(2));
    return ChannelContraction.overOutputs(
        ChannelContraction.overInputs(
            Layers.weight(graph, steps.get(1)), reduce.reshape(reduce.shape().subList(0, 2))),
        expand.reshape(expand.shape().subList(0, 2)));
  }

  /// The second compilation asks for other ranks of one layer, and computes only those.
  @Test
  void whatWasFactorizedBeforeIsFound() {
    Map<String, byte[]> kept = new ConcurrentHashMap<>();
    List<String> found = Collections.synchronizedList(new ArrayList<>());
    FactorizationStore store =
        new FactorizationStore() {
          @Override
          public Optional<byte[]> find(String key) {
            Optional<byte[]> content = Optional.ofNullable(kept.get(key));
            content.ifPresent(_ -> found.add(key));
            return content;
          }

          @Override
          public void keep(String key, byte[] content) {
            assertThat(kept.put(key, content)).isNull();
          }
        };
    Window window = Layers.window(2, 3, 1, 1, 1);
    Graph dense =
        new Layers(1, 12, 6, 6)
            .conv("a", false, 1, window, 16)
            .conv("b", true, 1, window, 16)
            .graph();
    Graph first = decomposed(dense, store, new RankChoice.Ranks(5, 6));
    assertThat(kept).hasSize(2);
    assertThat(found).isEmpty();
    Graph again = decomposed(dense, store, new RankChoice.Ranks(5, 6));
    assertThat(found).hasSize(2);
    assertThat(weights(again)).isEqualTo(weights(first));
    decomposed(dense, store, new RankChoice.Ranks(5, 7));
    assertThat(found).hasSize(3);
    assertThat(kept).hasSize(3);
  }

  private static Graph decomposed(Graph dense, FactorizationStore store, RankChoice ofB) {
    RankPolicy policy = ranks(Map.of("a", new RankChoice.Ranks(5, 6), "b", ofB));
    return PASS.run(dense, Layers.context(policy).with(FactorizationStore.class, store));
  }

  private static List<List<Double>> weights(Graph graph) {
    return graph.nodes().stream()
        .filter(node -> node.op() instanceof Constant)
        .map(node -> ((Constant) node.op()).tensor().toDoubles())
        .map(values -> Arrays.stream(values).boxed().toList())
        .toList();
  }
}
