package dev.tuckerc.lab.predict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.lab.Lab;
import dev.tuckerc.lab.results.ResultFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictCommandTest {
  @TempDir Path folder;

  @Test
  void writesWhatTheModelSaysAndThatNothingWasMeasured() throws IOException {
    var out = new ByteArrayOutputStream();
    int exit =
        Lab.run(
            new String[] {
              "predict", "--models", "resnet20", "--target", "a100", "--out", folder.toString()
            },
            new PrintStream(out, true, StandardCharsets.UTF_8),
            System.err);
    assertThat(exit).isZero();
    Path file;
    try (Stream<Path> files = Files.list(folder)) {
      file = files.findFirst().orElseThrow();
    }
    ResultFile result = ResultFile.read(file);
    assertThat(result.kind()).isEqualTo("predict");
    assertThat(result.environment().device().emulated()).isTrue();
    assertThat(result.environment().device().name()).contains("A100");
    var models = result.data().path("models");
    // TDC has no ranks for ResNet-20.
    assertThat(models).hasSize(2);
    for (var model : models) {
      double predicted = model.path("predictedMicroseconds").asDouble();
      double floor = model.path("floorMicroseconds").path("microseconds").asDouble();
      assertThat(floor).isPositive().isLessThan(predicted);
    }
    assertThat(models.get(1).path("launches").asInt())
        .isGreaterThan(models.get(0).path("launches").asInt());
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("resnet20/fp16/fixed=0.5");
  }
}
