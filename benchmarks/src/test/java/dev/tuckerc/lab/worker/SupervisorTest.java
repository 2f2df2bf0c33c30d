package dev.tuckerc.lab.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.lab.results.Outcome;
import dev.tuckerc.lab.results.ResultLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever one case does, the line of every other case is in the file.
class SupervisorTest {
  @TempDir private Path folder;

  private final List<String> notes = new ArrayList<>();

  private List<JsonNode> run(List<String> arguments, Deadline deadline, String... cases) {
    ResultLog log = new ResultLog(folder, "test");
    try (Supervisor supervisor =
        new Supervisor(
            FaultyWorker.class, arguments, Duration.ofSeconds(4), deadline, log, notes::add)) {
      supervisor.run(
          List.of(cases),
          line -> // Written before anyone is told.
          assertThat(ResultLog.read(log.file()).getLast()).isEqualTo(line));
    }
    return ResultLog.read(log.file());
  }

  private static List<String> outcomes(List<JsonNode> lines) {
    return lines.stream()
        .filter(line -> line.has("name"))
        .map(line -> line.path("name").asText() + " " + line.path("outcome").asText())
        .toList();
  }

  @Test
  void aHangACrashAndAStickyErrorCostNoOtherCase() {
    List<JsonNode> lines =
        run(List.of(), Deadline.NONE, "a", "sticky", "b", "hang", "c", "crash", "d", "differs");
    assertThat(lines.getFirst().path("environment").path("device").asText()).isEqualTo("Faulty");
    assertThat(outcomes(lines))
        .containsExactly(
            "a done",
            "sticky failed",
            "b done",
            "hang hung",
            "c done",
            "crash crashed",
            "d done",
            "differs differs");
    assertThat(lines.get(2).path("reason").asText()).contains("illegal memory access");
    assertThat(lines.get(4).path("reason").asText()).isEqualTo("ended after 4 s");
    assertThat(lines.get(6).path("reason").asText()).contains("exit code 134").contains("SIGSEGV");
    // The process is replaced after each fault, and only then.
    assertThat(
            lines.stream()
                .map(line -> line.path("process").asLong())
                .filter(process -> process > 0)
                .distinct())
        .hasSize(4);
    assertThat(notes)
        .anyMatch(note -> note.matches("hung +hang \\(4\\.\\d+ s\\): ended after 4 s"));
  }

  @Test
  void aMachineThatLosesCaseAfterCaseIsGivenUp() {
    assertThat(outcomes(run(List.of("dead"), Deadline.NONE, "a", "b", "c", "d")))
        .containsExactly("a crashed", "b crashed", "c crashed", "d left out");
    List<JsonNode> lines = ResultLog.read(folder.resolve("test.jsonl"));
    assertThat(lines.getFirst().path("reason").asText()).contains("there is no such device");
    assertThat(lines.getLast().path("reason").asText()).contains("the 3 cases before it failed");
  }

  @Test
  void whatHasNoTimeLeftIsNamed() {
    assertThat(outcomes(run(List.of(), Deadline.in(2), "a", "hang", "b")))
        .containsExactly("a done", "hang left out", "b left out");
  }

  @Test
  void exitCodes() {
    assertThat(Outcome.exitOf(List.of(Outcome.DONE, Outcome.LEFT_OUT, Outcome.MISSING)))
        .isEqualTo(ExitCode.OK);
    assertThat(Outcome.exitOf(List.of(Outcome.DONE, Outcome.HUNG))).isEqualTo(ExitCode.DEVICE);
    assertThat(Outcome.exitOf(List.of(Outcome.DIFFERS, Outcome.CRASHED)))
        .isEqualTo(ExitCode.MISMATCH);
  }
}
