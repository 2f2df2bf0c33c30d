package dev.tuckerc.transform.decompose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.layer.Axes;
import dev.tuckerc.transform.layer.DecompositionOptions;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.ranks.FractionOfChannels;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RanksByLayer;
import dev.tuckerc.transform.report.DecompositionReport;
import dev.tuckerc.transform.report.LayerReport;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Every kind of layer as every chain of factors: what the chain computes, and at what error.
class LayerChainsTest {
  @Test
  void groupsAreDecomposedByThemselves() {
    Graph dense = new Layers(2, 32, 9, 9).conv("c", true, 2, Layers.window(3, 2, 1, 1), 64).graph();
    assertChain(dense, new RankChoice.Ranks(4, 6), "R-C-E");
    PassContext context = Layers.context(new FractionOfChannels(0.5));
    decompose(dense, context);
    assertThat(layer(context).ranks()).contains(new RankChoice.Ranks(8, 16));
  }

  @Test
  void transposedConvolutionsAreDecomposed() {
    Value input = new Value("input", TensorType.of(DataType.F32, 2, 16, 5, 5));
    Layers layers = new Layers(input);
    Value weight = layers.constant(1, 16, 24, 3, 3);
    Value bias = layers.constant(2, 24);
    layers.add(
        new ConvolutionTranspose(
            input, weight, Optional.of(bias), Layers.window(3, 2, 1, 1), List.of(1L, 0L), 1),
        "c",
        "ConvTranspose");
    assertChain(layers.graph(), new RankChoice.Ranks(5, 6), "R-C-E");
  }

  @Test
  void aProductBecomesTwo() {
    Value input = new Value("input", TensorType.of(DataType.F32, 3, 5, 40));
    Layers layers = new Layers(input);
    Value weight = layers.constant(3, 40, 30);
    layers.add(new MatMul(input, weight, Epilogue.NONE), "c", "MatMul");
    assertChain(layers.graph(), new RankChoice.SingularValues(6), "R-E");
  }

  /// TDC's form of VGG's first classifier layer; the singular value decomposition is a case of it.
  @Test
  void aProductOverAnImageIsAConvolution() {
    Value image = new Value("input", TensorType.of(DataType.F32, 2, 6, 4, 3));
    Layers layers = new Layers(image);
    layers.add(new Reshape(image, Shape.of(2, 72)), "flatten", "Flatten");
    Value flat = layers.last();
    Value weight = layers.constant(3, 72, 30);
    layers.add(new MatMul(flat, weight, Epilogue.NONE), "c", "Gemm");
    Graph dense = layers.graph();
    assertChain(dense, new RankChoice.Ranks(3, 5), "R-C-E");
    assertChain(dense, new RankChoice.SingularValues(7), "RC-E");
    PassContext context = context("c", new RankChoice.Ranks(3, 5));
    assertThat(decompose(dense, context).nodes().stream().map(n -> n.op().name()))
        .endsWith("conv", "reshape", "matmul");
    PassContext plain = Layers.context(new FractionOfChannels(0.5));
    assertThat(decompose(dense, plain)).isSameAs(dense);
  }

  @Test
  void aStridedPointwiseConvolutionBecomesTwo() {
    Graph dense = new Layers(2, 32, 9, 9).conv("c", true, 1, Layers.window(1, 2, 0, 1), 48).graph();
    assertChain(dense, new RankChoice.SingularValues(7), "R-E");
  }

  @Test
  void aBasisOfKernelsIsADepthwiseAndAPointwiseConvolution() {
    for (int rank : new int[] {1, 2, 3}) {
      Window window =
          new Window(
              Collections.nCopies(rank, 3L),
              Collections.nCopies(rank, 2L),
              Collections.nCopies(rank, 1L),
              Collections.nCopies(rank, 1L),
              Collections.nCopies(rank, 1L));
      long[] shape = new long[rank + 2];
      java.util.Arrays.fill(shape, 7);
      shape[1] = 24;
      Graph dense = new Layers(shape).conv("c", true, 1, window, 32).graph();
      assertChain(dense, new RankChoice.Basis(2), "B-A");
    }
  }

  @Test
  void aSumOfTermsIsADepthwiseConvolutionBetweenTwoProducts() {
    Graph dense = new Layers(2, 24, 9, 9).conv("c", true, 1, Layers.window(3, 2, 1, 1), 32).graph();
    assertChain(dense, new RankChoice.Terms(20), "R-D-E");
    Graph grouped =
        new Layers(2, 24, 9, 9).conv("c", true, 2, Layers.window(3, 1, 1, 1), 32).graph();
    assertChain(grouped, new RankChoice.Terms(8), "R-D-E");
  }

  @Test
  void aTensorTrainIsMultipliedOut() {
    Graph dense = new Layers(2, 24, 9, 9).conv("c", true, 1, Layers.window(3, 2, 1, 1), 32).graph();
    RankChoice train = new RankChoice.Train(List.of(4, 8), List.of(4, 6), List.of(4, 12, 10, 6));
    assertChain(dense, train, "TT");
    RankChoice three = new RankChoice.Train(List.of(32), List.of(24), List.of(12, 100));
    assertChain(dense, three, "TT");
    Graph product =
        new Layers(2, 32, 9, 9).conv("c", true, 1, Layers.window(1, 2, 0, 1), 48).graph();
    assertChain(
        product, new RankChoice.Train(List.of(6, 8), List.of(4, 8), List.of(6, 9, 8)), "TT");
  }

  /// The chain computes what the weight computes that its factors stand for, with the stated error.
  private static void assertChain(Graph dense, RankChoice choice, String form) {
    PassContext context =
        context("c", choice)
            .with(DecompositionOptions.class, new DecompositionOptions(List.of(form), false));
    Graph factored = decompose(dense, context);
    assertThat(layer(context).form()).as(layer(context).reason()).isEqualTo(form);
    DecompositionPlan plan = context.report(DecompositionPlan.class).orElseThrow();
    LayerDecision decision = plan.decisions().getFirst();
    Tensor exact = decision.layer().data().orElseThrow().tensor();
    Tensor all = decision.replacement().orElseThrow().factors().reconstruct();
    Tensor own = ownGroups(all, decision.layer());
    assertThat(layer(context).relativeError())
        .isCloseTo(Layers.relativeDistance(own.toDoubles(), exact.toDoubles()), within(1e-6));
    Value weight = decision.layer().weight();
    Op last = dense.nodes().getLast().op();
    List<Long> rows = List.of((long) own.dimension(0), own.size() / (long) own.dimension(0));
    Tensor asStored =
        last instanceof Convolution
            ? own
            : Axes.swapLeading(last instanceof MatMul ? own.reshape(rows) : own);
    List<Node> replaced =
        dense.nodes().stream()
            .map(node ->
                node.result() == weight
                    ? new Node(
                        new Constant(
                            "w", asStored.convert(DataType.F32).reshape(weight.shape().extents())),
                        weight,
                        node.location())
                    : node)
            .toList();
    Graph oracle = new Graph("oracle", dense.inputs(), replaced, dense.outputs());
    assertThat(Layers.relativeDistance(Layers.evaluate(factored), Layers.evaluate(oracle)))
        .isLessThan(1e-5);
  }

  /// `[O, I/groups, ...]` of a weight over all groups, `[O, I, ...]`.
  private static Tensor ownGroups(Tensor all, Layer layer) {
    int outputs = all.dimension(0);
    int width = all.dimension(1) / (int) layer.groups();
    int taps = all.size() / (outputs * all.dimension(1));
    double[] own = new double[outputs * width * taps];
    for (int o = 0; o < outputs; o++) {
      int from = o / (outputs / (int) layer.groups()) * width;
      for (int j = 0; j < width * taps; j++) {
        own[o * width * taps + j] = all.getDouble((o * all.dimension(1) + from) * taps + j);
      }
    }
    return Tensor.ofDoubles(layer.data().orElseThrow().shape(), own);
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
