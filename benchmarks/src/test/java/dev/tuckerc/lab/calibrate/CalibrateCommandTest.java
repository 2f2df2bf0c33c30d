package dev.tuckerc.lab.calibrate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuckerc.cost.Figure;
import dev.tuckerc.lab.Lab;
import dev.tuckerc.lab.calibrate.micro.Microbenchmarks;
import dev.tuckerc.lab.results.ResultFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The command as a user runs it, on the emulator.
class CalibrateCommandTest {

  private static final Set<Figure> LIMITS =
      Set.of(
          Figure.COMPUTE_CAPABILITY,
          Figure.MULTIPROCESSORS,
          Figure.REGISTERS,
          Figure.SHARED_PER_MULTIPROCESSOR,
          Figure.SHARED_PER_BLOCK,
          Figure.THREADS,
          Figure.BLOCKS,
          Figure.L2_BYTES);

  private record Run(int exit, String out, String err) {}

  private static Run run(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exit =
        Lab.run(
            arguments,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return new Run(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /// Everything runs, every kernel computes the right thing, and no time is taken for a GPU's.
  @Test
  void emulatorChecksEverythingAndWritesNoDeviceFile(@TempDir Path folder) throws IOException {
    Run run = run("calibrate", "--device", "emulator", "--out", folder.toString());
    assertThat(run.exit()).as(run.out() + run.err()).isZero();
    assertThat(run.out()).contains("EMULATED: kernels were checked by what they compute");
    List<Path> files;
    try (Stream<Path> found = Files.walk(folder)) {
      files = found.filter(Files::isRegularFile).toList();
    }
    assertThat(files).hasSize(1);
    ResultFile result = ResultFile.read(files.getFirst());
    assertThat(result.kind()).isEqualTo("calibrate");
    assertThat(result.environment().device().emulated()).isTrue();
    JsonNode data = result.data();
    assertThat(data.path("emulated").asBoolean()).isTrue();
    assertThat(data.path("deviceFile").isNull()).isTrue();
    assertThat(data.path("note").asText()).contains("say nothing of a GPU");
    assertThat(data.path("figures")).isEmpty();
    List<String> names = new ArrayList<>();
    Set<String> figures = new TreeSet<>();
    for (JsonNode one : data.path("microbenchmarks")) {
      names.add(one.path("name").asText());
      assertThat(one.path("status").asText()).as(one.toString()).isEqualTo("checked");
      assertThat(one.path("readings")).isEmpty();
      one.path("figures").forEach(figure -> figures.add(figure.asText()));
    }
    // Every figure that is not a limit of the device is measured by one of them.
    Set<String> expected = new TreeSet<>();
    for (Figure figure : Figure.values()) {
      if (!LIMITS.contains(figure)) {
        expected.add(figure.key());
      }
    }
    assertThat(figures).isEqualTo(expected);
    assertThat(names).isEqualTo(Microbenchmarks.all().stream().map(b -> b.name()).toList());
  }

  @Test
  void withoutTimeEverythingIsListedAsLeftOut(@TempDir Path folder) throws IOException {
    Run run =
        run(
            "calibrate",
            "--device",
            "emulator",
            "--budget",
            "0.001",
            "--json",
            "--out",
            folder.toString());
    assertThat(run.exit()).as(run.out() + run.err()).isZero();
    assertThat(run.out()).contains("\"left-out\"");
    try (Stream<Path> found = Files.list(folder)) {
      JsonNode leftOut =
          ResultFile.read(found.findFirst().orElseThrow()).data().path("budget").path("leftOut");
      assertThat(leftOut.size()).isEqualTo(Microbenchmarks.all().size());
    }
  }
}
