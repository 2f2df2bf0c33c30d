package dev.tuckerc.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.lab.results.ResultFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `lab verify` and `lab bench` on the emulator, as commands.
class VerifyAndBenchTest {
  @TempDir Path folder;

  /// What a command did.
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

  private ResultFile result(String kind) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found =
          files.filter(f -> String.valueOf(f.getFileName()).contains("-" + kind + "-")).toList();
      assertThat(found).hasSize(1);
      return ResultFile.read(found.getFirst());
    }
  }

  @Test
  void verifiesTheQuickSubset() throws IOException {
    Run run =
        lab("verify", "--device", "emulator", "--quick", "--out", folder.toString(), "--quiet");
    assertThat(run.exit()).as(run.err()).isEqualTo(ExitCode.OK);
    assertThat(run.out()).contains("15 verified, 0 of them differ").contains("gemm.mma");
    JsonNode data = result("verify").data();
    assertThat(data.path("comparison").asText()).isEqualTo("two-way, no GPU");
    assertThat(data.path("architecture").asText()).isEqualTo("sm_90");
    assertThat(data.path("results")).hasSize(15);
    for (JsonNode each : data.path("results")) {
      assertThat(each.path("verdict").asText()).isEqualTo("AGREE");
      assertThat(each.path("gpu").path("status").asText()).isEqualTo("not run");
      assertThat(each.path("emulator").path("status").asText()).isEqualTo("agrees");
      JsonNode kernel = each.path("kernels").path(0);
      assertThat(kernel.path("resources").path("registers").asInt()).isPositive();
      assertThat(kernel.path("predicted").path("microseconds").asDouble()).isPositive();
      boolean model = each.path("group").asText().equals("model");
      assertThat(kernel.path("counted").path("bytes").asLong() > 0).isEqualTo(!model);
    }
  }

  @Test
  void measuresTheQuickSubsetWithoutCallingItAGpus() throws IOException {
    Run run =
        lab(
            "bench",
            "--device",
            "emulator",
            "--quick",
            "--kernels",
            "*/f16/*",
            "--top",
            "2",
            "--out",
            folder.toString(),
            "--quiet");
    assertThat(run.exit()).as(run.err()).isEqualTo(ExitCode.OK);
    assertThat(run.out()).contains("host time of the emulator, which says nothing of a GPU");
    JsonNode data = result("bench").data();
    assertThat(data.path("emulated").asBoolean()).isTrue();
    assertThat(data.has("choice")).isFalse();
    assertThat(data.path("kernels")).hasSize(7);
    for (JsonNode kernel : data.path("kernels")) {
      assertThat(kernel.has("choice")).isFalse();
      for (JsonNode candidate : kernel.path("candidates")) {
        assertThat(candidate.path("predictedMicroseconds").asDouble()).isPositive();
        assertThat(candidate.path("predictedOfMeasured").isNull()).isTrue();
        for (String way : List.of("graph", "resident", "stream")) {
          JsonNode times = candidate.path(way).path("deviceMicroseconds");
          assertThat(times.path("samples")).hasSize(2);
          assertThat(times.path("p50").asDouble())
              .isBetween(times.path("min").asDouble(), times.path("p99").asDouble());
        }
      }
    }
    JsonNode model = data.path("models").path(0);
    assertThat(model.path("network").asText()).isEqualTo("resnet20");
    assertThat(model.path("launches").asInt()).isPositive();
    assertThat(model.path("graph").path("copies").asInt()).isEqualTo(2);
    assertThat(model.path("floorMicroseconds").path("microseconds").asDouble()).isPositive();
  }

  @Test
  void whatDoesNotFitTheBudgetIsListed() throws IOException {
    Run run =
        lab(
            "verify",
            "--device",
            "emulator",
            "--quick",
            "--budget",
            "1e-6",
            "--out",
            folder.toString(),
            "--quiet");
    assertThat(run.exit()).as(run.err()).isEqualTo(ExitCode.OK);
    JsonNode data = result("verify").data();
    assertThat(data.path("results")).isEmpty();
    assertThat(data.path("budget").path("leftOut")).hasSize(15);
    assertThat(run.out())
        .contains("left out for lack of time: gemm.mma/f16/conv-11x7-13to17-k3")
        .contains("left out for lack of time: resnet20/fp16/fixed=0.5");
  }

  @Test
  void badOptionsAreRefused() {
    assertRefused(
        "--kernels: no case matches 'gemm.wgmma/*'", "verify", "--kernels", "gemm.wgmma/*");
    assertRefused(
        "--models: there is no network 'alexnet'; name all, none, or some of resnet18",
        "bench",
        "--models",
        "alexnet");
    assertRefused("--candidates: must be at least 1, not 0", "verify", "--candidates", "0");
    assertRefused("--top: must be at least 1, not -1", "bench", "--top", "-1");
    assertRefused("'sometimes'", "verify", "--emulate", "sometimes");
    assertRefused(
        "--target: 'gtx1080' is neither",
        "verify",
        "--device",
        "emulator",
        "--quick",
        "--architecture",
        "gtx1080");
    assertRefused("--budget: -3.0 is no time", "verify", "--budget", "-3");
  }

  private void assertRefused(String message, String... arguments) {
    Run run = lab(arguments);
    assertThat(run.exit()).as(run.err()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains(message);
    assertThat(run.err().lines().filter(l -> l.contains("error"))).hasSize(1);
  }
}
