package dev.tuckerc.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cli.tensors.NpyFile;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.cuda.TuckercCache;
import dev.tuckerc.execute.DeviceSelector;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.CommandRun;
import dev.tuckerc.zoo.Zoo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every example that a `--help` shows does what it says.
class HelpExamplesTest {
  private static final Pattern SUBCOMMAND = Pattern.compile("(?m)^  ([a-z]+)  .*$");
  private static final Pattern EXAMPLE =
      Pattern.compile("(?m)^  ((?:[A-Z_]+=\\S+ )?tuckerc .*?)(?:   .*)?$");

  @TempDir static Path folder;

  @BeforeAll
  static void makeFiles() throws IOException {
    assertThat(CommandRun.of(folder, "zoo resnet20 -o {resnet20.onnx}").exit()).isZero();
    assertThat(CommandRun.of(folder, "compile {resnet20.onnx} -o {resnet20.bundle}").exit())
        .isZero();
    String one =
        """
        extern "C" __global__ void sum(float* y) {
          y[blockIdx.x * blockDim.x + threadIdx.x] = 1;
        }
        """;
    Files.writeString(folder.resolve("one.cu"), one);
    Files.writeString(folder.resolve("saxpy.cu"), one);
    Files.writeString(
        folder.resolve("k.ptx"),
        NvrtcCompiler.create().compile("k.cu", one, "sm_80", List.of()).ptx());
    Tensor ones = Tensor.zeros(DataType.F32, List.of(2048L));
    for (int i = 0; i < ones.size(); i++) {
      ones.setDouble(i, 1);
    }
    NpyFile.write(folder.resolve("x.npy"), ones);
    Tensor some = Tensor.zeros(DataType.F32, List.of(512L));
    for (int i = 0; i < some.size(); i++) {
      some.setDouble(i, 1);
    }
    NpyFile.write(folder.resolve("y.npy"), some);
    NpyFile.write(
        folder.resolve("images.npy"), Tensor.zeros(DataType.F32, List.of(4L, 3L, 32L, 32L)));
    NpyFile.write(folder.resolve("labels.npy"), Tensor.zeros(DataType.I64, List.of(4L)));
    for (String place : List.of("onnx/backend/test/data/node", "models")) {
      Path test = folder.resolve(place).resolve("copy");
      Files.createDirectories(test.resolve("test_data_set_0"));
      SmallConvolution.write(test);
    }
    assertThat(Zoo.names()).contains("resnet50");
  }

  private static Set<String> examples(String... command) {
    String help =
        CommandRun.of(folder, String.join(" ", command) + " --help").out().stripTrailing();
    Set<String> examples = new LinkedHashSet<>();
    Matcher matcher = EXAMPLE.matcher(help);
    while (matcher.find()) {
      examples.add(matcher.group(1).strip());
    }
    return examples;
  }

  private static List<String> subcommands(String... command) {
    String help = CommandRun.of(folder, String.join(" ", command) + " --help").out();
    List<String> names = new ArrayList<>();
    Matcher matcher = SUBCOMMAND.matcher(help.substring(help.indexOf("Commands:")));
    while (matcher.find()) {
      names.add(matcher.group(1));
    }
    names.remove("help");
    return names;
  }

  /// A command is made by the name in the list of commands, and describes itself by its own.
  @Test
  void everyCommandHasTheNameThatItIsListedBy() {
    for (String name : subcommands("")) {
      assertThat(CommandRun.of(folder, name + " --help").out())
          .startsWith("Usage: tuckerc " + name + " ");
    }
  }

  @Test
  void everyExampleRuns() throws IOException, InterruptedException {
    Set<String> examples = new LinkedHashSet<>();
    for (String name : subcommands("")) {
      Stream<String> leaves =
          name.equals("ptx") || name.equals("train")
              ? subcommands(name).stream().map(n -> name + " " + n)
              : Stream.of(name);
      for (String leaf : leaves.toList()) {
        Set<String> found = examples(leaf.split(" "));
        assertThat(found).as(leaf).isNotEmpty();
        examples.addAll(found);
      }
    }
    boolean gpu =
        DeviceSelector.standard().kinds().stream()
            .anyMatch(kind -> kind.name().equals("cuda") && !kind.devices().isEmpty());
    List<String> commands = new ArrayList<>();
    for (String example : examples) {
      String command = example.replaceFirst("^.*?tuckerc ", "").replaceAll(" +", " ");
      // Training takes too long to be done here; its options are looked at all the same.
      commands.add(command.startsWith("train ") ? command + " --help" : command);
    }
    // Nothing of this user's own cache is removed.
    Map<Boolean, List<String>> byPruning =
        commands.stream().collect(Collectors.partitioningBy(c -> c.startsWith("cache --prune")));
    run(byPruning.get(true), folder.resolve("cache"), gpu);
    run(byPruning.get(false), TuckercCache.standard().root(), gpu);
  }

  private static void run(List<String> commands, Path cache, boolean gpu)
      throws IOException, InterruptedException {
    Map<String, String> environment =
        Map.of("TUCKERC_CACHE", cache.toString(), "HOME", "/nonexistent");
    List<CommandRun> runs = CommandsInFolder.run(folder, environment, commands);
    for (int i = 0; i < commands.size(); i++) {
      boolean lacksGpu = commands.get(i).contains("cuda:0") && !gpu;
      assertThat(runs.get(i).exit())
          .as(commands.get(i) + "\n" + runs.get(i).err())
          .isEqualTo(lacksGpu ? 4 : 0);
    }
  }
}
