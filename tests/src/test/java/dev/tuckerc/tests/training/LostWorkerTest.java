package dev.tuckerc.tests.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.tests.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Processes that train together, one of which is killed outright.
@Timeout(120)
class LostWorkerTest {
  private static final String TRAINING =
      "train finetune {dense.onnx} -o {tuned.onnx} --data npy:{x.npy},{y.npy} --batch 6"
          + " --epochs 100000 --rate 0.0001 --threads 1 --checkpoint {checkpoint} --sync-batch-norm";

  @TempDir Path folder;

  @Test
  void allEndWithOneMessageAndTheCheckpointIsUsable() throws Exception {
    SmallModel.write(folder);
    Path errors = folder.resolve("errors.txt");
    Process first = start(TRAINING + " --workers 3", errors);
    try {
      Path epochs = folder.resolve("checkpoint/epochs.jsonl");
      while (first.isAlive() && (Files.notExists(epochs) || count(epochs) < 2)) {
        Thread.sleep(50);
      }
      assertThat(first.isAlive()).as(Files.readString(errors)).isTrue();
      List<ProcessHandle> others = first.children().toList();
      assertThat(others).hasSize(2);
      others.getFirst().destroyForcibly();
      assertThat(first.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(first.exitValue()).isEqualTo(4);
      others.getLast().onExit().get(60, TimeUnit.SECONDS);
    } finally {
      first.descendants().forEach(ProcessHandle::destroyForcibly);
      first.destroyForcibly();
    }
    assertThat(Files.readString(errors))
        .containsOnlyOnce("TRN004")
        .contains("a worker is lost")
        .contains("--resume");
    long done = count(folder.resolve("checkpoint/epochs.jsonl"));
    CommandRun resumed = CommandRun.of(folder, TRAINING + " --resume --time-budget 2s");
    assertThat(resumed.exit()).as(resumed.err()).isZero();
    // It goes on with the epoch that was lost, not with the first.
    assertThat(resumed.out())
        .contains("epoch " + (done + 1) + "/100000")
        .doesNotContain("epoch 1/");
    assertThat(folder.resolve("tuned.onnx")).exists();
  }

  private static long count(Path file) throws IOException {
    return Files.readString(file).lines().count();
  }

  private Process start(String command, Path errors) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.tuckerc.cli.Main"));
    for (String word : command.split(" ")) {
      words.add(word.replaceAll("\\{([^}]*)}", folder.toString() + "/$1"));
    }
    return new ProcessBuilder(words)
        .redirectError(errors.toFile())
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
