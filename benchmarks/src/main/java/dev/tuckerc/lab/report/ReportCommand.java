package dev.tuckerc.lab.report;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.tensors.FilesIo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `lab report`: results as the README's table and as plots.
@Command(
    name = "report",
    description =
        "Turns the results in a folder into the README's table of figures, between the markers"
            + " '<!-- performance:begin -->' and '<!-- performance:end -->', and into SVG plots."
            + " Later results replace earlier ones of the same device. What is predicted is marked"
            + " so; times of the emulator are never used.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lab report",
      "  lab report --check",
      "  lab report --results tuckerc-results --readme REPORT.md --images images"
    })
public final class ReportCommand implements Callable<Integer> {
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
      names = "--images",
      paramLabel = "DIR",
      description = "Folder for the plots (default: docs/images of the sources).")
  private @Nullable Path images;

  @Option(
      names = "--check",
      description = "Write nothing; exit with 1 when the table or a plot is not up to date.")
  private boolean check;

  /// @param output where results and notes go
  public ReportCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    Path folder = results != null ? results : source("benchmarks/results", "--results");
    Path file = readme != null ? readme : source("README.md", "--readme");
    Path pictures = images != null ? images : source("docs/images", "--images");
    FilesIo.requireReadable(file);
    Results.Read read = Results.read(folder);
    read.notes().forEach(output::note);
    Map<Path, String> wanted = new LinkedHashMap<>();
    Map<String, String> links = new LinkedHashMap<>();
    read.devices().stream()
        .filter(device -> !device.own().isEmpty())
        .findFirst()
        .ifPresent(device -> {
          for (Plots.Plot plot : Plots.of(device)) {
            wanted.put(pictures.resolve(plot.file()), plot.svg());
            links.put(plot.caption(), link(file, pictures.resolve(plot.file())));
          }
        });
    String section = PerformanceText.of(read.devices(), links);
    wanted.put(file, Markers.replace(file, text(file), section));
    List<Path> gone =
        Plots.FILES.stream()
            .map(pictures::resolve)
            .filter(plot -> !wanted.containsKey(plot) && Files.exists(plot))
            .toList();
    return check ? check(wanted, gone) : write(wanted, gone, section);
  }

  private int check(Map<Path, String> wanted, List<Path> gone) {
    List<Path> stale = new ArrayList<>(gone);
    wanted.forEach((path, content) -> {
      if (!Files.exists(path) || !text(path).equals(content)) {
        stale.add(path);
      }
    });
    for (Path path : stale) {
      output.out().println("stale: " + path + "; run 'lab report'");
    }
    if (stale.isEmpty()) {
      output.out().println("up to date: " + wanted.size() + " files");
    }
    return stale.isEmpty() ? ExitCode.OK : ExitCode.MISMATCH;
  }

  private int write(Map<Path, String> wanted, List<Path> gone, String section) {
    wanted.forEach((path, content) -> {
      Path parent = path.toAbsolutePath().getParent();
      if (parent != null) {
        FilesIo.createFolder(parent);
      }
      FilesIo.writeAtomically(path, content.getBytes(StandardCharsets.UTF_8));
      output.note("wrote " + path);
    });
    for (Path path : gone) {
      try {
        Files.delete(path);
      } catch (IOException e) {
        throw FilesIo.unwritable(path, e);
      }
      output.note("removed " + path + ": there are no figures for it");
    }
    output.out().print(section);
    return ExitCode.OK;
  }

  private static String text(Path file) {
    return new String(FilesIo.readAll(file), StandardCharsets.UTF_8);
  }

  private static String link(Path from, Path to) {
    Path folder = from.toAbsolutePath().normalize().getParent();
    Path target = to.toAbsolutePath().normalize();
    return (folder == null ? target : folder.relativize(target)).toString().replace('\\', '/');
  }

  private static Path source(String path, String option) {
    String root = System.getProperty("tuckerc.root");
    if (root == null) {
      throw new CliException(
          Code.CLI001,
          "there are no sources here to look for " + path + "; name it with " + option);
    }
    return Path.of(root).resolve(path);
  }
}
