package dev.tuckerc.lab.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.cli.console.CliException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabProcessTest {
  private final List<String> out = Collections.synchronizedList(new ArrayList<>());
  private final List<String> err = Collections.synchronizedList(new ArrayList<>());

  @Test
  void reportsOutputExitCodeAndTheLastError() {
    LabProcess.Ended ended =
        shell(
            60,
            "echo one; echo 'tuckerc: error DEV001: first' >&2;"
                + " echo 'tuckerc: error CLI012: missing; install it' >&2; exit 4");
    assertThat(out).containsExactly("one");
    assertThat(err).hasSize(2);
    assertThat(ended.exit()).isEqualTo(4);
    assertThat(ended.pastLimit()).isFalse();
    assertThat(ended.error()).hasValue(new LabProcess.Error("CLI012", "missing; install it"));
  }

  @Test
  void endsAProcessAndItsChildrenAtTheLimit() {
    LabProcess.Ended ended = shell(0.5, "sleep 300 & sleep 300");
    assertThat(ended.pastLimit()).isTrue();
    assertThat(ended.seconds()).isLessThan(30);
    assertThat(ended.exit()).isNotZero();
  }

  @Test
  void startsALabOfItsOwn() {
    LabProcess.Ended ended =
        LabProcess.run(LabProcess.commandLine(List.of("--version")), 60, out::add, err::add);
    assertThat(ended.exit()).isZero();
    assertThat(out.getFirst()).startsWith("tuckerc ");
  }

  @Test
  void aProgramThatIsMissingIsNamed() {
    assertThatThrownBy(() -> LabProcess.run(List.of("/no/such/program"), 1, out::add, err::add))
        .isInstanceOf(CliException.class)
        .hasMessageContaining("/no/such/program: cannot be started");
  }

  private LabProcess.Ended shell(double seconds, String script) {
    return LabProcess.run(List.of("/bin/sh", "-c", script), seconds, out::add, err::add);
  }
}
