package dev.tuckerc.lab.all;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.lab.Lab;
import dev.tuckerc.lab.results.ResultFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Steps that are quick everywhere; the kit's own test runs the others.
class AllCommandTest {
  @TempDir Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @AfterEach
  void forgetTheCompilerNamed() {
    System.clearProperty(NvrtcCompiler.LIBRARY_PROPERTY);
  }

  @Test
  void saysWhatCameOfEachStep() {
    int exit = lab("all", "--device", "emulator", "--skip", "verify,bench", "--budget", "100");
    assertThat(exit).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8).lines().map(line -> line.replaceAll(" +", " ")))
        .anyMatch(line -> line.matches("ok NVRTC NVRTC 12\\.9 .*"))
        .anyMatch(line ->
            line.matches(
                "doctor done [0-9.]+ (100\\.0|9[0-9]\\.[0-9]) \\S+-doctor-ptx-emulator.json"))
        .contains("calibrate left out 0.0 0.0 needs a GPU", "verify left out 0.0 0.0 --skip");
    ResultFile result = ResultFile.read(file("all"));
    assertThat(result.environment().device().emulated()).isTrue();
    assertThat(result.data().path("steps"))
        .extracting(step -> step.path("step").textValue())
        .containsExactly("doctor", "calibrate", "verify", "bench", "peers", "sanitize");
    JsonNode doctor = result.data().path("steps").path(0);
    assertThat(doctor.path("outcome").textValue()).isEqualTo("done");
    assertThat(doctor.path("files").path(0).textValue())
        .isEqualTo(String.valueOf(file("doctor").getFileName()));
  }

  @Test
  void goesOnAfterAStepThatFailsAndTellsByTheExitCode() {
    String skipped = "calibrate,verify,peers,sanitize";
    int exit =
        lab(
            "all",
            "--device",
            "emulator",
            "--quick",
            "--skip",
            skipped,
            "--budget",
            "40",
            "--nvrtc",
            folder.resolve("missing.so").toString());
    assertThat(exit).isEqualTo(4);
    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(lines).anyMatch(line -> line.startsWith("doctor     failed "));
    assertThat(lines)
        .anyMatch(line -> line.startsWith("bench      failed ") && line.contains("missing.so"));
  }

  @Test
  void refusesAStepThatItDoesNotKnow() {
    assertThat(lab("all", "--skip", "benchmark")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("CLI001").contains("--skip");
  }

  private int lab(String... args) {
    String[] all =
        Stream.concat(Stream.of(args), Stream.of("--out", folder.toString()))
            .toArray(String[]::new);
    return Lab.run(
        all,
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private Path file(String kind) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().contains("-" + kind + "-"))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
