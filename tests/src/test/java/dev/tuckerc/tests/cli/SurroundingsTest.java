package dev.tuckerc.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cli.tensors.FileNames;
import dev.tuckerc.cuda.TuckercCache;
import dev.tuckerc.tests.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Locales, folders, caches and outputs that are not what a developer's machine has.
class SurroundingsTest {
  @TempDir static Path folder;

  @BeforeAll
  static void makeFiles() throws IOException {
    SmallConvolution.write(folder.resolve("m.onnx"), SmallConvolution.model("conv", "x", "y", "z"));
    SmallConvolution.write(
        folder.resolve("open.onnx"),
        SmallConvolution.model("conv", "x", "y", "z", "N", "3", "H", "W"));
    SmallConvolution.write(
        folder.resolve("batch.onnx"),
        SmallConvolution.model("conv", "a=b", "y", "z", "N", "3", "8", "8"));
    CommandRun compiled = CommandRun.of(folder, "compile {m.onnx} -o {m.bundle}");
    assertThat(compiled.exit()).as(compiled.err()).isZero();
    Files.createDirectories(folder.resolve("full"));
  }

  private static CommandRun run(String command) {
    return CommandRun.of(folder, command);
  }

  @ParameterizedTest
  @ValueSource(strings = {"de-DE", "ar-EG"})
  void theSameTextInEveryLanguage(String language) throws IOException, InterruptedException {
    Map<String, String> cache = Map.of("TUCKERC_CACHE", TuckercCache.standard().root().toString());
    Locale locale = Locale.forLanguageTag(language);
    for (String command :
        List.of("inspect m.bundle", "decompose m.onnx", "inspect m.onnx --stage ir")) {
      List<String> words = List.of(command.split(" "));
      Processes.Result plain = Processes.tuckerc(folder, cache, words);
      Processes.Result other =
          Processes.tuckerc(
              folder,
              Map.of(
                  "TUCKERC_CACHE",
                  TuckercCache.standard().root().toString(),
                  "JDK_JAVA_OPTIONS",
                  "-Duser.language="
                      + locale.getLanguage()
                      + " -Duser.country="
                      + locale.getCountry()),
              words);
      assertThat(other.exit()).as(other.err()).isZero();
      assertThat(other.out()).as(command).isEqualTo(plain.out());
    }
  }

  /// Only a full disk is an error, not a reader that has seen enough.
  @Test
  void whoClosesAPipeLosesNothing() throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String inspect = "\"$J\" -cp \"$C\" dev.tuckerc.cli.Main inspect m.bundle --stage ir";
    Map<String, String> environment =
        Map.of(
            "J", java,
            "C", System.getProperty("java.class.path"),
            "TUCKERC_CACHE", TuckercCache.standard().root().toString());
    Processes.Result piped =
        Processes.run(folder, environment, List.of("bash", "-c", inspect + " | true"));
    assertThat(piped.err()).doesNotContain("CLI003");
    Processes.Result full =
        Processes.run(folder, environment, List.of("bash", "-c", inspect + " > /dev/full"));
    assertThat(full.err()).contains("CLI003: standard output: cannot be written");
    assertThat(full.exit()).isEqualTo(2);
  }

  /// A cache where no folder can be: what needs none goes on, what does says so in one line.
  @Test
  void noCache() throws IOException, InterruptedException {
    Map<String, String> nowhere = Map.of("TUCKERC_CACHE", "/proc/nowhere");
    Processes.Result emulated =
        Processes.tuckerc(folder, nowhere, List.of("run", "m.bundle", "--device", "emulator"));
    assertThat(emulated.exit()).as(emulated.err()).isZero();
    Processes.Result compiled =
        Processes.tuckerc(folder, nowhere, List.of("compile", "m.onnx", "-o", "n.bundle"));
    assertThat(compiled.exit()).isEqualTo(4);
    assertThat(compiled.err().lines().filter(line -> line.contains("error")))
        .hasSize(1)
        .allMatch(line -> line.contains("/proc/nowhere") && line.contains("set TUCKERC_CACHE"));
    Processes.Result doctor = Processes.tuckerc(folder, nowhere, List.of("doctor"));
    assertThat(doctor.exit()).isEqualTo(4);
    assertThat(doctor.out()).contains("BAD  cache", "BAD  nvrtc");
  }

  @Test
  void withoutAHome() throws IOException, InterruptedException {
    Processes.Result here =
        Processes.tuckerc(folder, Map.of("HOME", folder.toString()), List.of("cache"));
    assertThat(here.out()).startsWith("root     " + folder.resolve(".cache/tuckerc"));
    assertThat(Processes.tuckerc(folder, Map.of(), List.of("cache")).exit()).isZero();
  }

  /// The output is looked at first: the model of these commands is not even there.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          compile {open.onnx} -o {missing/b.bundle}                      | there is no folder
          compile {open.onnx} -o {m.onnx}                                | exists and is not a bundle
          compile {open.onnx} -o {full} --trace {m.onnx}                 | is a file, not a folder
          decompose {open.onnx} --ranks fixed=0.5 -o {missing/d.onnx}    | there is no folder
          decompose {open.onnx} --ranks fixed=0.5 -o {full}              | is a folder
          zoo resnet20 -o {missing/r.onnx}                               | there is no folder
          run {open.onnx} --output-dir {m.onnx}                          | is a file, not a folder
          """)
  void outputsAreRefusedBeforeTheWork(String command, String says) {
    CommandRun result = run(command);
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains(says).doesNotContain("ONNX016");
  }

  @Test
  void openExtentsAreAskedFor() {
    CommandRun compiled = run("compile {open.onnx} -o {o.bundle}");
    assertThat(compiled.exit()).isEqualTo(2);
    assertThat(compiled.err())
        .contains("ONNX016", "leaves open H, W of input 'x' [N,3,H,W]", "--shape x=1x3x224x224");
    CommandRun inspected = run("inspect {open.onnx}");
    assertThat(inspected.exit()).isZero();
    assertThat(inspected.out()).contains("input     x F32[N,3,H,W]", "output    y F32[N,4,H,W]");
    assertThat(run("inspect {open.onnx} --shape x=2x3x8x8").out())
        .contains("x F32[2,3,8,8] of F32[N,3,H,W]");
    assertThat(run("run {open.onnx} --device emulator --shape x=1x3x5x7").exit()).isZero();
  }

  @Test
  void namesAndValuesDivideAtTheSamePlace() {
    assertThat(run("run {batch.onnx} --device reference --shape a=b=2x3x8x8").exit()).isZero();
    assertThat(run("run {batch.onnx} --device reference --input a=b=random:3").exit()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          run {m.bundle} --check all,foo        | no check 'foo'
          run {m.bundle} --check none,races     | 'none' goes with no other check
          run {m.bundle} --device gpu           | there is no device 'gpu'; name auto, cuda, emulator, reference
          bench {m.bundle} --device gpu         | there is no device 'gpu'; name auto, cuda, emulator, or
          """)
  void messagesBlameTheRightWord(String command, String says) {
    assertThat(run(command).err()).contains(says);
  }

  @Test
  void anEditedKernelCanBeMeasured() throws IOException {
    run("compile {m.onnx} -o {edited.bundle}");
    try (var kernels = Files.list(folder.resolve("edited.bundle/kernels"))) {
      Path source = kernels.findFirst().orElseThrow().resolve("kernel.cu");
      Files.writeString(source, Files.readString(source) + "// mine\n");
    }
    assertThat(run("bench {edited.bundle} --device emulator --runs 1").err())
        .contains("--recompile");
    assertThat(run("bench {edited.bundle} --device emulator --runs 1 --recompile").exit()).isZero();
  }

  @Test
  void aNodesKernelIsFound() {
    CommandRun shown = run("inspect {m.bundle} --kernel conv --stage cuda");
    assertThat(shown.exit()).as(shown.err()).isZero();
    assertThat(shown.out()).contains("Conv 'conv' (node 0)");
  }

  @Test
  void fileNamesAreDistinct() {
    List<String> names =
        List.of(
            "a/b",
            "a:b",
            "a b",
            "a_b",
            "a%2Fb",
            "я",
            "б",
            "ä",
            "a",
            "A",
            ".",
            "..",
            "",
            "%",
            "n".repeat(300),
            "n".repeat(301),
            "ü".repeat(300),
            "ü".repeat(299) + "u");
    Set<String> files = new HashSet<>();
    for (String name : names) {
      String file = FileNames.of(name, ".npy");
      assertThat(file).matches("[A-Za-z0-9_.%~-]+").doesNotStartWith(".npy/").hasSizeLessThan(230);
      assertThat(files.add(file)).as(name).isTrue();
    }
    assertThat(FileNames.of("a/b", ".npy")).isEqualTo("a%2Fb.npy");
    assertThat(FileNames.of("..", ".npy")).isEqualTo("%2E..npy");
  }
}
