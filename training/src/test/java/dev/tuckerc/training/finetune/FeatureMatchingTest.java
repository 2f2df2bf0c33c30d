package dev.tuckerc.training.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.training.SmallNetwork;
import dev.tuckerc.training.SmallTask;
import dev.tuckerc.training.model.HostTensors;
import dev.tuckerc.training.model.Products;
import dev.tuckerc.training.model.Torch;
import dev.tuckerc.training.model.TrainableModel;
import dev.tuckerc.training.model.TrainableModel.Mode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class FeatureMatchingTest {
  @BeforeAll
  static void oneThread() {
    Torch.useThreads(1);
  }

  private static FeatureMatching matching(
      TrainableModel model, TrainableModel teacher, double weight) {
    return FeatureMatching.of(model.source(), teacher, weight, Products.FP32);
  }

  /// The distance of a model's features from a teacher's on a few samples.
  private static double distance(TrainableModel model, TrainableModel teacher) {
    FeatureMatching matching = matching(model, teacher, 1);
    try (PointerScope _ = new PointerScope()) {
      org.bytedeco.pytorch.Tensor input =
          HostTensors.toTorch(
              SmallTask.samples(64, 9).samples(0, 64).shape(),
              SmallTask.samples(64, 9).samples(0, 64).toFloats());
      List<org.bytedeco.pytorch.Tensor> watched =
          model.evaluate(List.of(input), Mode.INFERENCE, Map.of(), matching.watched());
      org.bytedeco.pytorch.Tensor none = HostTensors.toTorch(List.of(1L), 0).sum();
      return matching.loss(none, new Method.Step(input, watched)).item_float();
    }
  }

  private static void train(
      TrainableModel model, TrainableModel teacher, Method method, double rate) {
    try (Trainer trainer =
        new Trainer(
            model,
            Optional.of(teacher),
            method,
            TrainerTest.settings(3, rate, 0),
            TrainerTest.samples(),
            Workers.ALONE,
            new TrainerTest.Log())) {
      trainer.run(Optional.empty(), false, () -> false);
    }
  }

  @Test
  void theDistanceIsTheMeanShareOfTheTeachersSquares() {
    try (TrainableModel teacher = TrainableModel.of(SmallTask.network());
        TrainableModel model = TrainableModel.of(SmallTask.network());
        PointerScope _ = new PointerScope()) {
      var values = teacher.source().nodes().stream().map(n -> n.result()).toList();
      var first = values.stream().filter(v -> v.name().equals("conv1.relu")).toList();
      Tensor samples = SmallTask.samples(8, 3).samples(0, 8);
      org.bytedeco.pytorch.Tensor input = HostTensors.toTorch(samples.shape(), samples.toFloats());
      org.bytedeco.pytorch.Tensor wanted =
          teacher.evaluate(List.of(input), Mode.INFERENCE, Map.of(), first).getFirst();
      float[] moved = HostTensors.toHost(wanted).toFloats();
      double squares = 0;
      double apart = 0;
      for (int i = 0; i < moved.length; i++) {
        squares += moved[i] * moved[i];
        moved[i] += i % 7;
        apart += (i % 7) * (i % 7);
      }
      org.bytedeco.pytorch.Tensor computed =
          HostTensors.toTorch(HostTensors.toHost(wanted).shape(), moved);
      FeatureDistance distance = new FeatureDistance(teacher, first, Products.FP32);
      assertThat((double) distance.of(input, List.of(computed)).item_float())
          .isCloseTo(apart / squares, within(1e-4 * apart / squares));
      assertThat(distance(model, teacher)).isLessThan(1e-10);
    }
  }

  @Test
  void aModelThatMatchesEndsNearerToItsTeacher() {
    try (TrainableModel teacher = TrainableModel.of(SmallTask.network());
        TrainableModel free = TrainableModel.of(SmallTask.network());
        TrainableModel drawn = TrainableModel.of(SmallTask.network())) {
      train(teacher, teacher, Method.NONE, 0.05);
      train(free, teacher, Method.NONE, 0.02);
      train(drawn, teacher, matching(drawn, teacher, 10), 0.02);
      assertThat(distance(drawn, teacher)).isLessThan(0.5 * distance(free, teacher));
    }
  }

  @Test
  void aTeacherOfOtherNamesIsRefused() {
    SmallNetwork network = new SmallNetwork(7, new Dim.Symbolic("N"), 4, 5);
    var x = network.convolution("other", network.input(), network.normal(1, 4, 4, 3, 3), 1);
    try (TrainableModel model = TrainableModel.of(SmallTask.network());
        TrainableModel teacher =
            TrainableModel.of(network.classifier(network.relu(x), SmallTask.CLASSES))) {
      assertThatThrownBy(() -> matching(model, teacher, 1))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("no activation of the model has the name");
    }
  }
}
