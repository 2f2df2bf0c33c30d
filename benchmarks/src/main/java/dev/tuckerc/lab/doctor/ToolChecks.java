package dev.tuckerc.lab.doctor;

import dev.tuckerc.lab.results.ChildProcess;
import dev.tuckerc.lab.results.CudaTools;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Programs that single steps of the laboratory need: Python with PyTorch, NVIDIA's tools.
final class ToolChecks {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /// Prints one line `name version`, or `name - reason`, for each package.
  private static final String PYTHON_PACKAGES =
      """
      import importlib
      for name in ("numpy", "torch", "triton"):
          try:
              print(name, importlib.import_module(name).__version__)
          except Exception as e:
              print(name, "-", type(e).__name__ + ":", str(e).splitlines()[0] if str(e) else "")
      try:
          import torch
          print("cuda", torch.version.cuda if torch.cuda.is_available() else "- torch sees no GPU")
          print("cudnn", torch.backends.cudnn.version() or "- not in this build of torch")
      except Exception:
          pass
      """;

  private ToolChecks() {}

  static List<Check> all() {
    List<Check> checks = new ArrayList<>(python());
    checks.add(tool("compute-sanitizer", "--version"));
    checks.add(tool("nsys", "--version"));
    checks.add(tool("ncu", "--version"));
    checks.add(tool("nvidia-smi", "--version"));
    return checks;
  }

  private static List<Check> python() {
    Optional<Path> python = interpreter();
    if (python.isEmpty()) {
      return List.of(
          Check.missing("python3", "not on the PATH; TUCKERC_PYTHON names one. peers needs it"));
    }
    List<Check> checks = new ArrayList<>();
    checks.add(
        Check.useful("python3", () -> python.get() + ": " + firstLine(python.get(), "--version")));
    ChildProcess.capture(python.get(), List.of("-c", PYTHON_PACKAGES), LIMIT)
        .filter(result -> result.exit() == 0)
        .ifPresent(result -> result.out().lines().map(ToolChecks::packageOf).forEach(checks::add));
    return checks;
  }

  private static Optional<Path> interpreter() {
    String named = System.getenv().getOrDefault("TUCKERC_PYTHON", "");
    return named.isEmpty() ? ChildProcess.find("python3") : Optional.of(Path.of(named));
  }

  /// A line that the Python text printed.
  static Check packageOf(String line) {
    String[] parts = line.split(" ", 3);
    if (parts.length >= 2 && !parts[1].equals("-")) {
      return Check.fact("python " + parts[0], line.substring(parts[0].length() + 1));
    }
    return Check.missing("python " + parts[0], parts.length > 2 ? parts[2] : "not known");
  }

  private static Check tool(String name, String argument) {
    Optional<Path> program = CudaTools.find(name);
    return program
        .map(path -> Check.useful(name, () -> path + ": " + firstLine(path, argument)))
        .orElseGet(() -> Check.missing(name, "neither " + CudaTools.PLACES));
  }

  private static String firstLine(Path program, String argument) {
    return ChildProcess.capture(program, List.of(argument), LIMIT)
        .map(result ->
            result.out().lines().filter(line -> !line.isBlank()).findFirst().orElse("no answer"))
        .orElse("no answer");
  }
}
