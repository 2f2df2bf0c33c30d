package dev.tuckerc.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.lab.results.ResultLog;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands as a user runs them, on the emulator.
class LabTest {
  @TempDir private Path folder;

  private record Run(int exit, String out, String err) {}

  private Run lab(String... arguments) {
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

  private Run onEmulator(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    // A machine under load is slow, and no case here hangs.
    all.addAll(List.of("--device", "emulator", "--case-seconds", "300", "--out", "" + folder));
    return lab(all.toArray(String[]::new));
  }

  private List<JsonNode> lines(String kind) {
    return ResultLog.read(folder.resolve(kind + ".jsonl"));
  }

  @Test
  void verifiesAndGoesOnWhereItEnded() {
    Run run = onEmulator("verify", "--quick", "*/f16/*", "resnet20/*");
    assertThat(run.exit()).as(run.out() + run.err()).isEqualTo(ExitCode.OK);
    List<JsonNode> lines = lines("verify");
    assertThat(lines.getFirst().path("environment").path("emulated").asBoolean()).isTrue();
    assertThat(run.out()).contains("verify: " + (lines.size() - 1) + " done");
    for (JsonNode line : lines.subList(1, lines.size())) {
      assertThat(line.path("outcome").asText()).as(line.toString()).isEqualTo("done");
      assertThat(line.path("ofRange").asDouble()).isLessThan(0.02);
    }
    assertThat(lines.get(1).path("kernels").path(0).path("registers").asInt()).isPositive();
    assertThat(lines.getLast().path("name").asText()).isEqualTo("resnet20/fp16/fixed=0.5");
    Run again = onEmulator("verify", "--quick", "--resume", "*/f16/*", "resnet20/*");
    assertThat(again.out()).contains("verify: nothing to do");
    assertThat(lines("verify")).hasSameSizeAs(lines);
  }

  /// What `prepare` writes is what `verify` compares with, and it is not computed again.
  @Test
  void expectedOutputsAreThoseThatWerePrepared() throws Exception {
    Path expected = folder.resolve("expected");
    Run prepared =
        lab("prepare", "--quick", "--expected", expected.toString(), "resnet20/fp16/fixed=0.5");
    assertThat(prepared.exit()).as(prepared.err()).isEqualTo(ExitCode.OK);
    String[] verify = {"verify", "--quick", "--expected", expected.toString(), "resnet20/*"};
    assertThat(onEmulator(verify).exit()).isEqualTo(ExitCode.OK);
    assertThat(lines("verify").getLast().has("reference")).isFalse();
    Path outputs = expected.resolve("resnet20-tucker-fixed=0.5").resolve("outputs");
    try (var files = Files.list(outputs)) {
      Path file = files.findFirst().orElseThrow();
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length - 1] = 0x7e; // another exponent for the last number
      Files.write(file, bytes);
    }
    assertThat(onEmulator(verify).exit()).isEqualTo(ExitCode.MISMATCH);
  }

  @Test
  void measuresWithoutCallingItAGpus() {
    Run run = onEmulator("bench", "--quick", "--top", "2", "gemm.mma/f16/*", "resnet20/*");
    assertThat(run.exit()).as(run.out() + run.err()).isEqualTo(ExitCode.OK);
    List<JsonNode> lines = lines("bench");
    JsonNode kernel = lines.get(1);
    assertThat(kernel.path("candidates")).hasSize(2);
    assertThat(kernel.path("emulated").asBoolean()).isTrue();
    JsonNode model = lines.getLast();
    assertThat(model.path("network").asText()).isEqualTo("resnet20");
    for (JsonNode times : List.of(kernel.path("candidates").path(0), model)) {
      assertThat(times.path("cold").path("copies").asInt()).isEqualTo(2);
      assertThat(times.path("warm").path("copies").asInt()).isEqualTo(1);
      assertThat(times.path("cold").path("deviceMicroseconds").path("samples")).hasSize(2);
      assertThat(times.path("predictedMicroseconds").asDouble()).isPositive();
      assertThat(times.path("floorMicroseconds").path("stepsFrom").asText())
          .isIn("published", "estimated");
    }
    Run report = lab("report", "--results", folder.toString(), "--summary");
    assertThat(report.exit()).as(report.err()).isEqualTo(ExitCode.OK);
    assertThat(report.out())
        .contains("No time here was measured on a GPU")
        .contains("bench: 2 done")
        .doesNotContain("resnet20");
  }

  /// Every microbenchmark computes the right thing, and no time is taken for a GPU's.
  @Test
  void calibrationIsRehearsed() {
    Run run = onEmulator("calibrate");
    assertThat(run.exit()).as(run.out() + run.err()).isZero();
    List<JsonNode> lines = lines("calibrate");
    List<String> figures = new ArrayList<>();
    for (JsonNode line : lines.subList(1, lines.size())) {
      assertThat(line.path("outcome").asText()).as(line.toString()).isIn("done", "missing");
      line.path("readings").forEach(r -> figures.add(r.path("figure").asText()));
      line.path("readings").forEach(r -> assertThat(r.has("p50")).isFalse());
    }
    assertThat(figures)
        .contains("serialEdge", "programmaticEdge", "firstLoad", "storeLatency", "tensorPerClock")
        .contains("l2BytesPerClock", "l2Bandwidth", "dramBandwidth")
        .contains("barrier", "fmaPerClock", "mmaLatency", "clockGigahertz", "clusterExchange8");
    assertThat(Files.exists(folder.resolve("device.json"))).isFalse();
  }

  @Test
  void whatDoesNotFitTheTimeIsListed() {
    Run run = onEmulator("verify", "--quick", "--seconds", "0.001", "softmax/*");
    assertThat(run.exit()).as(run.err()).isEqualTo(ExitCode.OK);
    List<JsonNode> cases = lines("verify").stream().filter(line -> line.has("name")).toList();
    assertThat(cases)
        .hasSize(2)
        .allMatch(line -> line.path("outcome").asText().equals("left out"))
        .allMatch(line -> line.path("reason").asText().endsWith("no time was left"));
  }

  @Test
  void badOptionsAreRefused() {
    assertRefused("no case matches 'gemm.wgmma/*'", "verify", "gemm.wgmma/*");
    assertRefused("--top: must be at least 1, not -1", "bench", "--top", "-1");
    assertRefused("'sometimes'", "verify", "--emulate", "sometimes");
    assertRefused("write seconds above 0", "verify", "--seconds", "-3");
    assertRefused("'gtx1080' is none of [h200", "prepare", "--targets", "gtx1080", "softmax/*");
  }

  private void assertRefused(String message, String... arguments) {
    Run run = lab(arguments);
    assertThat(run.exit()).as(run.err()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains(message);
    assertThat(run.err().lines().filter(l -> l.contains("error"))).hasSize(1);
  }

  /// README.md holds what the results say.
  @Test
  void readmeIsUpToDate() {
    Run run = lab("report", "--check", "--results", "results", "--readme", "../README.md");
    assertThat(run.out()).isEqualTo("up to date\n");
  }
}
