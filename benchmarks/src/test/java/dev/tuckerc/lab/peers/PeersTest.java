package dev.tuckerc.lab.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.lab.Lab;
import dev.tuckerc.lab.results.ChildProcess;
import dev.tuckerc.lab.results.ResultFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The Python script itself, as far as this machine has Python, numpy and torch.
class PeersTest {
  private static final Path SCRIPTS = scripts();
  private static final Duration LIMIT = Duration.ofMinutes(5);

  @TempDir Path folder;

  private static Path scripts() {
    Path here = Path.of("peers").toAbsolutePath();
    return Files.isDirectory(here) ? here : Path.of("benchmarks/peers").toAbsolutePath();
  }

  private static Optional<Path> withTorch() {
    try {
      return Optional.of(Python.find(System.getenv()).program());
    } catch (CliException e) {
      return Optional.empty();
    }
  }

  @Test
  void theScriptsOwnTestsPass() {
    Optional<Path> python = withTorch().or(() -> ChildProcess.find("python3"));
    assumeThat(python).as("python3, which the script's tests need").isPresent();
    String old = "import sys; sys.exit(sys.version_info < (3, 9))";
    boolean current =
        ChildProcess.capture(python.get(), List.of("-c", old), LIMIT).orElseThrow().exit() == 0;
    assumeThat(current).as(python.get() + " is of version 3.9 or newer").isTrue();
    ChildProcess.Result result =
        ChildProcess.capture(
                python.get(),
                List.of(
                    "-B", "-m", "unittest", "discover", "-v", "-s", SCRIPTS.resolve("tests") + ""),
                LIMIT)
            .orElseThrow();
    assertThat(result.exit()).as(result.out()).isZero();
    assertThat(result.out()).containsPattern("Ran [1-9][0-9]* tests");
    result.out().lines().filter(line -> line.contains("skipped")).forEach(System.out::println);
  }

  @Test
  void agreesWithTheReferenceOnTheSameModels() throws IOException {
    assumeThat(withTorch()).as("a Python with numpy and torch").isPresent();
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int exit =
        Lab.run(
            new String[] {
              "peers",
              "--device=emulator",
              "--models=resnet20",
              "--ranks=fixed=0.5",
              "--samples=2",
              "--precisions=fp32",
              "--only=*stream",
              "--tiny",
              "--script=" + SCRIPTS.resolve("peers.py"),
              "--out=" + folder
            },
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    assertThat(exit).as(err.toString(StandardCharsets.UTF_8)).isZero();
    Path file;
    try (Stream<Path> files = Files.list(folder)) {
      file = files.findFirst().orElseThrow();
    }
    ResultFile result = ResultFile.read(file);
    assertThat(result.kind()).isEqualTo("peers");
    assertThat(result.environment().device().emulated()).isTrue();
    var models = result.data().path("models");
    assertThat(models).hasSize(2);
    assertThat(models.get(0).path("ranks").isNull()).isTrue();
    assertThat(models.get(1).path("ranks").textValue()).isEqualTo("fixed=0.5");
    for (var model : models) {
      assertThat(model.path("variants")).isNotEmpty();
      for (var variant : model.path("variants")) {
        var verdict = variant.path("outputs").path(0);
        assertThat(verdict.path("reference").textValue()).endsWith("outputs");
        assertThat(verdict.path("agrees").booleanValue()).isTrue();
        assertThat(verdict.path("ofRange").doubleValue()).isLessThan(1e-5);
      }
    }
    assertThat(result.data().path("layers")).hasSizeGreaterThan(50);
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("resnet20 fixed=0.5");
  }
}
