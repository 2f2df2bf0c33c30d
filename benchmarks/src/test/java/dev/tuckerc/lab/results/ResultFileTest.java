package dev.tuckerc.lab.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResultFileTest {
  private static final Environment ENVIRONMENT =
      new Environment(
          Instant.parse("2026-01-31T23:59:59Z"),
          "0.1.0",
          "0123abc-dirty",
          new Environment.DeviceRecord(
              "cuda:1",
              false,
              "Example GPU (80 GB)",
              90,
              132,
              80_000_000_000L,
              Optional.of("1.2"),
              Optional.empty()),
          new Environment.Nvrtc("NVRTC 12.9", "shipped"),
          new Host("Example OS", "6.1", "Example CPU", 16, 1L << 37, "25"),
          List.of("Clocks", "  SM : 1980 MHz"));

  @TempDir Path folder;

  @Test
  void isReadAsItWasWritten() {
    Path file = ResultFile.write(folder.resolve("new"), "bench", ENVIRONMENT, data());
    assertThat(file).hasFileName("2026-01-31-bench-example-gpu-80-gb.json");
    assertThat(ResultFile.read(file)).isEqualTo(new ResultFile("bench", ENVIRONMENT, data()));
  }

  @Test
  void neverReplacesAResult() {
    Path first = ResultFile.write(folder, "bench", ENVIRONMENT, data());
    Path second = ResultFile.write(folder, "bench", ENVIRONMENT, Output.object());
    assertThat(second).hasFileName("2026-01-31-bench-example-gpu-80-gb-2.json");
    assertThat(ResultFile.read(first).data()).isEqualTo(data());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"format\" : 1|\"format\" : 2|field 'format' is 2 and this version reads 1",
        "\"format\" : 1|\"format\" : \"1\"|field 'format' is not a whole number",
        "\"kind\" : \"bench\"|\"kind\" : \"../x\"|field 'kind' is '../x'",
        "\"commit\"|\"comit\"|field 'environment.commit' is missing",
        "2026-01-31T|2026-13-31T|field 'environment.date' is '2026-13-31T23:59:59Z'",
        "\"computeCapability\" : 90|\"computeCapability\" : null"
            + "|field 'environment.device.computeCapability' is not a whole number",
        "\"emulated\" : false|\"emulated\" : 0"
            + "|field 'environment.device.emulated' is not true or false",
        "\"clocks\"|\"clock\"|field 'environment.clocks' is missing",
        "\"data\" :|\"data\" 7|line 32, column 10",
      })
  void saysWhatIsWrong(String text, String replacement, String message) throws IOException {
    Path file = ResultFile.write(folder, "bench", ENVIRONMENT, data());
    String content = Files.readString(file);
    assertThat(content).contains(text);
    Files.writeString(file, content.replace(text, replacement));
    assertThatThrownBy(() -> ResultFile.read(file))
        .isInstanceOfSatisfying(
            CliException.class, e -> assertThat(e.code()).isEqualTo(CliException.Code.CLI011))
        .hasMessageContaining(file.toString())
        .hasMessageContaining(message)
        .hasMessageContaining("it is no result of the laboratory");
  }

  @Test
  void refusesWhatIsNoObject() throws IOException {
    Path file = Files.writeString(folder.resolve("list.json"), "[1, 2]");
    assertThatThrownBy(() -> ResultFile.read(file)).hasMessageContaining("is not a JSON object");
    Path empty = Files.writeString(folder.resolve("empty.json"), "");
    assertThatThrownBy(() -> ResultFile.read(empty)).hasMessageContaining("is not a JSON object");
    assertThatThrownBy(() -> ResultFile.read(folder.resolve("missing.json")))
        .hasMessageContaining("no such file");
  }

  private static ObjectNode data() {
    ObjectNode data = Output.object();
    data.putArray("samples").add(1.5).add(2.5);
    return data;
  }
}
