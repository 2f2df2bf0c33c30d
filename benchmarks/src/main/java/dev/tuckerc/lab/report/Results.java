package dev.tuckerc.lab.report;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.Outcome;
import dev.tuckerc.lab.results.ResultLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Reads the lines of all results below a folder.
final class Results {
  private Results() {}

  /// A line with what its run began with.
  ///
  /// @param kind of the run, such as `bench`
  record Line(String kind, Environment environment, JsonNode node) {
    String name() {
      return node.path("name").asText();
    }

    Outcome outcome() {
      return Outcome.of(node.path("outcome").asText());
    }

    /// Whether it says something of a GPU: no time of an emulator and of CPU tensors does.
    boolean ofGpu() {
      return !environment.emulated();
    }
  }

  /// All lines, those of earlier runs first.
  ///
  /// @throws CliException naming the file and what is wrong with it
  static List<Line> read(Path folder) {
    List<Line> lines = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".jsonl")).sorted().toList()) {
        read(file, lines);
      }
    } catch (IOException e) {
      throw new CliException(
          Code.CLI002, folder + ": cannot be listed (" + e + "); name another with --results", e);
    }
    // Sorting is stable: lines of one run stay in order.
    lines.sort(Comparator.comparing(line -> line.environment().date()));
    return lines;
  }

  private static void read(Path file, List<Line> lines) {
    String kind = "";
    Environment environment = null;
    for (JsonNode node : ResultLog.read(file)) {
      try {
        if (node.has("environment")) {
          if (node.path("format").asInt() != ResultLog.FORMAT) {
            throw new IllegalStateException("format is not " + ResultLog.FORMAT);
          }
          kind = node.required("kind").asText();
          environment = Environment.fromJson(node.path("environment"));
        } else if (environment != null) {
          Line line = new Line(kind, environment, node);
          line.outcome();
          lines.add(line);
        }
      } catch (RuntimeException e) {
        throw new CliException(
            Code.CLI011, file + ": " + e.getMessage() + "; it is no result of the laboratory", e);
      }
    }
  }
}
