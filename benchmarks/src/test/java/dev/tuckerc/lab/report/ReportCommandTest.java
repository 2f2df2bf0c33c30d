package dev.tuckerc.lab.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.lab.Lab;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The results in the resources are made up; their device is called "Example GPU".
class ReportCommandTest {
  @TempDir Path folder;

  private Path results = Path.of("");
  private Path readme = Path.of("");
  private Path images = Path.of("");

  private record Ran(int exit, String out, String err) {}

  @BeforeEach
  void copyResources() throws IOException {
    results = Files.createDirectory(folder.resolve("results"));
    images = folder.resolve("images");
    readme = folder.resolve("README.md");
    try (Stream<Path> files = Files.list(resource("results"))) {
      for (Path file : files.toList()) {
        Files.copy(file, results.resolve(Objects.requireNonNull(file.getFileName())));
      }
    }
    Files.copy(resource("readme-before.md"), readme);
  }

  @Test
  void writesTheTableAndThePlots() throws IOException {
    Ran ran = report();
    assertThat(ran.exit()).as(ran.err()).isZero();
    assertThat(readme).hasSameTextualContentAs(resource("expected/readme-after.md"));
    for (String file : Plots.FILES) {
      assertThat(images.resolve(file)).hasSameTextualContentAs(resource("expected/images/" + file));
    }
    assertThat(ran.err()).contains("g-bench-emulated.json: not of a GPU, its times are left aside");
  }

  @Test
  void knowsWhetherAllIsUpToDate() throws IOException {
    assertThat(report("--check").exit()).isEqualTo(1);
    assertThat(images).doesNotExist();
    report();
    assertThat(report("--check").exit()).isZero();
    Files.delete(results.resolve("d-peers.json"));
    Ran stale = report("--check");
    assertThat(stale.exit()).isEqualTo(1);
    assertThat(stale.out())
        .contains("stale: " + readme)
        .contains("stale: " + images.resolve("performance-ratio.svg"))
        .doesNotContain("performance-prediction.svg");
  }

  @Test
  void predictionsAloneAreSaidToBeThat() throws IOException {
    report();
    for (String file : List.of("b-bench-old", "c-bench", "d-peers", "e-verify", "f-calibrate")) {
      Files.delete(results.resolve(file + ".json"));
    }
    Ran ran = report();
    assertThat(ran.exit()).isZero();
    String text = Files.readString(readme);
    assertThat(text)
        .contains("**No time here was measured on a GPU.**")
        .contains("No peer was measured on this device yet.")
        .contains(
            "| ResNet-18 | tdc | 90.0 µs *predicted* | 70.0 µs *predicted* | 1.29x *predicted*");
    for (String line : text.lines().filter(l -> l.contains(" µs")).toList()) {
      assertThat(line.split(" µs", -1)).hasSameSizeAs(line.split(" µs \\*predicted\\*", -1));
    }
    // A plot of an earlier report that has no figures any more goes.
    assertThat(images.resolve("performance-prediction.svg")).doesNotExist();
    assertThat(Files.readString(images.resolve("performance-ratio.svg"))).contains("(predicted)");
  }

  @Test
  void withoutResultsItSaysSo() throws IOException {
    try (Stream<Path> files = Files.list(results)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    assertThat(report().exit()).isZero();
    assertThat(readme).content().contains("There are no results yet.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "c-bench.json|\"p50\": 100|\"p50\": -1|models[0].graph.deviceMicroseconds.p50' is -1.0, not a time above 0",
        "c-bench.json|\"network\"|\"net\"|'data.models[0].network' is missing",
        "c-bench.json|\"measuredMicroseconds\": 3.0|\"measuredMicroseconds\": \"3\"|'data.kernels[0].measuredMicroseconds' is not a number",
        "d-peers.json|\"best\"|\"beste\"|'data.models[0].best' is missing",
        "a-predict.json|\"memory\": 9|\"memory\": 0|'data.models[0].floorMicroseconds.memory' is 0.0",
        "e-verify.json|\"comparison\": \"three-way\",||'data.comparison' is missing",
        "a-predict.json|\"format\": 1|\"format\": 7|field 'format' is 7",
        "a-predict.json|{|{{|line 1, column 2"
      })
  void damagedResultsAreOneClearError(String file, String from, String to, String message)
      throws IOException {
    Path path = results.resolve(file);
    String text = Files.readString(path);
    assertThat(text).contains(from);
    Files.writeString(
        path,
        text.replaceFirst(
            java.util.regex.Pattern.quote(from),
            java.util.regex.Matcher.quoteReplacement(to == null ? "" : to)));
    Ran ran = report();
    assertThat(ran.exit()).isEqualTo(2);
    assertThat(ran.err()).contains("CLI011").contains(file).contains(message);
    assertThat(readme).hasSameTextualContentAs(resource("readme-before.md"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "no marker|has no line '<!-- performance:begin -->'",
        "<!-- performance:begin -->|has no line '<!-- performance:end -->'",
        "<!-- performance:end --> <!-- performance:begin -->|comes before",
        "<!-- performance:begin --> <!-- performance:begin --> <!-- performance:end -->|more than once"
      })
  void theMarkersMustBeThere(String text, String message) throws IOException {
    Files.writeString(readme, text);
    Ran ran = report();
    assertThat(ran.exit()).isEqualTo(2);
    assertThat(ran.err()).contains(readme.toString()).contains(message);
    assertThat(images).doesNotExist();
  }

  @Test
  void theProjectsOwnReportIsUpToDate() {
    Path root = Path.of("").toAbsolutePath().resolveSibling("");
    Path sources = Files.exists(root.resolve("README.md")) ? root : root.resolve("..");
    Ran ran =
        run(
            "report",
            "--check",
            "--results",
            sources.resolve("benchmarks/results").toString(),
            "--readme",
            sources.resolve("README.md").toString(),
            "--images",
            sources.resolve("docs/images").toString());
    assertThat(ran.exit())
        .as("run 'benchmarks/lab.sh report':%n%s%s", ran.out(), ran.err())
        .isZero();
  }

  private Ran report(String... more) {
    List<String> arguments =
        Stream.concat(
                Stream.of(
                    "report",
                    "--results",
                    results.toString(),
                    "--readme",
                    readme.toString(),
                    "--images",
                    images.toString()),
                Stream.of(more))
            .toList();
    return run(arguments.toArray(String[]::new));
  }

  private static Ran run(String... arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int exit =
        Lab.run(
            arguments,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return new Ran(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static Path resource(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(ReportCommandTest.class.getResource(name), name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
