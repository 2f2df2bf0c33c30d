package dev.tuckerc.training.finetune;

import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// The loss of a classifier: cross-entropy with its labels, agreement with a teacher, or both.
final class Objective {
  /// Codes of libtorch's reductions.
  private static final long MEAN = 1;

  /// A label that libtorch passes over.
  private static final long IGNORED = -100;

  private Objective() {}

  /// @param scores `[N, classes]`
  /// @param labels `[N]`; empty where the data has none and only the teacher counts
  /// @param teacher scores of the teacher, `[N, classes]`
  static Tensor loss(
      Tensor scores, Optional<Tensor> labels, Optional<Tensor> teacher, Settings settings) {
    double share = settings.distillation();
    Optional<Tensor> agreement =
        teacher.map(t -> divergence(scores, t, settings.temperature()).mul(new Scalar(share)));
    Optional<Tensor> entropy =
        labels
            .filter(_ -> teacher.isEmpty() || share < 1)
            .map(l ->
                crossEntropy(scores, l, settings.labelSmoothing())
                    .mul(new Scalar(teacher.isEmpty() ? 1 : 1 - share)));
    return entropy
        .map(e -> agreement.map(e::add).orElse(e))
        .or(() -> agreement)
        .orElseThrow(() -> new IllegalArgumentException("neither labels nor a teacher"));
  }

  static Tensor crossEntropy(Tensor scores, Tensor labels, double smoothing) {
    return torch.cross_entropy_loss(scores, labels, new TensorOptional(), MEAN, IGNORED, smoothing);
  }

  /// `T^2 KL(softmax(teacher / T) || softmax(student / T))`, the mean over the samples (Hinton,
  /// Vinyals, Dean 2015).
  private static Tensor divergence(Tensor student, Tensor teacher, double temperature) {
    Scalar inverse = new Scalar(1 / temperature);
    Tensor log = torch.log_softmax(student.mul(inverse), 1);
    Tensor wanted = torch.log_softmax(teacher.mul(inverse), 1);
    Tensor each = wanted.exp().mul(wanted.sub(log)).sum(1);
    return each.mean().mul(new Scalar(temperature * temperature));
  }
}
