package dev.tuckerc.tests.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.tests.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What training writes, on its way through the compiler.
class TrainedModelsTest {
  private static final String TRAINING =
      " --data npy:{x.npy},{y.npy} --batch 8 --rate 0.001 --threads 1";

  @TempDir static Path folder;

  @BeforeAll
  static void makeFiles() {
    SmallModel.write(folder);
  }

  private static String run(String command) {
    CommandRun run = CommandRun.of(folder, command);
    assertThat(run.exit()).as(command + "\n" + run.err()).isZero();
    return run.out();
  }

  @Test
  void aBundleOfSparseCoefficientsSkipsTheZeros() throws IOException {
    run(
        "train penni {dense.onnx} -o {sparse.onnx} --epochs 2 --turn 1 --prune 1.8"
            + " --finetune-epochs 1"
            + TRAINING);
    run("compile {sparse.onnx} -o {sparse.bundle} --target t4");
    assertThat(Files.readString(folder.resolve("sparse.bundle/graph.ir"))).contains("basis_conv(");
    run("run {sparse.bundle} --device emulator --compare=reference");
  }

  @Test
  void ranksWithinATimeAreFoundWrittenAndUsed() throws IOException {
    String search =
        "train haloc {dense.onnx} -o {low.onnx} --epochs 2 --finetune-epochs 1"
            + TRAINING
            + " --target t4 --shape x=8x3x32x32 --target-latency ";
    CommandRun impossible = CommandRun.of(folder, search + "0.001");
    assertThat(impossible.exit()).isEqualTo(2);
    Matcher costs =
        Pattern.compile("the least is ([0-9.]+), dense layers take ([0-9.]+)")
            .matcher(impossible.err());
    assertThat(costs.find()).as(impossible.err()).isTrue();
    double least = Double.parseDouble(costs.group(1));
    double dense = Double.parseDouble(costs.group(2));
    assertThat(least).isLessThan(0.9 * dense);
    String out = run(search + String.format(Locale.ROOT, "%.3f", (least + dense) / 2));
    Matcher chosen = Pattern.compile("([0-9.]+) us, [0-9.]+ % of dense").matcher(out);
    assertThat(chosen.find()).as(out).isTrue();
    assertThat(Double.parseDouble(chosen.group(1))).isLessThanOrEqualTo((least + dense) / 2);
    assertThat(out).contains("truncated: ", "fitted: ");
    assertThat(Files.readString(folder.resolve("low.ranks.json"))).contains("\"second\" : {");
    run("decompose {dense.onnx} --ranks fixed={low.ranks.json}");
    assertThat(run("inspect {low.onnx}")).contains("second");
  }
}
