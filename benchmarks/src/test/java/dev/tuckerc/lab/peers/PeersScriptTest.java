package dev.tuckerc.lab.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With a shell script in place of the Python script.
class PeersScriptTest {
  private static final Path SHELL = Path.of("/bin/bash");

  @TempDir Path folder;

  private PeersScript script(String text) throws IOException {
    return new PeersScript(SHELL, Files.writeString(folder.resolve("script"), text));
  }

  @Test
  void passesOnProgressAndKeepsTheTable() throws IOException {
    // More on standard error than a pipe holds.
    PeersScript script =
        script("for i in {1..20000}; do echo \"step $i\" >&2; done; echo \"table $1\"; exit 1");
    List<String> progress = new ArrayList<>();
    PeersScript.Run run = script.run(List.of("of"), Double.POSITIVE_INFINITY, progress::add);
    assertThat(run.exit()).hasValue(1);
    assertThat(run.table()).isEqualTo("table of\n");
    assertThat(progress).hasSize(20000);
    assertThat(run.lastLine()).isEqualTo("step 20000");
  }

  @Test
  void isEndedAfterItsTime() throws IOException {
    PeersScript.Run run = script("echo begun >&2; exec sleep 60").run(List.of(), 0.5, line -> {});
    assertThat(run.exit()).isEmpty();
    assertThat(run.lastLine()).isEqualTo("begun");
  }
}
