package dev.tuckerc.lab.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.cli.console.CliException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With shell scripts in place of interpreters.
class PythonTest {
  @TempDir Path folder;

  private Path program(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }

  @Test
  void passesOverInterpretersWithoutTorch() throws IOException {
    Path bare =
        program("a/python3", "echo \"ModuleNotFoundError: No module named 'torch'\" >&2; exit 1");
    Path good = program("b/python3", "echo 'a warning'; echo torch 2.9.1");
    Python python = Python.find(Map.of("PATH", bare.getParent() + ":" + good.getParent()));
    assertThat(python).isEqualTo(new Python(good, "2.9.1"));
  }

  @Test
  void aNamedOneIsUsedOrComplainedAbout() throws IOException {
    Path bare =
        program("python", "echo \"ModuleNotFoundError: No module named 'numpy'\" >&2; exit 1");
    assertThatThrownBy(
            () -> Python.find(Map.of(Python.VARIABLE, bare.toString(), "PATH", "/nowhere")))
        .isInstanceOf(CliException.class)
        .hasMessageContaining(bare + ": ModuleNotFoundError: No module named 'numpy'")
        .hasMessageContaining("name another with TUCKERC_PYTHON");
    assertThatThrownBy(() -> Python.find(Map.of(Python.VARIABLE, "/nowhere/python")))
        .isInstanceOf(CliException.class)
        .hasMessageContaining("/nowhere/python: cannot be started");
  }
}
