package dev.tuckerc.cli.train;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.training.finetune.Settings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options of the training that follows when a method has changed the model.
final class FinetuneOptions {
  /// Of a method's rate, for factors in the place of dense weights; see docs/training.md.
  static final double OF_FACTORS = 0.1;

  @Option(
      names = "--finetune-epochs",
      paramLabel = "N",
      description =
          "Epochs for what the method leaves (factors, coefficients); 0 for none (default: those of"
              + " --epochs).")
  private @Nullable Integer epochs;

  @Option(
      names = "--finetune-rate",
      paramLabel = "R",
      description =
          "Learning rate of these (default: a tenth of --rate for factors, which turn that much"
              + " faster than a dense weight; --rate for coefficients).")
  private @Nullable Double rate;

  /// @throws CliException for values that cannot be
  void check() {
    if (epochs != null && epochs < 0 || rate != null && !(rate > 0)) {
      throw new CliException(
          Code.CLI001, "--finetune-epochs must not be negative, --finetune-rate must be positive");
    }
  }

  /// @param method settings of the method's own epochs
  /// @param share of its rate that is the usual one
  Settings after(Settings method, double share) {
    return method.with(
        epochs == null ? method.epochs() : epochs, rate == null ? share * method.rate() : rate);
  }
}
