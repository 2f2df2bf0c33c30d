package dev.tuckerc.cli.options;

import dev.tuckerc.cli.tensors.Comparison.Tolerance;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How far results may be from what is expected.
public final class ToleranceOption {
  @Option(
      names = "--rtol",
      paramLabel = "R",
      description = "Tolerance relative to the expected element (default: 1e-3).")
  private @Nullable Double rtol;

  @Option(
      names = "--atol-of-range",
      paramLabel = "A",
      description =
          "Tolerance relative to the largest expected magnitude (default: 1e-4, for fp16 2e-2).")
  private @Nullable Double atolOfRange;

  /// Whether any was given.
  public boolean given() {
    return rtol != null || atolOfRange != null;
  }

  /// Those given, in the place of a default's.
  ///
  /// @throws dev.tuckerc.cli.console.CliException for one that is no tolerance
  public Tolerance with(Tolerance base) {
    return base.with(rtol, atolOfRange);
  }

  /// The options as they were written.
  public List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    if (rtol != null) {
      arguments.addAll(List.of("--rtol", rtol.toString()));
    }
    if (atolOfRange != null) {
      arguments.addAll(List.of("--atol-of-range", atolOfRange.toString()));
    }
    return arguments;
  }
}
