package dev.tuckerc.training.data;

import dev.tuckerc.data.DataException;
import dev.tuckerc.data.Dataset;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// The batches of a training run, read and augmented by threads of their own, at most a few ahead.
public final class BatchStream implements AutoCloseable {
  /// Batches that may wait.
  private static final int AHEAD = 4;

  /// Samples that may be damaged.
  private static final int MOST_DAMAGED = 100;

  private final Dataset data;
  private final EpochOrder order;
  private final Augmentation augmentation;
  private final DamagedSamples damaged = new DamagedSamples(MOST_DAMAGED);
  private final ExecutorService threads;
  private final Deque<Future<Batch>> waiting = new ArrayDeque<>();
  private int[] permutation = new int[0];
  private int epoch;
  private int submitted;

  /// @param augmentation for pictures `[channels, height, width]`
  /// @param readers threads that read
  /// @throws DataException when the samples are no pictures but are to be augmented
  public BatchStream(Dataset data, EpochOrder order, Augmentation augmentation, int readers) {
    if (!augmentation.isIdentity() && data.sampleShape().size() != 3) {
      throw new DataException(
          "samples of shape "
              + data.sampleShape()
              + " are no pictures [channels, height, width]; leave out the augmentation");
    }
    this.data = data;
    this.order = order;
    this.augmentation = augmentation;
    this.threads = Executors.newFixedThreadPool(readers, Thread.ofPlatform().daemon().factory());
  }

  /// Starts an epoch.
  ///
  /// @param step the first to deliver
  public void start(int newEpoch, int step) {
    waiting.forEach(future -> future.cancel(true));
    waiting.clear();
    epoch = newEpoch;
    permutation = order.permutation(newEpoch);
    submitted = step;
  }

  /// The next batch of the epoch.
  ///
  /// @throws DataException when samples cannot be read
  public Batch next() {
    while (waiting.size() < AHEAD && submitted < order.steps()) {
      int[] samples = order.share(permutation, submitted++);
      int now = epoch;
      waiting.add(threads.submit(() -> batch(samples, now)));
    }
    try {
      return waiting.remove().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while reading samples", e);
    }
  }

  private Batch batch(int[] samples, int inEpoch) {
    List<Long> shape = new ArrayList<>(data.sampleShape());
    int size = Tensor.elementCount(shape);
    float[] values = new float[samples.length * size];
    boolean labelled = data.label(samples[0]).isPresent();
    long[] labels = new long[labelled ? samples.length : 0];
    for (int i = 0; i < samples.length; i++) {
      int sample = readable(samples[i], inEpoch, values, i * size);
      if (labelled) {
        labels[i] = data.label(sample).orElseThrow();
      }
    }
    shape.addFirst((long) samples.length);
    return new Batch(shape, values, labels);
  }

  /// Reads a sample, or where it is damaged one that chance chooses.
  private int readable(int wanted, int inEpoch, float[] values, int offset) {
    SplittableRandom random = order.random(inEpoch, wanted);
    int sample = wanted;
    while (true) {
      try {
        float[] read = data.samples(sample, 1).toFloats();
        if (augmentation.isIdentity()) {
          System.arraycopy(read, 0, values, offset, read.length);
        } else {
          List<Long> shape = data.sampleShape();
          augmentation.apply(
              read,
              shape.get(0).intValue(),
              shape.get(1).intValue(),
              shape.get(2).intValue(),
              random,
              values,
              offset);
        }
        return sample;
      } catch (DataException e) {
        damaged.add(sample, e);
        sample = random.nextInt(data.size());
      }
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
