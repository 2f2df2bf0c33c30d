package dev.tuckerc.training.admm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.training.SmallTask;
import dev.tuckerc.training.data.Augmentation;
import dev.tuckerc.training.finetune.EpochRecord;
import dev.tuckerc.training.finetune.Method;
import dev.tuckerc.training.finetune.RateSchedule;
import dev.tuckerc.training.finetune.Settings;
import dev.tuckerc.training.finetune.Trainer;
import dev.tuckerc.training.finetune.Workers;
import dev.tuckerc.training.model.HostTensors;
import dev.tuckerc.training.model.Products;
import dev.tuckerc.training.model.Torch;
import dev.tuckerc.training.model.TrainableModel;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.decompose.DecomposeConvolutions;
import dev.tuckerc.transform.decompose.DecompositionPlan;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.ranks.RanksByLayer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdmmTest {
  private static final Settings SETTINGS =
      new Settings(
          6,
          16,
          0.05,
          new RateSchedule.Cosine(),
          Settings.Algorithm.SGD,
          0.9,
          1e-4,
          Products.FP32,
          Double.POSITIVE_INFINITY,
          0,
          false,
          0,
          0,
          4,
          Augmentation.NONE,
          5,
          1,
          Optional.empty());

  private static final Trainer.Listener SILENT =
      new Trainer.Listener() {
        @Override
        public void step(int epoch, int step, int steps, double loss, double right, double rate) {}

        @Override
        public void epoch(EpochRecord epoch) {}
      };

  @TempDir Path folder;

  @BeforeAll
  static void oneThread() {
    Torch.useThreads(1);
  }

  /// The second convolution and the product at a low rank.
  private static List<LowRankLayer> layers(Graph graph) {
    return layers(
        graph, Map.of("conv2", new RankChoice.Ranks(3, 3), "fc", new RankChoice.SingularValues(2)));
  }

  private static List<LowRankLayer> layers(Graph graph, Map<String, RankChoice> choices) {
    RanksByLayer ranks = new RanksByLayer("test", choices);
    // The plan is made at a known batch, as the command line does.
    Graph bound = SmallTask.network(Dim.of(1));
    PassContext context = PassContext.of(Precision.FP32).with(RankPolicy.class, ranks);
    new DecomposeConvolutions().run(bound, context);
    return LowRankLayer.of(context.report(DecompositionPlan.class).orElseThrow(), graph);
  }

  private static Trainer.Samples samples() {
    return new Trainer.Samples(SmallTask.samples(256, 1), Optional.of(SmallTask.samples(400, 2)));
  }

  private static void train(
      TrainableModel model,
      Method method,
      Settings settings,
      Optional<Path> folder,
      boolean resume) {
    try (Trainer trainer =
        new Trainer(model, Optional.empty(), method, settings, samples(), Workers.ALONE, SILENT)) {
      trainer.run(folder, resume, () -> false);
    }
  }

  private static double accuracy(Graph graph) {
    try (TrainableModel model = TrainableModel.of(graph)) {
      return Trainer.accuracy(model, samples()).orElseThrow();
    }
  }

  @Test
  void eachStepIsAsPublished() {
    try (TrainableModel model = TrainableModel.of(SmallTask.network());
        Admm admm = new Admm(model, layers(model.source()), 0.2, 1.5);
        PointerScope _ = new PointerScope()) {
      LowRankLayer layer = layers(model.source()).getFirst();
      org.bytedeco.pytorch.Tensor w = model.constant(layer.layer().weight());
      org.bytedeco.pytorch.Tensor z = admm.state().get("z 0 conv2");
      org.bytedeco.pytorch.Tensor u = admm.state().get("u 0 conv2");
      // Z starts as the projection, and is of low rank.
      Tensor start = HostTensors.toHost(z);
      assertThat(distance(start, layer.project(HostTensors.toHost(w)))).isLessThan(1e-6);
      assertThat(distance(start, layer.project(start))).isLessThan(1e-5);
      assertThat(distance(start, HostTensors.toHost(w))).isGreaterThan(1);
      try (NoGradGuard _ = new NoGradGuard()) {
        u.add_(new Scalar(0.01));
        w.mul_(new Scalar(1.1));
      }
      // The W-step's gradient is rho (W - Z + U).
      admm.penalty().orElseThrow().backward();
      Tensor gradient = HostTensors.toHost(w.grad());
      Tensor expected = HostTensors.toHost(w.detach().sub(z).add(u).mul(new Scalar(0.2)));
      assertThat(distance(gradient, expected)).isLessThan(1e-5);
      // Z-step and U-step.
      Tensor sum = HostTensors.toHost(w.detach().add(u));
      Tensor before = HostTensors.toHost(u);
      try (NoGradGuard _ = new NoGradGuard()) {
        admm.afterEpoch(0);
      }
      assertThat(distance(HostTensors.toHost(z), layer.project(sum))).isLessThan(1e-6);
      for (int i = 0; i < before.size(); i++) {
        double multiplier =
            (before.getDouble(i)
                    + sum.getDouble(i)
                    - before.getDouble(i)
                    - HostTensors.toHost(z).getDouble(i))
                / 1.5;
        if (i % 97 == 0) {
          assertThat(HostTensors.toHost(u).getDouble(i))
              .isCloseTo(multiplier, org.assertj.core.data.Offset.offset(1e-5));
        }
      }
      assertThat(admm.figures().get("rho"))
          .isCloseTo(0.3, org.assertj.core.data.Offset.offset(1e-6));
    }
  }

  private static double distance(Tensor a, Tensor b) {
    double sum = 0;
    for (int i = 0; i < a.size(); i++) {
      double difference = a.getDouble(i) - b.getDouble(i);
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }

  @Test
  void truncationCostsLessAfterItAndTheFactorsCanBeTrained() {
    Graph trained;
    double plainTruncated;
    try (TrainableModel model = TrainableModel.of(SmallTask.network())) {
      train(model, Method.NONE, SETTINGS, Optional.empty(), false);
      trained = model.graph();
      plainTruncated = accuracy(LowRankLayer.truncate(trained, layers(trained)));
    }
    try (TrainableModel model = TrainableModel.of(trained)) {
      List<LowRankLayer> layers = layers(trained);
      double residual;
      try (Admm admm = new Admm(model, layers, 0.1, 2)) {
        double before = admm.residual();
        train(model, admm, SETTINGS, Optional.empty(), false);
        residual = admm.residual();
        assertThat(residual).isLessThan(0.25 * before);
      }
      double dense = accuracy(model.graph());
      Graph factors = LowRankLayer.truncate(model.graph(), layers);
      double truncated = accuracy(factors);
      assertThat(dense - truncated).isLessThan(0.02);
      assertThat(truncated).isGreaterThan(plainTruncated + 0.05);
      assertThat(factors.nodes().stream().filter(n -> n.op() instanceof Convolution)).hasSize(4);
      try (TrainableModel low = TrainableModel.of(factors)) {
        train(low, Method.NONE, SETTINGS.with(2, 0.01), Optional.empty(), false);
        assertThat(accuracy(low.graph())).isGreaterThan(truncated - 0.02);
      }
    }
  }

  /// Sixteen channels on both sides as four by four, ranks 5 beside the taps.
  @Test
  void weightsAreDrawnToATensorTrain() {
    RankChoice train = new RankChoice.Train(List.of(4, 4), List.of(4, 4), List.of(4, 5, 5, 4));
    Graph trained;
    try (TrainableModel model = TrainableModel.of(SmallTask.network())) {
      train(model, Method.NONE, SETTINGS, Optional.empty(), false);
      trained = model.graph();
    }
    try (TrainableModel model = TrainableModel.of(trained)) {
      List<LowRankLayer> layers = layers(trained, Map.of("conv2", train));
      assertThat(layers).hasSize(1);
      assertThat(layers.getFirst().form().name()).isEqualTo("TT");
      try (Admm admm = new Admm(model, layers, 0.1, 2)) {
        double before = admm.residual();
        train(model, admm, SETTINGS, Optional.empty(), false);
        assertThat(admm.residual()).isLessThan(0.1 * before);
      }
      Graph factors = LowRankLayer.truncate(model.graph(), layers);
      assertThat(factors.nodes().stream().filter(n -> n.op() instanceof Convolution)).hasSize(4);
      double plain = accuracy(LowRankLayer.truncate(trained, layers));
      assertThat(accuracy(model.graph()) - accuracy(factors)).isLessThan(0.02);
      assertThat(accuracy(factors)).isGreaterThan(plain + 0.05);
    }
  }

  @Test
  void aResumedRunGivesTheSameBits() {
    List<Tensor> expected = new ArrayList<>();
    Settings three = SETTINGS.with(3, 0.05);
    try (TrainableModel model = TrainableModel.of(SmallTask.network());
        Admm admm = new Admm(model, layers(model.source()), 0.02, 2)) {
      train(model, admm, three, Optional.empty(), false);
      model.parameters().forEach(p -> expected.add(HostTensors.toHost(p.tensor())));
      admm.state().values().forEach(t -> expected.add(HostTensors.toHost(t)));
    }
    int[] steps = new int[1];
    try (TrainableModel model = TrainableModel.of(SmallTask.network());
        Admm admm = new Admm(model, layers(model.source()), 0.02, 2);
        Trainer trainer =
            new Trainer(model, Optional.empty(), admm, three, samples(), Workers.ALONE, SILENT)) {
      trainer.run(Optional.of(folder), false, () -> ++steps[0] == 24);
    }
    try (TrainableModel model = TrainableModel.of(SmallTask.network());
        Admm admm = new Admm(model, layers(model.source()), 0.02, 2)) {
      train(model, admm, three, Optional.of(folder), true);
      List<Tensor> actual = new ArrayList<>();
      model.parameters().forEach(p -> actual.add(HostTensors.toHost(p.tensor())));
      admm.state().values().forEach(t -> actual.add(HostTensors.toHost(t)));
      for (int i = 0; i < expected.size(); i++) {
        assertThat(actual.get(i).contentEquals(expected.get(i))).isTrue();
      }
    }
  }
}
