package dev.tuckerc.benchmarks;

import dev.tuckerc.data.ArrayDataset;
import dev.tuckerc.data.Dataset;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.training.finetune.EpochRecord;
import dev.tuckerc.training.finetune.Method;
import dev.tuckerc.training.finetune.Settings;
import dev.tuckerc.training.finetune.Trainer;
import dev.tuckerc.training.finetune.Workers;
import dev.tuckerc.training.model.Torch;
import dev.tuckerc.training.model.TrainableModel;
import dev.tuckerc.zoo.Zoo;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.bytedeco.javacpp.Pointer;

/// Times steps of a [Trainer] and of plain libtorch in turn, in one process, so that both meet the
/// same machine: ResNet-20, batches of 128. Prints the median of each, the ratio, and the memory of
/// the process over the run.
public final class TrainingStep {
  private static final int BATCH = 128;

  /// Steps before the first that counts.
  private static final int WARM_UP = 5;

  private TrainingStep() {}

  /// @param arguments steps to take (default: 60), threads (default: the machine's cores)
  public static void main(String[] arguments) {
    int steps = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 60;
    Torch.useThreads(
        arguments.length > 1
            ? Integer.parseInt(arguments[1])
            : Runtime.getRuntime().availableProcessors());
    Graph graph = Zoo.RESNET20.build(1, Zoo.ANY_BATCH);
    try (TrainableModel model = TrainableModel.of(graph)) {
      Turns turns = new Turns(new PlainResNet20(BATCH), steps);
      Settings settings = Settings.USUAL.with(steps, 0.01);
      try (Trainer trainer =
          new Trainer(
              model,
              Optional.empty(),
              Method.NONE,
              settings,
              new Trainer.Samples(pictures(), Optional.empty()),
              Workers.ALONE,
              turns)) {
        trainer.run(Optional.empty(), false, turns::done);
      }
      turns.print();
    }
  }

  /// Takes a step of plain libtorch after each of the trainer's.
  private static final class Turns implements Trainer.Listener {
    private final PlainResNet20 plain;
    private final int steps;
    private final List<Double> own = new ArrayList<>();
    private final List<Double> theirs = new ArrayList<>();
    private int taken;
    private long last = System.nanoTime();

    Turns(PlainResNet20 plain, int steps) {
      this.plain = plain;
      this.steps = steps;
    }

    boolean done() {
      return taken >= steps;
    }

    @Override
    public void step(int epoch, int step, int count, double loss, double accuracy, double rate) {
      long start = System.nanoTime();
      plain.step();
      long end = System.nanoTime();
      taken++;
      if (taken > WARM_UP) {
        own.add((start - last) / 1e6);
        theirs.add((end - start) / 1e6);
      }
      if (taken == WARM_UP || taken % 100 == 0 || taken == steps) {
        System.out.printf(
            Locale.ROOT,
            "step %d: %.0f MiB resident, %d native objects%n",
            taken,
            Pointer.physicalBytes() / 1048576.0,
            Pointer.totalCount());
      }
      last = System.nanoTime();
    }

    @Override
    public void epoch(EpochRecord epoch) {}

    void print() {
      System.out.printf(
          Locale.ROOT,
          "%d steps each: trainer %.1f ms, plain libtorch %.1f ms, ratio %.3f (medians)%n",
          own.size(),
          median(own),
          median(theirs),
          median(own) / median(theirs));
    }

    private static double median(List<Double> times) {
      return times.stream().sorted().toList().get(times.size() / 2);
    }
  }

  /// Eight batches of noise.
  private static Dataset pictures() {
    int size = 8 * BATCH;
    int pixels = 3 * 32 * 32;
    Random random = new Random(1);
    float[] values = new float[size * pixels];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    Tensor labels = Tensor.zeros(DataType.I64, List.of((long) size));
    for (int i = 0; i < size; i++) {
      labels.setLong(i, i % 10);
    }
    return new ArrayDataset(
        Tensor.ofFloats(List.of((long) size, 3L, 32L, 32L), values), Optional.of(labels));
  }
}
