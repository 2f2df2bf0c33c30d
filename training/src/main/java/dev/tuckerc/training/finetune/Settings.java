package dev.tuckerc.training.finetune;

import dev.tuckerc.training.data.Augmentation;
import dev.tuckerc.training.model.Products;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/// How a model is trained.
///
/// @param epochs passes over the data
/// @param batch samples of a step, over all workers
/// @param rate the first learning rate
/// @param algorithm what moves the weights
/// @param momentum how much of the mean gradient stays in a step, 0 for none
/// @param weightDecay added to the gradient, times the weight; with Adam taken off the weight,
///   times the rate
/// @param products in what a step multiplies; epochs are judged in float32
/// @param clip the largest norm of all gradients together; longer ones are shortened to it (Pascanu
///   et al. 2013). Infinite for none
/// @param average what of the weights' running mean stays in a step ([WeightAverage]), for plain
///   training: the model becomes the mean; 0 for none
/// @param synchronizedStatistics whether batch normalisation takes the statistics of the whole
///   batch rather than of each worker's share
/// @param labelSmoothing share of the target that all classes get (Szegedy et al. 2016)
/// @param distillation share of the loss that is agreement with the teacher; 0 without one
/// @param temperature at which teacher and student are compared (Hinton et al. 2015)
/// @param seed of order and augmentation
/// @param readers threads that read samples
/// @param budget after which the run ends with the step it is in
public record Settings(
    int epochs,
    int batch,
    double rate,
    RateSchedule schedule,
    Algorithm algorithm,
    double momentum,
    double weightDecay,
    Products products,
    double clip,
    double average,
    boolean synchronizedStatistics,
    double labelSmoothing,
    double distillation,
    double temperature,
    Augmentation augmentation,
    long seed,
    int readers,
    Optional<Duration> budget) {

  /// What moves the weights.
  public enum Algorithm {
    /// Stochastic gradient descent with momentum.
    SGD,
    /// Adam with decoupled weight decay.
    ADAM
  }

  /// Usual values: 10 epochs of batches of 128 at rate 0.01, falling as a cosine, momentum 0.9.
  public static final Settings USUAL =
      new Settings(
          10,
          128,
          0.01,
          new RateSchedule.Cosine(),
          Algorithm.SGD,
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
          0,
          1,
          Optional.empty());

  /// The same settings for another phase.
  public Settings with(int newEpochs, double newRate) {
    return new Settings(
        newEpochs,
        batch,
        newRate,
        schedule,
        algorithm,
        momentum,
        weightDecay,
        products,
        clip,
        average,
        synchronizedStatistics,
        labelSmoothing,
        distillation,
        temperature,
        augmentation,
        seed,
        readers,
        budget);
  }

  /// The settings that decide the result, as text by name. A run is resumed with the same ones.
  SequencedMap<String, String> decisive() {
    SequencedMap<String, String> all = new LinkedHashMap<>();
    all.put("epochs", String.valueOf(epochs));
    all.put("batch", String.valueOf(batch));
    all.put("rate", String.valueOf(rate));
    all.put("schedule", String.valueOf(schedule));
    all.put("optimizer", String.valueOf(algorithm));
    all.put("momentum", String.valueOf(momentum));
    all.put("weight decay", String.valueOf(weightDecay));
    all.put("products", String.valueOf(products));
    all.put("clip", String.valueOf(clip));
    all.put("average", String.valueOf(average));
    all.put("synchronized statistics", String.valueOf(synchronizedStatistics));
    all.put("label smoothing", String.valueOf(labelSmoothing));
    all.put("distillation", distillation + " at " + temperature);
    all.put("augmentation", String.valueOf(augmentation));
    all.put("seed", String.valueOf(seed));
    return all;
  }
}
