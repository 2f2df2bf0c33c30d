package dev.tuckerc.transform.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.decompose.DecomposeConvolutions;
import dev.tuckerc.transform.decompose.FactorFit;
import dev.tuckerc.transform.layer.DecompositionOptions;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.ranks.RanksByLayer;
import dev.tuckerc.transform.report.DecompositionReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CalibratedFitTest {
  private static final int BATCH = 4;

  /// A stem, a residual block of two convolutions, and a classifier.
  static Graph network() {
    Random random = new Random(5);
    List<Node> nodes = new ArrayList<>();
    Value input = new Value("input", TensorType.of(DataType.F32, BATCH, 3, 12, 12));
    Value stem = relu(nodes, conv(nodes, random, "stem", input, 16));
    Value first = relu(nodes, conv(nodes, random, "first", stem, 16));
    Value second = conv(nodes, random, "second", first, 16);
    Value sum =
        add(
            nodes,
            new Pointwise(
                List.of(second, stem),
                new ScalarExpression.Binary(
                    BinaryFunction.ADD,
                    new ScalarExpression.Operand(0),
                    new ScalarExpression.Operand(1))),
            "add");
    Value last = relu(nodes, sum);
    Value matrix = constant(nodes, random, "fc.weight", 12, 10);
    Value product = add(nodes, new MatMul(last, matrix, Epilogue.NONE), "fc", "MatMul");
    return new Graph("net", List.of(input), nodes, List.of(new Graph.Output("output", product)));
  }

  private static Value conv(
      List<Node> nodes, Random random, String name, Value input, long outputs) {
    Value weight =
        constant(nodes, random, name + ".weight", outputs, input.shape().extent(1), 3, 3);
    Window window =
        new Window(
            List.of(3L, 3L), List.of(1L, 1L), List.of(1L, 1L), List.of(1L, 1L), List.of(1L, 1L));
    return add(
        nodes,
        new Convolution(input, weight, Optional.empty(), window, 1, Epilogue.NONE),
        name,
        "Conv");
  }

  private static Value relu(List<Node> nodes, Value value) {
    return add(
        nodes,
        new Pointwise(
            List.of(value),
            new ScalarExpression.Unary(UnaryFunction.RELU, new ScalarExpression.Operand(0))),
        "relu" + nodes.size());
  }

  private static Value constant(List<Node> nodes, Random random, String name, long... shape) {
    Tensor data = Tensor.zeros(DataType.F32, java.util.Arrays.stream(shape).boxed().toList());
    for (int i = 0; i < data.size(); i++) {
      // Of decaying spectrum, as trained weights are.
      data.setDouble(i, random.nextGaussian() / (4 + i % 16) * 2);
    }
    Node node = Node.of(new Constant(name, data), name, Location.NONE);
    nodes.add(node);
    return node.result();
  }

  private static Value add(List<Node> nodes, Op op, String name, String operator) {
    Node node = Node.of(op, name, Location.of(nodes.size(), name, operator));
    nodes.add(node);
    return node.result();
  }

  private static Value add(List<Node> nodes, Op op, String name) {
    return add(nodes, op, name, "Pointwise");
  }

  /// Pictures whose neighbours resemble each other.
  static List<CalibrationBatch> batches(int count, long seed) {
    Random random = new Random(seed);
    List<CalibrationBatch> batches = new ArrayList<>();
    for (int b = 0; b < count; b++) {
      Tensor images = Tensor.zeros(DataType.F32, List.of((long) BATCH, 3L, 12L, 12L));
      for (int i = 0; i < images.size(); i++) {
        double before = i % 144 == 0 ? 0 : images.getDouble(i - 1);
        images.setDouble(i, 0.8 * before + random.nextGaussian() + 0.3);
      }
      batches.add(new CalibrationBatch(Map.of("input", images), BATCH));
    }
    return batches;
  }

  private static PassContext context(Graph graph, FitMode mode, List<CalibrationBatch> batches) {
    Map<String, RankChoice> ranks = new LinkedHashMap<>();
    ranks.put("first", new RankChoice.Ranks(8, 8));
    ranks.put("second", new RankChoice.Ranks(8, 8));
    ranks.put("fc", new RankChoice.SingularValues(4));
    return PassContext.of(Precision.FP32)
        .with(RankPolicy.class, new RanksByLayer("test", ranks))
        .with(DecompositionOptions.class, new DecompositionOptions(List.of("R-C-E", "R-E"), false))
        .with(FactorFit.class, new CalibratedFit(graph, batches, mode, 0, _ -> {}));
  }

  private static double error(Graph graph, Graph other, List<CalibrationBatch> batches) {
    double lost = 0;
    double total = 0;
    for (CalibrationBatch batch : batches) {
      double[] wanted = Interpreter.run(graph, batch.inputs()).get("output").toDoubles();
      double[] got = Interpreter.run(other, batch.inputs()).get("output").toDoubles();
      for (int i = 0; i < wanted.length; i++) {
        lost += (wanted[i] - got[i]) * (wanted[i] - got[i]);
        total += wanted[i] * wanted[i];
      }
    }
    return Math.sqrt(lost / total);
  }

  @Test
  void everyStepBringsOutputsOnUnseenDataNearer() {
    Graph graph = network();
    List<CalibrationBatch> seen = batches(16, 1);
    List<CalibrationBatch> unseen = batches(4, 2);
    double former = Double.POSITIVE_INFINITY;
    for (FitMode mode : FitMode.values()) {
      PassContext context = context(graph, mode, seen);
      Graph replaced = new DecomposeConvolutions().run(graph, context);
      DecompositionReport report = context.report(DecompositionReport.class).orElseThrow();
      assertThat(report.decomposed()).isEqualTo(3);
      double error = error(graph, replaced, unseen);
      assertThat(error).as(mode.toString()).isLessThan(former);
      former = error;
      if (mode == FitMode.OUTPUTS) {
        assertThat(report.layers().stream().filter(l -> l.outputError().isPresent())).hasSize(3);
      }
    }
  }

  @Test
  void theSameDataGivesTheSameBytes() {
    Graph graph = network();
    List<byte[]> runs = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      Graph replaced =
          new DecomposeConvolutions().run(graph, context(graph, FitMode.OUTPUTS, batches(6, 3)));
      java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
      for (Node node : replaced.nodes()) {
        if (node.op() instanceof Constant constant) {
          bytes.writeBytes(
              constant.tensor().data().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
        }
      }
      runs.add(bytes.toByteArray());
    }
    assertThat(runs.getFirst()).isEqualTo(runs.getLast());
  }

  @Test
  void oneSampleIsEnoughToRun() {
    Graph graph = network();
    List<CalibrationBatch> one =
        List.of(new CalibrationBatch(batches(1, 4).getFirst().inputs(), 1));
    Graph replaced = new DecomposeConvolutions().run(graph, context(graph, FitMode.OUTPUTS, one));
    assertThat(error(graph, replaced, one)).isLessThan(0.9);
  }

  /// Of a constant input nothing but the mean is left, which the bias has.
  @Test
  void constantDataKeepsTheWeightsFactorsGetsItsBiasAndIsSaid() {
    Graph graph = pointwise(DataType.F32, new float[] {3, 1, -2, 4}, 0.5f, -1);
    List<CalibrationBatch> data = List.of(constant(DataType.F32, 0.7f, -0.2f));
    for (FitMode mode : List.of(FitMode.MOMENTS, FitMode.OUTPUTS)) {
      PassContext context = rankOne(graph, mode, data);
      Graph replaced = new DecomposeConvolutions().run(graph, context);
      assertThat(error(graph, replaced, data)).as(mode.toString()).isLessThan(1e-6);
      assertThat(context.report(DecompositionReport.class).orElseThrow().layers())
          .singleElement()
          .satisfies(layer -> {
            assertThat(layer.form()).isEqualTo("R-E");
            if (mode == FitMode.OUTPUTS) {
              assertThat(layer.reason())
                  .contains(
                      "factors of the weight, bias of the data: the input is constant on the"
                          + " calibration data");
            }
          });
    }
  }

  @Test
  void aDeadNetworkStaysDead() {
    Graph graph = network();
    Tensor zeros = Tensor.zeros(DataType.F32, List.of((long) BATCH, 3L, 12L, 12L));
    CalibrationBatch dead = new CalibrationBatch(Map.of("input", zeros), BATCH);
    PassContext context = context(graph, FitMode.OUTPUTS, List.of(dead));
    Graph replaced = new DecomposeConvolutions().run(graph, context);
    assertThat(context.report(DecompositionReport.class).orElseThrow().layers())
        .filteredOn(layer -> !layer.form().equals("dense"))
        .hasSize(3)
        .allSatisfy(layer -> assertThat(layer.reason()).contains("constant on the calibration"));
    assertThat(Interpreter.run(replaced, dead.inputs()).get("output").toDoubles()).containsOnly(0);
  }

  /// Half precision holds the weight, the bias and the output, but not what one rank leaves to the
  /// bias.
  @Test
  void aBiasThatItsTypeDoesNotHoldKeepsTheLayersOwn() {
    float root = (float) Math.sqrt(0.5);
    // 3 u1 v1^T + 2.9 u2 v2^T with orthonormal u and v along the diagonals.
    float[] weight = {2.95f, 0.05f, 0.05f, 2.95f};
    Graph graph = pointwise(DataType.F16, weight, 30_000, 60_000);
    float a = -23_570;
    float c = 24_383;
    List<CalibrationBatch> data = List.of(constant(DataType.F16, (a + c) * root, (a - c) * root));
    double[] outputs = Interpreter.run(graph, data.getFirst().inputs()).get("output").toDoubles();
    for (double output : outputs) {
      assertThat(Math.abs(output)).isLessThan(65_504);
    }
    for (FitMode mode : List.of(FitMode.MOMENTS, FitMode.OUTPUTS)) {
      PassContext context = rankOne(graph, mode, data);
      Graph replaced = new DecomposeConvolutions().run(graph, context);
      assertThat(context.report(DecompositionReport.class).orElseThrow().layers())
          .singleElement()
          .satisfies(layer ->
              assertThat(layer.reason())
                  .contains("factors of the weight alone: its fitted bias does not fit f16"));
      for (Node node : replaced.nodes()) {
        if (node.op() instanceof Constant constant) {
          assertThat(constant.tensor().magnitude()).isLessThan(65_504);
        }
      }
    }
  }

  /// A 1x1 convolution of four channels, of which the first two count.
  ///
  /// @param weight of those, `[2, 2]`
  private static Graph pointwise(DataType type, float[] weight, float first, float second) {
    List<Node> nodes = new ArrayList<>();
    Value input = new Value("input", TensorType.of(type, BATCH, 4, 3, 3));
    float[] all = new float[16];
    System.arraycopy(weight, 0, all, 0, 2);
    System.arraycopy(weight, 2, all, 4, 2);
    Value matrix =
        add(nodes, new Constant("weight", tensor(type, all, 4, 4, 1, 1)), "weight", "Constant");
    float[] bias = {first, second, 0, 0};
    Value added = add(nodes, new Constant("bias", tensor(type, bias, 4)), "bias", "Constant");
    Convolution convolution =
        new Convolution(
            input, matrix, Optional.of(added), Window.of(List.of(1L, 1L)), 1, Epilogue.NONE);
    Value result = add(nodes, convolution, "conv", "Conv");
    return new Graph("net", List.of(input), nodes, List.of(new Graph.Output("output", result)));
  }

  private static Tensor tensor(DataType type, float[] values, long... shape) {
    return Tensor.ofFloats(java.util.Arrays.stream(shape).boxed().toList(), values).convert(type);
  }

  /// Images of four channels, each of one level, the last two zero.
  private static CalibrationBatch constant(DataType type, float first, float second) {
    float[] levels = {first, second, 0, 0};
    float[] values = new float[BATCH * 4 * 9];
    for (int i = 0; i < values.length; i++) {
      values[i] = levels[i / 9 % 4];
    }
    return new CalibrationBatch(Map.of("input", tensor(type, values, BATCH, 4, 3, 3)), BATCH);
  }

  private static PassContext rankOne(Graph graph, FitMode mode, List<CalibrationBatch> batches) {
    Map<String, RankChoice> ranks = Map.of("conv", new RankChoice.SingularValues(1));
    return PassContext.of(Precision.FP32)
        .with(RankPolicy.class, new RanksByLayer("test", ranks))
        .with(FactorFit.class, new CalibratedFit(graph, batches, mode, 0, _ -> {}));
  }

  @Test
  void missingInputsAreNamed() {
    Graph graph = network();
    PassContext context =
        context(
            graph,
            FitMode.OUTPUTS,
            List.of(new CalibrationBatch(Map.of("other", Tensor.ofFloats(List.of(1L), 0)), 1)));
    assertThatThrownBy(() -> new DecomposeConvolutions().run(graph, context))
        .isInstanceOf(IrException.class)
        .hasMessageContaining("lacks input 'input'");
  }

  @Test
  void outputsThatAreNotFiniteKeepTheWeightsFactorsAndAreSaid() {
    Graph graph = network();
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Constant constant && constant.label().equals("first.weight")) {
        for (int i = 0; i < 16 * 9; i++) {
          constant.tensor().setDouble(i, Float.MAX_VALUE);
        }
      }
    }
    for (FitMode mode : List.of(FitMode.MOMENTS, FitMode.OUTPUTS)) {
      PassContext context = context(graph, mode, batches(2, 1));
      new DecomposeConvolutions().run(graph, context);
      assertThat(context.report(DecompositionReport.class).orElseThrow().layers())
          .filteredOn(layer -> layer.name().equals("first"))
          .singleElement()
          .satisfies(layer ->
              assertThat(layer.reason()).as(mode.toString()).contains("its output holds NaN"));
    }
  }
}
