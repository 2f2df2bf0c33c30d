package dev.tuckerc.tests.errors;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.MessageLite;
import dev.tuckerc.cli.tensors.NpyFile;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a user sees when something is wrong: one clear line with file, node and remedy, the right
/// exit code, no stack trace, and no half-written output.
class BadInputTest {
  private static final int USAGE = 2;
  private static final int UNSUPPORTED = 3;

  @TempDir static Path folder;

  /// One row of the table.
  ///
  /// @param command words; a word in braces is a file of the test's folder
  /// @param code the diagnostic code
  /// @param says what the message must contain
  private record Row(String name, String command, int exit, String code, List<String> says) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Row row(String name, String command, int exit, String code, String... says) {
    return new Row(name, command, exit, code, List.of(says));
  }

  static Stream<Row> table() {
    return Stream.of(
        row("no such file", "compile {none.onnx} -o {out}", USAGE, "CLI002", "none.onnx"),
        row("empty file", "compile {empty.onnx} -o {out}", USAGE, "ONNX002", "empty.onnx"),
        row("text file", "compile {text.onnx} -o {out}", USAGE, "ONNX003", "text.onnx"),
        row("truncated model", "compile {cut.onnx} -o {out}", USAGE, "ONNX", "cut.onnx"),
        row("a folder for a model", "compile {.} -o {out}", USAGE, "ONNX001", "is a folder"),
        row(
            "unknown operators, all at once",
            "compile {unknown.onnx} -o {out}",
            UNSUPPORTED,
            "ONNX100",
            "unknown.onnx",
            "Frobnicate 'first' (node 0",
            "Defenestrate 'second' (node 1"),
        row(
            "cyclic graph",
            "compile {cycle.onnx} -o {out}",
            UNSUPPORTED,
            "ONNX008",
            "cycle.onnx",
            "hen"),
        row(
            "wrong channels",
            "compile {channels.onnx} -o {out}",
            UNSUPPORTED,
            "ONNX010",
            "channels.onnx",
            "conv"),
        row(
            "no kernel",
            "compile {axes.onnx} -o {out}",
            UNSUPPORTED,
            "GEN001",
            "axes.onnx",
            "Conv 'conv' (node 0)",
            "--device reference"),
        row(
            "no kernel to predict",
            "decompose {axes.onnx} --ranks fixed=0.5 -o {out}",
            UNSUPPORTED,
            "GEN001",
            "axes.onnx",
            "--device reference"),
        row(
            "missing external data",
            "compile {external.onnx} -o {out}",
            USAGE,
            "ONNX006",
            "external.onnx",
            "weights.bin"),
        row(
            "unknown target",
            "compile {good.onnx} -o {out} --target z80",
            USAGE,
            "CLI001",
            "z80",
            "h200"),
        row(
            "unknown precision",
            "compile {good.onnx} -o {out} --precision int1",
            USAGE,
            "CLI001",
            "int1"),
        row("unknown ranks", "compile {good.onnx} -o {out} --ranks much", USAGE, "CLI008", "much"),
        row(
            "fraction above one",
            "compile {good.onnx} -o {out} --ranks fixed=7",
            USAGE,
            "CLI008",
            "7"),
        row(
            "missing rank file",
            "compile {good.onnx} -o {out} --ranks fixed={none.json}",
            USAGE,
            "CLI008",
            "none.json"),
        row(
            "calibration data of another shape",
            "decompose {good.onnx} --ranks fixed=0.5 --calibrate npy:{shape.npy}",
            USAGE,
            "CLI013",
            "f32[3, 9, 9]",
            "f32[3, 8, 8]"),
        row(
            "calibration data for no input",
            "decompose {good.onnx} --ranks fixed=0.5 --calibrate npy:q={shape.npy}",
            USAGE,
            "CLI013",
            "'q'",
            "[x]"),
        row(
            "calibration data that is not finite",
            "decompose {good.onnx} --ranks fixed=0.5 --calibrate npy:{nan.npy}",
            USAGE,
            "CLI013",
            "sample 0",
            "'x'"),
        row(
            "malformed shape",
            "compile {good.onnx} -o {out} --shape x=1xA",
            USAGE,
            "CLI001",
            "x=1xA"),
        row("shape of no input", "compile {good.onnx} -o {out} --shape q=1", USAGE, "ONNX012", "q"),
        row("unknown option", "compile {good.onnx} -o {out} --fast", USAGE, "CLI001", "--fast"),
        row("no output named", "compile {good.onnx}", USAGE, "CLI001", "--output"),
        row(
            "output below a file",
            "compile {good.onnx} -o {text.onnx/out}",
            USAGE,
            "BND001",
            "text.onnx"),
        row(
            "output over a stranger",
            "compile {good.onnx} -o {text.onnx}",
            USAGE,
            "BND001",
            "text.onnx"),
        row(
            "wrong shape at run",
            "run {good.bundle} --input x={shape.npy}",
            USAGE,
            "CLI004",
            "'x'",
            "[1,3,8,8]",
            "[1,3,9,9]"),
        row(
            "wrong type at run",
            "run {good.bundle} --input x={type.npy}",
            USAGE,
            "CLI004",
            "'x'",
            "i64"),
        row("no such input", "run {good.bundle} --input q=random:1", USAGE, "CLI004", "'q'", "'x'"),
        row("malformed input", "run {good.bundle} --input x", USAGE, "CLI001", "'x'"),
        row("not numpy", "run {good.bundle} --input x={bad.npy}", USAGE, "CLI005", "bad.npy"),
        row(
            "missing input file",
            "run {good.bundle} --input x={none.npy}",
            USAGE,
            "CLI002",
            "none.npy"),
        row("no such device", "run {good.bundle} --device tpu", 4, "DEV001", "tpu", "emulator"),
        row("flipped byte in a kernel", "run {flipped-ptx.bundle}", USAGE, "BND001", "kernel.ptx"),
        row(
            "flipped byte in the weights",
            "run {flipped-weights.bundle}",
            USAGE,
            "BND001",
            "weights"),
        row("flipped byte in the plan", "run {flipped-plan.bundle}", USAGE, "BND001", "plan.json"),
        row("truncated weights", "run {cut.bundle}", USAGE, "BND001", "weights"),
        row(
            "compile options for a bundle",
            "run {good.bundle} --ranks fixed=0.5",
            USAGE,
            "CLI001",
            "--ranks"),
        row(
            "negative tolerance",
            "run {good.bundle} --compare reference --rtol -1",
            USAGE,
            "CLI001",
            "--rtol"),
        row("no runs to measure", "bench {good.bundle} --runs 0", USAGE, "CLI001", "--runs"),
        row(
            "a folder that is no bundle",
            "run {empty-folder}",
            USAGE,
            "BND001",
            "empty-folder",
            "no tuckerc bundle"),
        row("truncated zip", "run {cut.zip}", USAGE, "BND001", "cut.zip"),
        row(
            "a file for the output folder",
            "run {good.bundle} --output-dir {text.onnx}",
            USAGE,
            "CLI003",
            "text.onnx",
            "not a folder"),
        row("no such kernel", "inspect {good.bundle} --kernel nope", USAGE, "CLI006", "nope"),
        row(
            "stage without kernel",
            "inspect {good.bundle} --stage ptx",
            USAGE,
            "CLI001",
            "--kernel"),
        row(
            "unknown check",
            "run {good.bundle} --device emulator --check rases",
            USAGE,
            "CLI001",
            "rases",
            "races"),
        row(
            "checks without the emulator",
            "run {good.bundle} --device reference --check all",
            USAGE,
            "CLI001",
            "--check",
            "--device emulator"),
        row(
            "counters of one kernel",
            "inspect {good.bundle} --counters --kernel conv",
            USAGE,
            "CLI001",
            "--counters"),
        row("unknown zoo model", "zoo alexnet9 -o {out}", USAGE, "CLI007", "alexnet9", "resnet18"),
        row(
            "zoo size of a word",
            "zoo vdsr -o {out} --size hd",
            USAGE,
            "CLI001",
            "--size",
            "1080x1920"),
        row(
            "zoo size that does not suit",
            "zoo unet -o {out} --size 1080x1920",
            USAGE,
            "CLI001",
            "--size 1080x1920",
            "multiples of 16"),
        row("zoo to a missing folder", "zoo resnet20 -o {none/r.onnx}", USAGE, "CLI003", "r.onnx"),
        row("no conformance cases", "conformance {empty-folder}", USAGE, "CLI009", "empty-folder"),
        row("malformed cache size", "cache --prune lots", USAGE, "CLI001", "lots"));
  }

  @BeforeAll
  static void makeFiles() throws IOException {
    write("good.onnx", SmallModels.convolution());
    write("unknown.onnx", SmallModels.unknownOperators());
    write("cycle.onnx", SmallModels.cycle());
    write("channels.onnx", SmallModels.wrongChannels());
    write("axes.onnx", SmallModels.fourSpatialAxes());
    write("external.onnx", SmallModels.missingExternalData());
    Files.write(folder.resolve("empty.onnx"), new byte[0]);
    Files.writeString(folder.resolve("text.onnx"), "This is not a model.\n");
    byte[] whole = Files.readAllBytes(folder.resolve("good.onnx"));
    Files.write(folder.resolve("cut.onnx"), Arrays.copyOf(whole, whole.length * 2 / 3));
    Files.createDirectory(folder.resolve("empty-folder"));
    Files.write(folder.resolve("cut.zip"), new byte[] {'P', 'K', 3, 4, 20, 0, 0, 0});
    NpyFile.write(folder.resolve("shape.npy"), Tensor.zeros(DataType.F32, List.of(1L, 3L, 9L, 9L)));
    NpyFile.write(folder.resolve("type.npy"), Tensor.zeros(DataType.I64, List.of(1L, 3L, 8L, 8L)));
    Tensor nan = Tensor.zeros(DataType.F32, List.of(1L, 3L, 8L, 8L));
    nan.setDouble(7, Double.NaN);
    NpyFile.write(folder.resolve("nan.npy"), nan);
    Files.writeString(folder.resolve("bad.npy"), "1 2 3\n");
    for (String bundle : List.of("good", "flipped-ptx", "flipped-weights", "flipped-plan", "cut")) {
      CommandRun result = run("compile {good.onnx} -o {" + bundle + ".bundle}");
      assertThat(result.exit()).as(result.err()).isZero();
    }
    try (Stream<Path> files = Files.walk(folder.resolve("flipped-ptx.bundle"))) {
      flip(files.filter(file -> file.endsWith("kernel.ptx")).findFirst().orElseThrow());
    }
    flip(folder.resolve("flipped-weights.bundle/weights.safetensors"));
    flip(folder.resolve("flipped-plan.bundle/plan.json"));
    Path weights = folder.resolve("cut.bundle/weights.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(bytes, bytes.length - 1));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("table")
  void endsWithOneClearLine(Row row) throws IOException {
    List<Path> before = files();

    CommandRun result = run(row.command());

    assertThat(result.exit()).as(result.err()).isEqualTo(row.exit());
    List<String> errors =
        result.err().lines().filter(line -> line.startsWith("tuckerc: error")).toList();
    assertThat(errors).as(result.err()).hasSize(1);
    assertThat(errors.getFirst()).contains(row.code());
    assertThat(result.err()).contains(row.says());
    assertThat(result.err()).doesNotContain("\tat ", "Exception", "null");
    assertThat(result.out()).as("nothing is printed as a result").isEmpty();
    assertThat(files()).as("no output is left behind").isEqualTo(before);
  }

  @Test
  void aFullDiskLeavesNothingBehind() throws IOException {
    Path full = Path.of("/dev/full");
    Assumptions.assumeTrue(Files.exists(full), "this machine has no /dev/full");
    // Through a link: a defect must not replace the device itself.
    Files.createSymbolicLink(folder.resolve("full.onnx"), full);
    List<Path> before = files();

    CommandRun result = run("zoo resnet20 -o {full.onnx}");

    assertThat(result.exit()).as(result.err()).isEqualTo(USAGE);
    assertThat(result.err().strip().lines()).hasSize(1);
    assertThat(result.err()).contains("full.onnx", "No space left");
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void everyCommandExplainsItself() {
    for (String command :
        List.of(
            "zoo",
            "compile",
            "run",
            "inspect",
            "decompose",
            "conformance",
            "bench",
            "ptx list",
            "ptx run",
            "doctor",
            "cache")) {
      CommandRun result = run(command + " --help");
      assertThat(result.exit()).isZero();
      assertThat(result.out()).as(command).contains("Examples:", "  tuckerc " + command);
      String examples = result.out().substring(result.out().indexOf("Examples:"));
      assertThat(examples.lines().skip(1))
          .as("an example is one line, to be copied")
          .allMatch(line -> line.startsWith("  tuckerc ") || line.startsWith("  TUCKERC_CACHE="));
    }
  }

  private static CommandRun run(String command) {
    return CommandRun.of(folder, command);
  }

  private static void write(String name, MessageLite message) throws IOException {
    Files.write(folder.resolve(name), message.toByteArray());
  }

  private static void flip(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.sorted().toList();
    }
  }
}
