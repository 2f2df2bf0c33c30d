package dev.tuckerc.training.admm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.data.DataSource;
import dev.tuckerc.data.Split;
import dev.tuckerc.ir.Broadcast;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Recurrence;
import dev.tuckerc.ir.RecurrentActivation;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.training.SharedData;
import dev.tuckerc.training.finetune.EpochRecord;
import dev.tuckerc.training.finetune.Method;
import dev.tuckerc.training.finetune.Settings;
import dev.tuckerc.training.finetune.Trainer;
import dev.tuckerc.training.finetune.Workers;
import dev.tuckerc.training.model.Torch;
import dev.tuckerc.training.model.TrainableModel;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.decompose.DecomposeConvolutions;
import dev.tuckerc.transform.decompose.DecompositionPlan;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.ranks.RanksByLayer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// An LSTM that tells nine speakers by a vowel (Kudo, Toyama, Shimbo 1999), its input-to-hidden
/// matrix as a tensor train, the first output mode times four for the gates; hidden-to-hidden stays
/// dense (Yin et al., CVPR 2021).
class LstmTensorTrainTest {
  private static final int STEPS = 29;
  private static final int CHANNELS = 12;
  private static final int HIDDEN = 32;
  private static final int SPEAKERS = 9;

  private final Random random = new Random(5);
  private final List<Node> nodes = new ArrayList<>();

  private Graph network(Dim batch) {
    nodes.clear();
    random.setSeed(5);
    Value x =
        new Value(
            "x",
            TensorType.of(
                DataType.F32, new Shape(List.of(batch, Dim.of(STEPS), Dim.of(CHANNELS)))));
    Value sequence = add(new Transpose(x, List.of(1L, 0L, 2L)), "sequence");
    Value gates =
        add(new MatMul(sequence, normal("input", CHANNELS, 4 * HIDDEN), Epilogue.NONE), "gates");
    Value zeros =
        add(
            new Constant("zeros", Tensor.zeros(DataType.F32, List.of(2L, 1L, (long) HIDDEN))),
            "zeros");
    Value initial =
        add(new Broadcast(zeros, new Shape(List.of(Dim.of(2), batch, Dim.of(HIDDEN)))), "initial");
    Value bias =
        add(new Constant("bias", Tensor.zeros(DataType.F32, List.of(4L * HIDDEN))), "bias");
    RecurrentActivation sigmoid =
        new RecurrentActivation(RecurrentActivation.Function.SIGMOID, 0, 0);
    RecurrentActivation tanh = new RecurrentActivation(RecurrentActivation.Function.TANH, 0, 0);
    Value states =
        add(
            new Recurrence(
                Recurrence.Kind.LSTM,
                gates,
                normal("hidden", HIDDEN, 4 * HIDDEN),
                bias,
                initial,
                Optional.empty(),
                Optional.empty(),
                List.of(sigmoid, tanh, tanh),
                Double.POSITIVE_INFINITY,
                false,
                false),
            "lstm");
    Value outputs =
        add(
            new Slice(
                states,
                List.of(0L, 0L, 0L),
                new Shape(List.of(Dim.of(STEPS), batch, Dim.of(HIDDEN))),
                List.of(1L, 1L, 1L)),
            "outputs");
    Value row = add(new Reduce(Reduce.Kind.MEAN, outputs, List.of(0L), false), "row");
    Value scores =
        add(new MatMul(row, normal("classes", HIDDEN, SPEAKERS), Epilogue.NONE), "scores");
    return new Graph(
        "speakers", List.of(x), List.copyOf(nodes), List.of(new Graph.Output("scores", scores)));
  }

  private Value normal(String name, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() / Math.sqrt(rows));
    }
    return add(
        new Constant(name, Tensor.ofFloats(List.of((long) rows, (long) columns), values)), name);
  }

  private Value add(Op op, String name) {
    Node node = Node.of(op, name, Location.of(nodes.size(), name, op.name()));
    nodes.add(node);
    return node.result();
  }

  private static Trainer.Samples samples() {
    DataSource source =
        DataSource.parse("ts:" + SharedData.folder("datasets").resolve("japanese-vowels"));
    return new Trainer.Samples(
        source.read(Split.TRAINING, 1000, Optional.empty(), Optional.empty()),
        Optional.of(source.read(Split.TEST, 1000, Optional.empty(), Optional.empty())));
  }

  private static Settings settings(int epochs, double rate) {
    Settings usual = Settings.USUAL;
    return new Settings(
        epochs,
        30,
        rate,
        usual.schedule(),
        usual.algorithm(),
        usual.momentum(),
        usual.weightDecay(),
        usual.products(),
        5,
        0,
        false,
        0,
        0,
        4,
        usual.augmentation(),
        1,
        1,
        Optional.empty());
  }

  private static void train(
      TrainableModel model, Method method, Settings settings, Trainer.Samples samples) {
    try (Trainer trainer =
        new Trainer(
            model,
            Optional.empty(),
            method,
            settings,
            samples,
            Workers.ALONE,
            new Trainer.Listener() {
              @Override
              public void step(int e, int s, int n, double loss, double right, double rate) {}

              @Override
              public void epoch(EpochRecord epoch) {}
            })) {
      trainer.run(Optional.empty(), false, () -> false);
    }
  }

  private static double accuracy(Graph graph, Trainer.Samples samples) {
    try (TrainableModel model = TrainableModel.of(graph)) {
      return Trainer.accuracy(model, samples).orElseThrow();
    }
  }

  private static long weights(Graph graph) {
    return graph.nodes().stream()
        .filter(node -> node.op() instanceof Constant constant && constant.tensor().rank() == 2)
        .mapToLong(node -> ((Constant) node.op()).tensor().size())
        .sum();
  }

  @Test
  void admmKeepsMoreSpeakersApartThanTruncationDoes() {
    Torch.useThreads(1);
    Trainer.Samples samples = samples();
    Graph dense;
    try (TrainableModel model = TrainableModel.of(network(new Dim.Symbolic("N")))) {
      train(model, Method.NONE, settings(25, 0.2), samples);
      dense = model.graph();
    }
    List<LowRankLayer> layers = layers(dense);
    assertThat(layers).hasSize(1);
    Graph low;
    try (TrainableModel model = TrainableModel.of(dense);
        Admm admm = new Admm(model, layers, 0.1, 1.4)) {
      train(model, admm, settings(8, 0.1), samples);
      low = LowRankLayer.truncate(model.graph(), layers);
    }
    assertThat(weights(dense)).isEqualTo(12 * 128 + 32 * 128 + 32 * 9);
    // The train, 256 numbers, is multiplied out to two matrices.
    assertThat(weights(low)).isEqualTo(12 * 4 + 4 * 128 + 32 * 128 + 32 * 9);
    double direct = accuracy(LowRankLayer.truncate(dense, layers), samples);
    assertThat(accuracy(dense, samples)).isGreaterThan(0.9);
    assertThat(accuracy(low, samples)).isGreaterThan(direct + 0.1);
  }

  /// Modes 16x8 for the gates' columns, 3x4 for the channels, rank 4 between any two.
  private List<LowRankLayer> layers(Graph graph) {
    RankChoice train =
        new RankChoice.Train(List.of(4 * 4, HIDDEN / 4), List.of(3, 4), List.of(4, 4, 4));
    PassContext context =
        PassContext.of(Precision.FP32)
            .with(RankPolicy.class, new RanksByLayer("test", Map.of("gates", train)));
    new DecomposeConvolutions().run(network(Dim.of(1)), context);
    return LowRankLayer.of(context.report(DecompositionPlan.class).orElseThrow(), graph);
  }
}
