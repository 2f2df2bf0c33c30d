package dev.tuckerc.transform.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.linalg.FactorGroups;
import dev.tuckerc.linalg.Factorization;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.decompose.DecomposeConvolutions;
import dev.tuckerc.transform.decompose.DecompositionPlan;
import dev.tuckerc.transform.decompose.FactorFit;
import dev.tuckerc.transform.decompose.LayerDecision;
import dev.tuckerc.transform.decompose.LayerDecision.Replacement;
import dev.tuckerc.transform.layer.DecompositionOptions;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.ranks.RanksByLayer;
import dev.tuckerc.transform.search.LayerErrors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Fits of convolutions with groups: each group is a layer of its own.
class GroupedFitTest {
  private static final int BATCH = 4;
  private static final int GROUPS = 3;
  private static final int INPUTS = 4;
  private static final int OUTPUTS = 6;
  private static final int SIZE = 9;

  private enum Kind {
    TUCKER("R-C-E", new RankChoice.Ranks(2, 3)),
    REDUCED("R-CE", new RankChoice.Ranks(2, OUTPUTS)),
    EXPANDED("RC-E", new RankChoice.Ranks(INPUTS, 3)),
    TERMS("R-D-E", new RankChoice.Terms(4));

    private final String form;
    private final RankChoice ranks;

    Kind(String form, RankChoice ranks) {
      this.form = form;
      this.ranks = ranks;
    }
  }

  private static Tensor random(long seed, long... shape) {
    Random random = new Random(seed);
    Tensor tensor = Tensor.zeros(DataType.F32, Arrays.stream(shape).boxed().toList());
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, random.nextGaussian() / 4);
    }
    return tensor;
  }

  /// One convolution with a stride, a shortcut, and a ReLU.
  ///
  /// @param around whether there are a shortcut and a ReLU
  private static Graph network(Tensor weight, int groups, boolean around) {
    List<Node> nodes = new ArrayList<>();
    int channels = weight.dimension(1) * groups;
    int outputs = weight.dimension(0);
    Value input = new Value("input", TensorType.of(DataType.F32, BATCH, channels, SIZE, SIZE));
    Value shortcut = new Value("shortcut", TensorType.of(DataType.F32, BATCH, outputs, 5, 5));
    Value constant = add(nodes, new Constant("weight", weight), "weight", "Constant");
    Window window =
        new Window(
            List.of(3L, 3L), List.of(2L, 2L), List.of(1L, 1L), List.of(1L, 1L), List.of(1L, 1L));
    Value result =
        add(
            nodes,
            new Convolution(input, constant, Optional.empty(), window, groups, Epilogue.NONE),
            "conv",
            "Conv");
    if (around) {
      ScalarExpression sum =
          new ScalarExpression.Binary(
              BinaryFunction.ADD, new ScalarExpression.Operand(0), new ScalarExpression.Operand(1));
      result =
          add(
              nodes,
              new Pointwise(
                  List.of(result, shortcut), new ScalarExpression.Unary(UnaryFunction.RELU, sum)),
              "relu",
              "Relu");
    }
    return new Graph(
        "net", List.of(input, shortcut), nodes, List.of(new Graph.Output("output", result)));
  }

  private static Value add(List<Node> nodes, Op op, String name, String operator) {
    Node node = Node.of(op, name, Location.of(nodes.size(), name, operator));
    nodes.add(node);
    return node.result();
  }

  /// Pictures whose neighbours and channels resemble each other, those of each group in its own
  /// way.
  private static List<CalibrationBatch> batches(int count, long seed) {
    Random random = new Random(seed);
    List<CalibrationBatch> batches = new ArrayList<>();
    for (int b = 0; b < count; b++) {
      Tensor images = random(seed * 100 + b, BATCH, GROUPS * INPUTS, SIZE, SIZE);
      int pixels = SIZE * SIZE;
      for (int i = 0; i < images.size(); i++) {
        int channel = i / pixels % (GROUPS * INPUTS);
        double before = i % pixels == 0 ? 0 : images.getDouble(i - 1);
        double other = channel % INPUTS == 0 ? 0 : images.getDouble(i - pixels);
        double mix = 0.3 * (channel / INPUTS);
        images.setDouble(
            i, 0.5 * before + mix * other + random.nextGaussian() * (1 + channel % 2) + 0.3);
      }
      Tensor shortcut = random(seed * 100 + b + 50, BATCH, GROUPS * OUTPUTS, 5, 5);
      batches.add(new CalibrationBatch(Map.of("input", images, "shortcut", shortcut), BATCH));
    }
    return batches;
  }

  private static LayerDecision fitted(
      Graph graph, Kind kind, FitMode mode, List<CalibrationBatch> batches) {
    PassContext context =
        PassContext.of(Precision.FP32)
            .with(RankPolicy.class, new RanksByLayer("test", Map.of("conv", kind.ranks)))
            .with(DecompositionOptions.class, new DecompositionOptions(List.of(kind.form), false))
            .with(FactorFit.class, new CalibratedFit(graph, batches, mode, 1, _ -> {}));
    new DecomposeConvolutions().run(graph, context);
    LayerDecision decision =
        context.report(DecompositionPlan.class).orElseThrow().decisions().getFirst();
    assertThat(decision.replacement()).as(decision.reason()).isPresent();
    return decision;
  }

  /// Of the outputs' deviation from their means.
  private static double error(Graph graph, LayerDecision decision, List<CalibrationBatch> data) {
    Graph replaced = new DecompositionPlan("test", List.of(decision)).apply(graph);
    double lost = 0;
    double squares = 0;
    int channels = GROUPS * OUTPUTS;
    double[] sums = new double[channels];
    long count = 0;
    for (CalibrationBatch batch : data) {
      double[] wanted = Interpreter.run(graph, batch.inputs()).get("output").toDoubles();
      double[] got = Interpreter.run(replaced, batch.inputs()).get("output").toDoubles();
      for (int i = 0; i < wanted.length; i++) {
        lost += (wanted[i] - got[i]) * (wanted[i] - got[i]);
        squares += wanted[i] * wanted[i];
        sums[i / 25 % channels] += wanted[i];
      }
      count += wanted.length / channels;
    }
    for (double sum : sums) {
      squares -= sum * sum / count;
    }
    return Math.sqrt(lost / squares);
  }

  @ParameterizedTest
  @EnumSource
  void theFitBringsOutputsOnUnseenDataNearer(Kind kind) {
    Tensor weight = random(11, GROUPS * OUTPUTS, INPUTS, 3, 3);
    Graph graph = network(weight, GROUPS, true);
    List<CalibrationBatch> seen = batches(16, 1);
    List<CalibrationBatch> unseen = batches(4, 2);
    LayerDecision fitted = fitted(graph, kind, FitMode.OUTPUTS, seen);
    double error = error(graph, fitted, unseen);
    // All positions of all samples are drawn, so this is the error on what was seen.
    assertThat(fitted.replacement().orElseThrow().outputError().orElseThrow())
        .isCloseTo(error(graph, fitted, seen), within(1e-5))
        .isLessThan(error);
    for (FitMode mode : List.of(FitMode.WEIGHTS, FitMode.MOMENTS)) {
      double other = error(graph, fitted(graph, kind, mode, seen), unseen);
      assertThat(error).as(mode.toString()).isLessThan(0.9 * other);
    }
  }

  /// The groups differ in nothing from ungrouped layers of their channels.
  @ParameterizedTest
  @EnumSource
  void aGroupIsFittedAsALayerOfItsOwn(Kind kind) {
    Tensor weight = random(12, GROUPS * OUTPUTS, INPUTS, 3, 3);
    List<CalibrationBatch> data = batches(6, 3);
    Graph graph = network(weight, GROUPS, true);
    Replacement whole = fitted(graph, kind, FitMode.OUTPUTS, data).replacement().orElseThrow();
    List<Factorization> chains = FactorGroups.split(whole.factors(), GROUPS);
    double[] bias = whole.bias().orElseThrow().toDoubles();
    for (int group = 0; group < GROUPS; group++) {
      Graph alone = network(FactorGroups.weights(weight, GROUPS).get(group), 1, true);
      Replacement own =
          fitted(alone, kind, FitMode.OUTPUTS, ofGroup(data, group)).replacement().orElseThrow();
      assertThat(chains.get(group).reconstruct().toDoubles())
          .isEqualTo(own.factors().reconstruct().toDoubles());
      assertThat(Arrays.copyOfRange(bias, group * OUTPUTS, (group + 1) * OUTPUTS))
          .isEqualTo(own.bias().orElseThrow().toDoubles());
    }
  }

  private static List<CalibrationBatch> ofGroup(List<CalibrationBatch> data, int group) {
    return data.stream()
        .map(batch ->
            new CalibrationBatch(
                Map.of(
                    "input", channels(batch.inputs().get("input"), group),
                    "shortcut", channels(batch.inputs().get("shortcut"), group)),
                BATCH))
        .toList();
  }

  private static Tensor channels(Tensor images, int group) {
    List<Long> shape = new ArrayList<>(images.shape());
    shape.set(1, shape.get(1) / GROUPS);
    Tensor own = Tensor.zeros(images.type(), shape);
    int perGroup = own.size() / BATCH;
    for (int i = 0; i < own.size(); i++) {
      int image = i / perGroup;
      own.setDouble(i, images.getDouble((image * GROUPS + group) * perGroup + i % perGroup));
    }
    return own;
  }

  /// A chain of the ranks that are asked for, in every group, is found.
  @ParameterizedTest
  @EnumSource
  void aWeightOfLowRankInEachGroupLosesNothing(Kind kind) {
    Tensor any = random(13, GROUPS * OUTPUTS, INPUTS, 3, 3);
    LayerDecision start = fitted(network(any, GROUPS, false), kind, FitMode.WEIGHTS, batches(1, 4));
    List<Factorization> chains =
        FactorGroups.split(start.replacement().orElseThrow().factors(), GROUPS);
    Tensor planted = Tensor.zeros(DataType.F32, any.shape());
    int at = 0;
    for (Factorization chain : chains) {
      for (double value : chain.reconstruct().toDoubles()) {
        planted.setDouble(at++, value);
      }
    }
    Graph graph = network(planted, GROUPS, false);
    LayerDecision decision = fitted(graph, kind, FitMode.OUTPUTS, batches(8, 5));
    // Sums of terms converge slowly.
    double most = kind == Kind.TERMS ? 1e-2 : 1e-3;
    assertThat(decision.replacement().orElseThrow().outputError().orElseThrow()).isLessThan(most);
    assertThat(error(graph, decision, batches(2, 6))).isLessThan(most);
  }

  /// Two of a group's four channels repeat the others: two ranks hold all that the data has, though
  /// not all that the weight has.
  @Test
  void dataOfLowRankInEachGroupLosesNothing() {
    Tensor weight = random(14, GROUPS * OUTPUTS, INPUTS, 3, 3);
    Graph graph = network(weight, GROUPS, false);
    List<CalibrationBatch> data = ofTwoChannels(batches(16, 7));
    List<CalibrationBatch> seen = data.subList(0, 12);
    List<CalibrationBatch> unseen = data.subList(12, 16);
    assertThat(error(graph, fitted(graph, Kind.REDUCED, FitMode.WEIGHTS, seen), unseen))
        .isGreaterThan(0.2);
    assertThat(error(graph, fitted(graph, Kind.REDUCED, FitMode.OUTPUTS, seen), unseen))
        .isLessThan(2e-3);
  }

  private static List<CalibrationBatch> ofTwoChannels(List<CalibrationBatch> data) {
    for (CalibrationBatch batch : data) {
      Tensor images = batch.inputs().get("input");
      for (int i = 0; i < images.size(); i++) {
        int channel = i / (SIZE * SIZE) % INPUTS;
        if (channel > 1) {
          images.setDouble(i, images.getDouble(i - 2 * SIZE * SIZE) * (channel == 2 ? -1 : 0.5));
        }
      }
    }
    return data;
  }

  private static double measured(
      Graph graph, LayerDecision decision, List<CalibrationBatch> data, boolean task) {
    LayerErrors errors =
        new OutputErrors(graph, data, task, 1, l -> {})
            .of(List.of(decision.layer()), (layer, form) -> -1);
    return errors.of(decision.layer(), decision.replacement().orElseThrow().form());
  }

  /// With full input rank, what a search goes by is what the fit is left with, in all groups
  /// together.
  @Test
  void aSearchGoesByWhatTheGroupsLoseOfTheirOutputs() {
    Tensor weight = random(16, GROUPS * OUTPUTS, INPUTS, 3, 3);
    Graph graph = network(weight, GROUPS, false);
    List<CalibrationBatch> data = batches(16, 9);
    LayerDecision decision = fitted(graph, Kind.EXPANDED, FitMode.OUTPUTS, data);
    double fitted = decision.replacement().orElseThrow().outputError().orElseThrow();
    double measured = measured(graph, decision, data, false);
    assertThat(measured).isCloseTo(fitted * fitted, within(2e-3)).isGreaterThan(0.05);
    // The layer is the network: what one loses the other does, but for the means.
    assertThat(measured(graph, decision, data, true) / measured).isBetween(0.5, 1.0);
  }

  @Test
  void aSearchFindsWhatTheDataDoesNotHold() {
    Tensor weight = random(17, GROUPS * OUTPUTS, INPUTS, 3, 3);
    Graph graph = network(weight, GROUPS, false);
    for (Kind kind : List.of(Kind.REDUCED, Kind.TERMS)) {
      LayerDecision decision = fitted(graph, kind, FitMode.WEIGHTS, batches(1, 10));
      double all = measured(graph, decision, batches(8, 10), false);
      double two = measured(graph, decision, ofTwoChannels(batches(8, 10)), false);
      assertThat(all).as(kind.form).isBetween(0.05, 1.0);
      assertThat(two).as(kind.form).isLessThan(kind == Kind.REDUCED ? 1e-9 : 0.95 * all);
    }
  }

  /// A dead group keeps the weight's factors; the others are fitted all the same.
  @Test
  void aGroupOfConstantInputGetsItsBias() {
    Tensor weight = random(15, GROUPS * OUTPUTS, INPUTS, 3, 3);
    Graph graph = network(weight, GROUPS, false);
    List<CalibrationBatch> data = batches(16, 8);
    for (CalibrationBatch batch : data) {
      Tensor images = batch.inputs().get("input");
      for (int i = 0; i < images.size(); i++) {
        if (i / (SIZE * SIZE) / INPUTS % GROUPS == 1) {
          images.setDouble(i, 0);
        }
      }
    }
    LayerDecision weights = fitted(graph, Kind.TUCKER, FitMode.WEIGHTS, data);
    LayerDecision decision = fitted(graph, Kind.TUCKER, FitMode.OUTPUTS, data);
    assertThat(decision.reason())
        .contains("the input of 1 of 3 groups is constant on the calibration data");
    Replacement replacement = decision.replacement().orElseThrow();
    double[] bias = replacement.bias().orElseThrow().toDoubles();
    assertThat(Arrays.copyOfRange(bias, OUTPUTS, 2 * OUTPUTS)).containsOnly(0);
    assertThat(lostOfWeight(weight, replacement, 1))
        .isLessThan(1.001 * lostOfWeight(weight, weights.replacement().orElseThrow(), 1));
    assertThat(error(graph, decision, data)).isLessThan(error(graph, weights, data));
  }

  /// Squared norm of what a group's chain loses of its weight.
  private static double lostOfWeight(Tensor weight, Replacement replacement, int group) {
    double[] own =
        FactorGroups.split(replacement.factors(), GROUPS).get(group).reconstruct().toDoubles();
    double[] dense = FactorGroups.weights(weight, GROUPS).get(group).toDoubles();
    double lost = 0;
    for (int i = 0; i < own.length; i++) {
      lost += (own[i] - dense[i]) * (own[i] - dense[i]);
    }
    return lost;
  }
}
