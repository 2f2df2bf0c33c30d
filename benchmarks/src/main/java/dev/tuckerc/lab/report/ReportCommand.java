package dev.tuckerc.lab.report;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.lab.report.Results.Line;
import dev.tuckerc.lab.results.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `lab report`: results as the README's table, or as a summary.
@Command(
    name = "report",
    description =
        "Turns the results below a folder into the README's section between the markers '"
            + Markers.BEGIN
            + "' and '"
            + Markers.END
            + "'. Later results replace earlier ones of the same device. What is predicted is"
            + " marked so; times of the emulator are never used.",
    footerHeading = "%nExamples:%n",
    footer = {"  lab report", "  lab report --check", "  lab report --results slot --summary"})
public final class ReportCommand implements Callable<Integer> {
  /// The largest summary.
  static final int SUMMARY_BYTES = 10_000;

  private static final int MOST_TROUBLES = 30;
  private static final int MOST_SURPRISES = 10;

  private final Output output;

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description = "Folder of results (default: benchmarks/results of the sources).")
  private @Nullable Path results;

  @Option(
      names = "--readme",
      paramLabel = "FILE.md",
      description = "File with the markers (default: README.md of the sources).")
  private @Nullable Path readme;

  @Option(
      names = "--check",
      description = "Write nothing; exit with 1 when the section is not up to date.")
  private boolean check;

  @Option(
      names = "--summary",
      description =
          "Write nothing; print the section with what failed and the predictions that were furthest"
              + " off, in at most 10 KB.")
  private boolean summary;

  /// @param output where results and notes go
  public ReportCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    List<Line> lines = Results.read(results != null ? results : source("benchmarks/results"));
    if (summary) {
      output.out().print(shortened(summary(lines)));
      return ExitCode.OK;
    }
    Path file = readme != null ? readme : source("README.md");
    String before = new String(FilesIo.readAll(file), StandardCharsets.UTF_8);
    String after = Markers.replace(file, before, PerformanceText.of(lines));
    if (check) {
      boolean current = before.equals(after);
      output.out().println(current ? "up to date" : "stale: " + file + "; run 'lab report'");
      return current ? ExitCode.OK : ExitCode.MISMATCH;
    }
    FilesIo.writeAtomically(file, after.getBytes(StandardCharsets.UTF_8));
    output.out().println("wrote " + file);
    return ExitCode.OK;
  }

  static String summary(List<Line> lines) {
    StringBuilder text = new StringBuilder(PerformanceText.of(lines));
    text.append("\nCases by kind and outcome:\n");
    Map<String, Map<Outcome, Long>> counts =
        lines.stream()
            .collect(
                Collectors.groupingBy(
                    Line::kind,
                    TreeMap::new,
                    Collectors.groupingBy(Line::outcome, TreeMap::new, Collectors.counting())));
    counts.forEach((kind, outcomes) ->
        text.append("  ")
            .append(kind)
            .append(": ")
            .append(
                outcomes.entrySet().stream()
                    .map(e -> e.getValue() + " " + e.getKey().word())
                    .collect(Collectors.joining(", ")))
            .append('\n'));
    List<Line> surprises =
        lines.stream()
            .filter(line -> line.ofGpu() && line.kind().equals("bench"))
            .filter(line -> line.outcome() == Outcome.DONE)
            .sorted(Comparator.comparingDouble(line -> -Math.abs(Math.log(ratio(line)))))
            .limit(MOST_SURPRISES)
            .toList();
    if (!surprises.isEmpty()) {
      text.append("\nPredictions that were furthest off (predicted by measured):\n");
      surprises.forEach(line -> text.append("  %.2f  %s%n".formatted(ratio(line), line.name())));
    }
    List<Line> troubles =
        lines.stream()
            .filter(line -> line.outcome() == Outcome.DIFFERS || line.outcome().spoilsProcess())
            .toList();
    text.append("\n").append(troubles.size()).append(" cases differ, failed or hung:\n");
    for (Line line : troubles.subList(0, Math.min(MOST_TROUBLES, troubles.size()))) {
      String reason = line.node().path("reason").asText();
      text.append(
          "  %s %s %s: %s%n"
              .formatted(
                  line.kind(),
                  line.outcome().word(),
                  line.name(),
                  reason.substring(0, Math.min(200, reason.length())).replace('\n', ' ')));
    }
    return text.toString();
  }

  private static double ratio(Line line) {
    JsonNode node = line.node();
    JsonNode predicted =
        node.has("candidates")
            ? node.path("candidates").path(0).path("predictedMicroseconds")
            : node.path("predictedMicroseconds");
    return predicted.asDouble() / node.path("measuredMicroseconds").asDouble();
  }

  private static String shortened(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return bytes.length <= SUMMARY_BYTES
        ? text
        : new String(bytes, 0, SUMMARY_BYTES - 40, StandardCharsets.UTF_8) + "\n[cut off]\n";
  }

  private static Path source(String path) {
    String root = System.getProperty("tuckerc.root");
    if (root == null) {
      throw new CliException(
          Code.CLI001, "there are no sources here; name folders with --results and --readme");
    }
    return Path.of(root).resolve(path);
  }
}
