package dev.tuckerc.training.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.data.DataException;
import dev.tuckerc.training.SmallTask;
import dev.tuckerc.training.data.Augmentation;
import dev.tuckerc.training.finetune.TrainingState.Progress;
import dev.tuckerc.training.model.HostTensors;
import dev.tuckerc.training.model.TrainableModel;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class MixupTest {
  private static final Settings MIXED =
      TrainerTest.settings(Settings.Algorithm.SGD, 8, 0.05, 0, Augmentation.parse("mixup"));

  @Test
  void samplesAndLabelsAreMixedAlike() {
    try (PointerScope _ = new PointerScope()) {
      Mixup mixup = new Mixup(0.25);
      Tensor samples = HostTensors.toTorch(List.of(3L, 1L), 8, 4, 0);
      assertThat(HostTensors.toHost(mixup.mix(samples, mixup.other(samples))).toFloats())
          .containsExactly(2, 4, 6);
      assertThat(HostTensors.toHost(mixup.prevalent(samples)).toFloats()).containsExactly(0, 4, 8);
    }
  }

  @Test
  void sharesAreThoseOfTheStepAndEvenlyDistributed() {
    double[] shares =
        IntStream.range(0, 1000)
            .mapToDouble(step -> Mixup.of(MIXED, new Progress(1, step, 0, 0)).share())
            .toArray();
    assertThat(shares).contains(Mixup.of(MIXED, new Progress(1, 7, 3, 4)).share());
    assertThat(IntStream.range(0, 1000).mapToDouble(i -> shares[i]).average().orElseThrow())
        .isCloseTo(0.5, within(0.05));
    assertThat(IntStream.range(0, 1000).filter(i -> shares[i] < 0.1).count()).isBetween(50L, 150L);
  }

  @Test
  void aNetworkLearnsFromMixedSamples() {
    TrainerTest.Log log = new TrainerTest.Log();
    try (TrainableModel model = TrainableModel.of(SmallTask.network());
        Trainer trainer =
            new Trainer(
                model,
                Optional.empty(),
                Method.NONE,
                MIXED,
                TrainerTest.samples(),
                Workers.ALONE,
                log)) {
      trainer.run(Optional.empty(), false, () -> false);
    }
    EpochRecord last = log.epochs.getLast();
    assertThat(last.testAccuracy().orElseThrow()).isGreaterThan(0.85);
    // A mixed sample cannot be told as surely as a plain one.
    assertThat(last.loss()).isGreaterThan(2 * last.testLoss().orElseThrow());
  }

  @Test
  void anAugmentationThatIsNotKnownIsRefused() {
    assertThat(Augmentation.parse("flip,crop=4,mixup")).isEqualTo(new Augmentation(true, 4, true));
    assertThatThrownBy(() -> Augmentation.parse("flip,mix"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("expected none, or some of flip, crop=PIXELS, mixup");
  }
}
