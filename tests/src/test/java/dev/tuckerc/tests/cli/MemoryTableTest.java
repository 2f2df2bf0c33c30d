package dev.tuckerc.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.tests.CommandRun;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The four plans of `--optimize memory`.
class MemoryTableTest {
  @TempDir static Path folder;

  @BeforeAll
  static void makeModel() throws IOException {
    SmallConvolution.write(folder.resolve("m.onnx"), SmallConvolution.model("conv", "x", "y", "z"));
  }

  private static String table(String text) {
    return text.lines()
        .dropWhile(line -> !line.startsWith("plan "))
        .reduce("", (all, line) -> all + line + "\n");
  }

  @Test
  void compilePrintsTheTableThatDecomposePrints() {
    String options = " --optimize memory --ranks fixed=0.5";
    CommandRun compiled = CommandRun.of(folder, "compile {m.onnx} -o {m.bundle}" + options);
    CommandRun decomposed = CommandRun.of(folder, "decompose {m.onnx}" + options);

    assertThat(compiled.exit()).as(compiled.err()).isZero();
    assertThat(table(compiled.out()))
        .isEqualTo(table(decomposed.out()))
        .containsSubsequence("dense", "decomposed", "+ skips", "+ skips, fusion");
  }

  @Test
  void aModelThatIsNotDecomposedHasOneTooAndAPlanForTimeHasNone() {
    String compile = "compile {m.onnx} -o {m.bundle}";

    assertThat(table(CommandRun.of(folder, compile + " --optimize memory").out()))
        .containsSubsequence("dense", "decomposed", "+ skips", "+ skips, fusion");
    assertThat(table(CommandRun.of(folder, compile).out())).isEmpty();
  }
}
