package dev.tuckerc.training.finetune;

import dev.tuckerc.data.Dataset;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.training.data.Batch;
import dev.tuckerc.training.model.HostTensors;
import dev.tuckerc.training.model.Products;
import dev.tuckerc.training.model.TrainableModel;
import dev.tuckerc.training.model.TrainableModel.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.global.torch;

/// A model that scores classes: one input, the first output a row of scores for each sample.
final class Classifier {
  private static final int TEST_BATCH = 100;

  private final TrainableModel model;
  private final Value scores;
  private final Value input;

  /// @throws TrainingException when the model is no classifier, or its batch is fixed
  Classifier(TrainableModel model) {
    this.model = model;
    List<Value> inputs = model.source().inputs();
    if (inputs.size() != 1) {
      throw new TrainingException(
          "the model has " + inputs.size() + " inputs; only models of one input can be trained");
    }
    this.input = inputs.getFirst();
    if (input.shape().rank() < 2 || input.shape().dim(0) instanceof Dim.Known) {
      throw new TrainingException(
          "the model's input '"
              + input.name()
              + "' is "
              + input.type()
              + ", its batch fixed; export it with an open batch (a dynamic first axis)");
    }
    this.scores = model.scores();
    if (scores.shape().rank() < 2) {
      throw new TrainingException(
          "the model's first output " + scores.type() + " holds no scores for each sample");
    }
  }

  TrainableModel model() {
    return model;
  }

  /// A batch as the model takes it.
  org.bytedeco.pytorch.Tensor input(Batch batch) {
    List<Long> shape = new ArrayList<>(List.of((long) batch.count()));
    Shape wanted = input.shape();
    for (int axis = 1; axis < wanted.rank(); axis++) {
      shape.add(
          wanted.dim(axis) instanceof Dim.Known(long extent) || batch.shape().size() <= axis
              ? wanted.dim(axis).extent()
              : batch.shape().get(axis));
    }
    if (Tensor.elementCount(shape) != batch.values().length) {
      throw new TrainingException(
          "samples of shape "
              + batch.shape().subList(1, batch.shape().size())
              + " do not fit the model's input '"
              + input.name()
              + "', "
              + input.type());
    }
    return HostTensors.toTorch(shape, batch.values());
  }

  /// The scores `[N, classes]` of a batch.
  ///
  /// @param replaced tensors in the place of weights
  org.bytedeco.pytorch.Tensor scores(
      org.bytedeco.pytorch.Tensor samples,
      Mode mode,
      Products products,
      Map<Value, org.bytedeco.pytorch.Tensor> replaced) {
    return evaluate(samples, mode, products, replaced, List.of()).getFirst();
  }

  /// The scores `[N, classes]` of a batch, and further values of the model.
  List<org.bytedeco.pytorch.Tensor> evaluate(
      org.bytedeco.pytorch.Tensor samples,
      Mode mode,
      Products products,
      Map<Value, org.bytedeco.pytorch.Tensor> replaced,
      List<Value> further) {
    List<Value> wanted = new ArrayList<>(List.of(scores));
    wanted.addAll(further);
    List<org.bytedeco.pytorch.Tensor> results =
        new ArrayList<>(model.evaluate(List.of(samples), mode, products, replaced, wanted));
    results.set(0, results.getFirst().reshape(samples.size(0), -1));
    return results;
  }

  /// @param labels classes; @param classes how many the model scores
  static org.bytedeco.pytorch.Tensor labels(long[] labels, long classes) {
    for (long label : labels) {
      if (label < 0 || label >= classes) {
        throw new TrainingException(
            "a sample has class " + label + ", but the model scores " + classes + " classes");
      }
    }
    return torch.tensor(labels);
  }

  /// How many of the samples have their highest score at their label.
  static long correct(org.bytedeco.pytorch.Tensor scores, org.bytedeco.pytorch.Tensor labels) {
    org.bytedeco.pytorch.Tensor best =
        torch.argmax(scores, new org.bytedeco.pytorch.LongOptional(1), false);
    return best.eq(labels).sum().item_long();
  }

  /// What a data set shows of a model.
  ///
  /// @param loss mean cross-entropy
  /// @param accuracy top-1, 0 to 1
  record Judgement(double loss, double accuracy) {}

  /// Judges the model at inference.
  ///
  /// @param weights tensors in the place of weights
  Judgement judge(Dataset data, Map<Value, org.bytedeco.pytorch.Tensor> weights) {
    double loss = 0;
    long correct = 0;
    for (int first = 0; first < data.size(); first += TEST_BATCH) {
      int count = Math.min(TEST_BATCH, data.size() - first);
      try (PointerScope _ = new PointerScope();
          NoGradGuard _ = new NoGradGuard()) {
        Tensor samples = data.samples(first, count);
        long[] classes = new long[count];
        for (int i = 0; i < count; i++) {
          classes[i] = data.label(first + i).orElseThrow();
        }
        Batch batch = new Batch(samples.shape(), samples.toFloats(), classes);
        org.bytedeco.pytorch.Tensor scored =
            scores(input(batch), Mode.INFERENCE, Products.FP32, weights);
        org.bytedeco.pytorch.Tensor labels = labels(classes, scored.size(1));
        loss += Objective.crossEntropy(scored, labels, 0).item_float() * count;
        correct += correct(scored, labels);
      }
    }
    return new Judgement(loss / data.size(), (double) correct / data.size());
  }
}
