package dev.tuckerc.cli.train;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.training.finetune.Settings;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What a model learns from another one.
final class DistillationOptions {
  @Option(
      names = "--distill",
      paramLabel = "SHARE",
      description =
          "Share of the loss that is agreement with a teacher's scores; with 1 no labels are"
              + " needed (default: 0).")
  private double share;

  @Option(
      names = "--teacher",
      paramLabel = "MODEL.onnx",
      description = "The teacher (default: the model as it is before training).")
  private @Nullable Path teacher;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "At which scores are compared (default: 4).")
  private double temperature = Settings.USUAL.temperature();

  @Option(
      names = "--match-features",
      paramLabel = "W",
      description =
          "Weight of the distance of activations from the teacher's of the same names, in plain"
              + " training; for factors of the teacher's layers (default: 0).")
  private double features;

  double share() {
    return share;
  }

  double temperature() {
    return temperature;
  }

  double features() {
    return features;
  }

  /// The model to learn from; empty where none is wanted.
  ///
  /// @param model the one that is trained, as it is before
  Optional<Path> teacher(Path model) {
    return share > 0 ? Optional.of(teacher == null ? model : teacher) : Optional.empty();
  }

  /// @throws CliException for values that do not fit
  void check() {
    TrainOptions.require(teacher == null || share > 0, "--teacher has no effect without --distill");
    TrainOptions.require(share >= 0 && share <= 1, "--distill: " + share + " is not from 0 to 1");
    TrainOptions.require(
        features == 0 || share > 0,
        "--match-features has no effect without --distill and its --teacher");
    TrainOptions.require(
        features >= 0 && Double.isFinite(features),
        "--match-features: " + features + " is not 0 or more");
    TrainOptions.require(temperature > 0, "--temperature: " + temperature + " is not positive");
  }
}
