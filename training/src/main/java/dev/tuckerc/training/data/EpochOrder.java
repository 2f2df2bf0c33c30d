package dev.tuckerc.training.data;

import java.util.SplittableRandom;

/// The order of the samples in one epoch, and their division into batches and into the shares of
/// several workers. It depends on the seed and the epoch alone, so that a run that is resumed goes
/// on with the very samples it would have seen.
///
/// Samples that fill no whole batch are left out; the next epoch leaves out others.
///
/// @param samples in the data set
/// @param batch samples of a step, over all workers
/// @param rank this worker, from 0
/// @param workers how many there are; divides the batch
public record EpochOrder(int samples, int batch, int rank, int workers, long seed) {
  public EpochOrder {
    if (batch < 1 || batch > samples || batch % workers != 0 || rank < 0 || rank >= workers) {
      throw new IllegalArgumentException(
          "a batch of " + batch + " from " + samples + " samples for " + workers + " workers");
    }
  }

  /// Steps of an epoch.
  public int steps() {
    return samples / batch;
  }

  /// All samples in the order of an epoch.
  ///
  /// @param epoch from 0
  public int[] permutation(int epoch) {
    int[] order = new int[samples];
    SplittableRandom random = random(epoch);
    for (int i = 0; i < samples; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  /// This worker's samples of a step.
  int[] share(int[] permutation, int step) {
    int own = batch / workers;
    int first = step * batch + rank * own;
    return java.util.Arrays.copyOfRange(permutation, first, first + own);
  }

  /// What chance decides in an epoch.
  private SplittableRandom random(int epoch) {
    return new SplittableRandom(seed * 0x9E3779B97F4A7C15L + epoch);
  }

  /// What chance decides for one sample in an epoch.
  SplittableRandom random(int epoch, int sample) {
    return new SplittableRandom(
        (seed * 0x9E3779B97F4A7C15L + epoch) * 0xBF58476D1CE4E5B9L + sample);
  }
}
