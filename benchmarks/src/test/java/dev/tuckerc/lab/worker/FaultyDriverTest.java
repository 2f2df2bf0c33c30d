package dev.tuckerc.lab.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.lab.Lab;
import dev.tuckerc.lab.results.ResultLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `lab verify` on a driver whose kernels hang and fault: every other case's result is there.
class FaultyDriverTest {
  @TempDir private Path folder;

  private int run(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile());
    builder.environment().put("LD_LIBRARY_PATH", folder.toString());
    builder.environment().put("FAULTY_HANGS", "softmax");
    builder.environment().put("FAULTY_STICKS", "reduce");
    return builder.start().waitFor();
  }

  private boolean compiled() throws InterruptedException {
    Path standIn = Path.of("../runtime/src/test/native/fake_cuda.c").toAbsolutePath();
    try {
      return run(
              List.of(
                  "cc",
                  "-shared",
                  "-fPIC",
                  "-DSTAND_IN=\"" + standIn + "\"",
                  "-o",
                  folder.resolve("libcuda.so.1").toString(),
                  "src/test/native/faulty_cuda.c"))
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void hangsAndStickyErrorsCostNoOtherCase() throws IOException, InterruptedException {
    assumeTrue(compiled(), "there is no C compiler for the stand-in driver");
    int exit =
        run(
            ChildProcess.java(
                Lab.class,
                List.of(
                    "verify",
                    "--device",
                    "cuda",
                    "--quick",
                    "--case-seconds",
                    "8",
                    "--out",
                    folder.toString(),
                    "pointwise/*",
                    "softmax/f16/*",
                    "reduce/f16/*",
                    "map/*")));
    List<JsonNode> lines = ResultLog.read(folder.resolve("verify.jsonl"));
    assertThat(lines.getFirst().path("environment").path("device").asText()).startsWith("Fake");
    assertThat(
            lines.stream()
                .skip(1)
                .collect(
                    Collectors.toMap(
                        line -> line.path("name").asText().replaceFirst("/[^/]*$", ""),
                        line -> line.path("outcome").asText())))
        .containsEntry("softmax/f16", "hung")
        .containsEntry("reduce/f16", "failed")
        // The stand-in computes nothing, so what is there is wrong; but it is there.
        .containsEntry("pointwise/f32", "differs")
        .containsEntry("pointwise/f16", "differs")
        .containsEntry("map/f32", "differs")
        .containsEntry("map/f16", "differs");
    assertThat(exit).isEqualTo(ExitCode.MISMATCH);
  }
}
