package dev.tuckerc.training.finetune;

import dev.tuckerc.training.finetune.TrainingState.Progress;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/// The sums of two samples each that one step learns from: every sample of a batch with the one as
/// far from the end, a share of each (mixup, Zhang et al. 2018, with a share from the even
/// distribution). With a teacher they are samples that the data does not have (Beyer et al. 2022).
///
/// @param share of a sample's own; 1 where nothing is mixed
record Mixup(double share) {
  /// That of a step, the same whenever the step is taken.
  static Mixup of(Settings settings, Progress progress) {
    return new Mixup(
        settings.augmentation().mixup()
            ? new SplittableRandom(
                    (settings.seed() * 0x9E3779B97F4A7C15L + progress.epoch()) * 0xBF58476D1CE4E5B9L
                        + progress.step())
                .nextDouble()
            : 1);
  }

  /// The mixed samples, or their mixed losses.
  Tensor mix(Tensor own, Tensor other) {
    return share == 1 ? own : own.mul(new Scalar(share)).add(other.mul(new Scalar(1 - share)));
  }

  /// What is mixed into samples, or their labels.
  Tensor other(Tensor samples) {
    return share == 1 ? samples : samples.flip(0);
  }

  /// Labels of the greater shares.
  Tensor prevalent(Tensor labels) {
    return share >= 0.5 ? labels : other(labels);
  }
}
