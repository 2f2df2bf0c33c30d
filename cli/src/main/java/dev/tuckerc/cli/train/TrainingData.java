package dev.tuckerc.cli.train;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.samples.ModelData;
import dev.tuckerc.cli.tensors.InputValues.Wanted;
import dev.tuckerc.data.DataSource;
import dev.tuckerc.data.Dataset;
import dev.tuckerc.data.Split;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.training.finetune.Trainer.Samples;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/// The data sets of a training run, in the shape, layout and type that the model takes.
final class TrainingData {
  private TrainingData() {}

  /// @param graph of one input
  /// @throws CliException when data cannot be read or does not fit the model
  static Samples read(TrainOptions options, Graph graph) {
    if (graph.inputs().size() != 1) {
      throw new CliException(
          Code.CLI013,
          options.model()
              + ": the model has "
              + graph.inputs().size()
              + " inputs; only models of one can be trained");
    }
    Value input = graph.inputs().getFirst();
    Wanted wanted =
        new Wanted(
            input.name(),
            input.type().elementType(),
            input.shape().dims().stream()
                .map(dim -> dim instanceof Dim.Known(long extent) ? extent : 1L)
                .toList());
    Dataset training =
        read("--data", options.data(), Split.TRAINING, options.count(), options, wanted);
    Optional<Dataset> test =
        options
            .test()
            .or(() ->
                DataSource.parse(options.data()).kind().hasSplits()
                    ? Optional.of(options.data())
                    : Optional.empty())
            .map(text -> read("--test", text, Split.TEST, options.testCount(), options, wanted));
    test.filter(set -> set.label(0).isEmpty())
        .ifPresent(_ -> {
          throw new CliException(
              Code.CLI013, "--test " + options.test().orElse(options.data()) + ": has no labels");
        });
    return new Samples(training, test);
  }

  private static Dataset read(
      String option, String source, Split split, int most, TrainOptions options, Wanted wanted) {
    ModelData data =
        ModelData.read(
            option, List.of(source), options.preprocessing(), split, most, List.of(wanted));
    return new Dataset() {
      @Override
      public int size() {
        return data.size();
      }

      @Override
      public List<Long> sampleShape() {
        return wanted.shape().subList(1, wanted.shape().size());
      }

      @Override
      public Tensor samples(int first, int count) {
        return Objects.requireNonNull(data.batch(first, count, count).get(wanted.name()));
      }

      @Override
      public OptionalInt label(int sample) {
        return data.label(sample);
      }
    };
  }
}
