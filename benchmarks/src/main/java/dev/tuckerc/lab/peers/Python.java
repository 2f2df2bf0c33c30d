package dev.tuckerc.lab.peers;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.lab.results.ChildProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A Python interpreter that has numpy and PyTorch.
///
/// @param program its executable
/// @param torch version of PyTorch
public record Python(Path program, String torch) {
  /// Names the interpreter to use.
  public static final String VARIABLE = "TUCKERC_PYTHON";

  private static final Duration LIMIT = Duration.ofSeconds(120);
  private static final List<String> NAMES = List.of("python3", "python");
  private static final List<Path> FOLDERS =
      List.of(
          Path.of("/opt/conda/bin"),
          Path.of("/opt/venv/bin"),
          Path.of("/usr/local/bin"),
          Path.of("/usr/bin"));
  private static final String PROBE = "import numpy, torch; print('torch', torch.__version__)";

  /// The interpreter that the environment names, else the first one with PyTorch on the `PATH` or
  /// in the usual folders.
  ///
  /// @param environment variables: `TUCKERC_PYTHON` and `PATH`
  /// @throws CliException when there is none; the message tells what each candidate lacks
  public static Python find(Map<String, String> environment) {
    String named = environment.getOrDefault(VARIABLE, "");
    List<String> reasons = new ArrayList<>();
    for (Path candidate : named.isEmpty() ? candidates(environment) : Set.of(Path.of(named))) {
      var answer = ChildProcess.capture(candidate, List.of("-c", PROBE), LIMIT);
      if (answer.isEmpty()) {
        reasons.add(candidate + ": cannot be started");
        continue;
      }
      List<String> lines = answer.get().out().strip().lines().toList();
      String last = lines.isEmpty() ? "no answer" : lines.getLast();
      for (String line : lines) {
        if (answer.get().exit() == 0 && line.startsWith("torch ")) {
          return new Python(candidate, line.substring("torch ".length()));
        }
      }
      reasons.add(candidate + ": " + last);
    }
    throw new CliException(
        Code.CLI012,
        "no Python with numpy and PyTorch (%s); install them or name another with %s"
            .formatted(
                reasons.isEmpty() ? "no python3 on the PATH" : String.join("; ", reasons),
                VARIABLE));
  }

  private static Set<Path> candidates(Map<String, String> environment) {
    List<Path> folders = new ArrayList<>();
    for (String folder : environment.getOrDefault("PATH", "").split(":")) {
      if (!folder.isEmpty()) {
        folders.add(Path.of(folder));
      }
    }
    folders.addAll(FOLDERS);
    Set<Path> found = new LinkedHashSet<>();
    for (Path folder : folders) {
      for (String name : NAMES) {
        Path file = folder.resolve(name);
        if (Files.isRegularFile(file) && Files.isExecutable(file)) {
          found.add(file);
        }
      }
    }
    return found;
  }
}
