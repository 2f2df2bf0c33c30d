package dev.tuckerc.lab.peers;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.lab.process.LabProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/// The script `peers.py`, run by an interpreter.
///
/// @param python runs it
/// @param script the file
record PeersScript(Path python, Path script) {
  private static final String KIT = "tuckerc.kit";
  private static final String ROOT = "tuckerc.root";

  /// What a run gave.
  ///
  /// @param exit its exit code; empty when it ran past its time and was ended
  /// @param table its standard output
  /// @param lastLine the last line of its standard error
  record Run(OptionalInt exit, String table, String lastLine) {}

  /// The script beside the kit or the sources that this process was started from.
  static Path locate() {
    List<Path> candidates = new ArrayList<>();
    addProperty(candidates, KIT, "peers/peers.py");
    addProperty(candidates, ROOT, "benchmarks/peers/peers.py");
    for (Path candidate : candidates) {
      if (Files.isRegularFile(candidate)) {
        return candidate;
      }
    }
    throw new CliException(
        Code.CLI012,
        "peers.py was not found (looked at %s); name it with --script"
            .formatted(candidates.isEmpty() ? "no folder, none is known" : candidates));
  }

  private static void addProperty(List<Path> candidates, String property, String file) {
    String folder = System.getProperty(property);
    if (folder != null) {
      candidates.add(Path.of(folder).resolve(file));
    }
  }

  /// Runs it to its end.
  ///
  /// @param limitSeconds it is ended after this time; infinite for none
  /// @param progress takes each line of its standard error
  Run run(List<String> arguments, double limitSeconds, Consumer<String> progress) {
    // -B: no .pyc files, for the kit's folder may be read-only. -u: progress at once.
    List<String> command =
        new ArrayList<>(List.of(python.toString(), "-B", "-u", script.toString()));
    command.addAll(arguments);
    StringBuilder table = new StringBuilder();
    AtomicReference<String> last = new AtomicReference<>("");
    LabProcess.Ended ended =
        LabProcess.run(
            command,
            limitSeconds,
            line -> table.append(line).append('\n'),
            line -> {
              if (!line.isBlank()) {
                progress.accept(line);
                last.set(line);
              }
            });
    return new Run(
        ended.pastLimit() ? OptionalInt.empty() : OptionalInt.of(ended.exit()),
        table.toString(),
        String.valueOf(last.get()));
  }
}
