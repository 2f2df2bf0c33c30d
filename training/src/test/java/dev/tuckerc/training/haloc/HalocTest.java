package dev.tuckerc.training.haloc;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.tuckerc.training.lowrank.LowRankLayer;
import dev.tuckerc.training.model.HostTensors;
import dev.tuckerc.training.model.Torch;
import dev.tuckerc.training.model.TrainableModel;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class HalocTest {
  private static final Settings SETTINGS =
      new Settings(
          8,
          16,
          0.05,
          new RateSchedule.Cosine(),
          0.9,
          1e-4,
          0,
          0,
          4,
          Augmentation.NONE,
          5,
          1,
          Optional.empty());

  @BeforeAll
  static void oneThread() {
    Torch.useThreads(1);
  }

  private static Trainer.Samples samples() {
    return new Trainer.Samples(SmallTask.samples(512, 1), Optional.of(SmallTask.samples(200, 2)));
  }

  private static SearchSpace space(Graph graph) {
    return SearchSpace.of(
        graph,
        SmallTask.network(Dim.of(1)),
        policy -> PassContext.of(Precision.FP32).with(RankPolicy.class, policy),
        4,
        figures -> (double) figures.multiplyAccumulates());
  }

  /// Calls back after each epoch with its number, from 1.
  private interface AfterEpoch extends Trainer.Listener {
    @Override
    default void step(int epoch, int step, int steps, double loss, double right, double rate) {}
  }

  private static void train(TrainableModel model, Method method, AfterEpoch listener) {
    try (Trainer trainer =
        new Trainer(
            model, Optional.empty(), method, SETTINGS, samples(), Workers.ALONE, listener)) {
      trainer.run(Optional.empty(), false, () -> false);
    }
  }

  @Test
  void candidatesAreMultiplesThatSaveSomething() {
    SearchSpace space = space(SmallTask.network());
    // The first convolution reads three channels: no multiple of four is below.
    assertThat(space.layers()).hasSize(1);
    SearchSpace.SearchedLayer layer = space.layers().getFirst();
    assertThat(layer.layer().name()).isEqualTo("conv2");
    assertThat(layer.candidates().stream().map(SearchSpace.Candidate::choice))
        .startsWith(new RankChoice.Ranks(4, 4), new RankChoice.Ranks(8, 8))
        .last()
        .isInstanceOf(RankChoice.KeepDense.class);
    assertThat(layer.candidates().stream().mapToDouble(SearchSpace.Candidate::cost)).isSorted();
    assertThat(space.denseCost()).isEqualTo(64 * (9 * 16 * 3 + 9 * 16 * 16) + 16 * 4);
  }

  @Test
  void theSearchComesBelowItsTargetAndKeepsTheWeightsWhole() {
    Graph trained;
    try (TrainableModel model = TrainableModel.of(SmallTask.network())) {
      train(model, Method.NONE, epoch -> {});
      trained = model.graph();
    }
    try (TrainableModel model = TrainableModel.of(trained)) {
      SearchSpace space = space(trained);
      Map<Integer, Tensor> weights = new LinkedHashMap<>();
      Map<Integer, Tensor> logits = new LinkedHashMap<>();
      try (Haloc search = new Haloc(model, space, 0.5 * space.denseCost(), 1, 8, 3)) {
        org.bytedeco.pytorch.Tensor weight =
            model.constant(space.layers().getFirst().layer().weight());
        train(
            model,
            search,
            (EpochRecord epoch) -> {
              weights.put(epoch.epoch(), HostTensors.toHost(weight));
              logits.put(
                  epoch.epoch(), HostTensors.toHost(search.parameters().getFirst().tensor()));
            });
        // Odd epochs are those of the logits, even ones those of the weights.
        assertThat(weights.get(3).contentEquals(weights.get(2))).isTrue();
        assertThat(weights.get(4).contentEquals(weights.get(3))).isFalse();
        assertThat(logits.get(4).contentEquals(logits.get(3))).isTrue();
        assertThat(logits.get(5).contentEquals(logits.get(4))).isFalse();
        assertThat(search.cost()).isLessThanOrEqualTo(0.5 * space.denseCost());
        assertThat(search.ranks()).hasSize(1);
        assertThat(search.ranks().get("conv2")).isInstanceOf(RankChoice.Ranks.class);
        List<LowRankLayer> layers = search.layers();
        // The weight that was trained is not of the rank that was chosen.
        Tensor whole = HostTensors.toHost(weight);
        Tensor cut = layers.getFirst().project(whole);
        double apart = 0;
        for (int i = 0; i < whole.size(); i++) {
          apart += Math.pow(whole.getDouble(i) - cut.getDouble(i), 2);
        }
        assertThat(Math.sqrt(apart)).isGreaterThan(0.1);
        try (TrainableModel low =
            TrainableModel.of(LowRankLayer.truncate(model.graph(), layers))) {
          assertThat(Trainer.accuracy(low, samples()).orElseThrow()).isGreaterThan(0.8);
        }
      }
    }
  }

  @Test
  void aBudgetOfTheWholeCostKeepsTheAccurateChoice() {
    try (TrainableModel model = TrainableModel.of(SmallTask.network())) {
      SearchSpace space = space(model.source());
      try (Haloc search = new Haloc(model, space, space.denseCost(), 1, 8, 3)) {
        train(model, search, epoch -> {});
        // Nothing presses on the cost: what fits best is ahead, no truncation to the least.
        assertThat(search.ranks().get("conv2")).isNotEqualTo(new RankChoice.Ranks(4, 4));
      }
    }
  }
}
