package dev.tuckerc.training.finetune;

import dev.tuckerc.training.checkpoint.Checkpoint;
import dev.tuckerc.training.checkpoint.CheckpointException;
import dev.tuckerc.training.model.HostTensors;
import dev.tuckerc.training.model.Parameter;
import dev.tuckerc.training.model.TrainableModel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;

/// Everything that a step changes, by name: what a checkpoint holds.
final class TrainingState {
  private static final String PROGRESS = "progress ";

  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private final SequencedMap<String, String> settings;

  /// @param further tensors beside those of model, method and optimizer, by name
  TrainingState(
      TrainableModel model,
      Method method,
      Optimizer optimizer,
      Map<String, Tensor> further,
      Settings settings) {
    for (Parameter parameter : model.parameters()) {
      tensors.put("model/" + parameter.name(), parameter.tensor());
    }
    method.parameters().forEach(own -> tensors.put("method/" + own.name(), own.tensor()));
    method.state().forEach((name, tensor) -> tensors.put("state/" + name, tensor));
    tensors.putAll(optimizer.state());
    tensors.putAll(further);
    this.settings = settings.decisive();
  }

  /// How far a run is.
  ///
  /// @param epoch the next step's, from 0
  /// @param step the next step within it, from 0
  /// @param loss sum over the steps of the epoch so far
  /// @param correct samples of these that were classified right
  record Progress(int epoch, int step, double loss, long correct) {
    static final Progress START = new Progress(0, 0, 0, 0);
  }

  void write(Path file, Progress progress) {
    SequencedMap<String, String> properties = new LinkedHashMap<>(settings);
    properties.put(PROGRESS + "epoch", String.valueOf(progress.epoch()));
    properties.put(PROGRESS + "step", String.valueOf(progress.step()));
    properties.put(PROGRESS + "loss", Double.toHexString(progress.loss()));
    properties.put(PROGRESS + "correct", String.valueOf(progress.correct()));
    Map<String, dev.tuckerc.tensor.Tensor> held = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> held.put(name, HostTensors.toHost(tensor)));
    new Checkpoint(properties, held).write(file);
  }

  /// Takes over what a file holds.
  ///
  /// @throws CheckpointException when it is of another model or of a run with other settings
  Progress read(Path file) {
    Checkpoint checkpoint = Checkpoint.read(file);
    settings.forEach((name, value) -> {
      String had = checkpoint.property(name);
      if (!had.equals(value)) {
        throw new CheckpointException(
            file
                + ": the run was started with "
                + name
                + " "
                + had
                + ", not "
                + value
                + "; resume it with the same settings");
      }
    });
    if (!checkpoint.tensors().keySet().equals(tensors.keySet())) {
      throw new CheckpointException(
          file + ": is of another model or method; resume with those it was started with");
    }
    tensors.forEach((name, tensor) -> {
      dev.tuckerc.tensor.Tensor held = Objects.requireNonNull(checkpoint.tensors().get(name));
      if (held.size() != tensor.numel()) {
        throw new CheckpointException(
            file + ": '" + name + "' has another shape; resume with the model it was started with");
      }
      HostTensors.copy(held, tensor);
    });
    return new Progress(
        Integer.parseInt(checkpoint.property(PROGRESS + "epoch")),
        Integer.parseInt(checkpoint.property(PROGRESS + "step")),
        Double.parseDouble(checkpoint.property(PROGRESS + "loss")),
        Long.parseLong(checkpoint.property(PROGRESS + "correct")));
  }
}
