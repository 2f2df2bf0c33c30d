package dev.tuckerc.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.KernelRecord;
import dev.tuckerc.bundle.file.BundleReader;
import dev.tuckerc.cuda.TuckercCache;
import dev.tuckerc.tests.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Names in a model may hold anything. None of it reaches source, PTX, JSON, paths or the terminal
/// as anything but text.
class HostileNamesTest {
  /// Would not compile, if it came to stand in a kernel outside a comment.
  private static final String CODE = "#error injected";

  @TempDir Path folder;

  /// A name, with what it tries as the test's own name.
  private record Hostile(String what, String name) {
    @Override
    public String toString() {
      return what;
    }
  }

  static Stream<Hostile> names() {
    return Stream.of(
        new Hostile("newline", "a\n" + CODE + "\n"),
        new Hostile("carriage return", "a\r" + CODE + "\r"),
        new Hostile("other line ends", "a\u2028" + CODE + "\u2029b\u0085c\u000bd\f" + CODE),
        new Hostile("end of a comment", "a*/\n" + CODE + "\n/*"),
        new Hostile("quotes", "a\"b'c`d\"; }\n" + CODE),
        new Hostile("backslash at the end", "a \\"),
        new Hostile("backslash and newline", "a\\\n" + CODE + "\\"),
        new Hostile("trigraph", "a ??/"),
        new Hostile("terminal controls", "a\u001b[2J\u001b]0;owned\u0007\u009b31m\b\b"),
        new Hostile("right to left", "a\u202egnp.exe\u202c\u2066b\u2069\u200f"),
        new Hostile("path", "../../../etc/passwd"),
        new Hostile("path alone", ".."),
        new Hostile("zero", "a\u0000b"),
        new Hostile("format", "%s%n%d{}$(touch owned)`touch owned`"),
        new Hostile("other scripts", "größe 数 😀"),
        new Hostile("long", "n".repeat(10_000)));
  }

  private CommandRun run(String command) {
    return CommandRun.of(folder, command);
  }

  @ParameterizedTest
  @MethodSource("names")
  void reachNothing(Hostile hostile) throws IOException, InterruptedException {
    String name = hostile.name();
    SmallConvolution.write(
        folder.resolve("m.onnx"), SmallConvolution.model(name, "x" + name, name, name + "/"));
    CommandRun compiled = run("compile {m.onnx} -o {m.bundle} --trace {trace}");
    assertThat(compiled.exit()).as(compiled.err()).isZero();

    Bundle bundle = BundleReader.read(folder.resolve("m.bundle"));
    for (KernelRecord kernel : bundle.kernels()) {
      assertThat(kernel.source().lines().filter(line -> !line.startsWith("//")))
          .noneMatch(line -> line.contains("#error"));
      assertThat(kernel.source().lines().filter(line -> line.startsWith("//")))
          .allMatch(line -> isShown(line) && !line.endsWith("\\") && !line.endsWith("??/"));
      assertThat(kernel.ptx()).doesNotContain("#error");
      assertThat(kernel.source().length()).isLessThan(40_000);
    }
    assertThat(bundle.manifest().entryPoint().outputs().getFirst().name()).isEqualTo(name);
    assertThat(bundle.graph().lines()).allMatch(HostileNamesTest::isShown);
    // The reference runs the graph that its text says.
    CommandRun reference = run("run {m.bundle} --device reference");
    assertThat(reference.exit()).as(reference.err()).isZero();

    CommandRun ran = run("run {m.bundle} --device emulator --output-dir {out} --compare reference");
    assertThat(ran.exit()).as(ran.err()).isZero();
    // Two outputs, each with a line of comparison, the device, the time.
    assertThat(ran.out().lines()).hasSize(6).allMatch(line -> line.length() < 1000);
    try (Stream<Path> files = Files.list(folder.resolve("out"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".npy"))).hasSize(2);
    }
    JsonNode json =
        new ObjectMapper().readTree(run("run {m.bundle} --device emulator --json").out());
    assertThat(json.at("/outputs/0/name").asText()).isEqualTo(name);

    CommandRun inspected = run("inspect {m.bundle}");
    int launches = bundle.plan().launches().size();
    assertThat(inspected.out().lines()).hasSize(3 + 3 + 2 + 2 + launches);
    assertThat(run("decompose {m.onnx} --ranks fixed=0.5 -o {d.onnx}").exit()).isZero();
    assertThat(run("run {d.onnx} --device reference").exit()).isZero();
    CommandRun table = run("decompose {m.onnx}");
    assertThat(table.out().lines().filter(line -> line.contains("4x3x3x3"))).hasSize(1);

    CommandRun wrong = run("run {m.bundle} --device emulator --input nosuch=random:1");
    assertThat(wrong.exit()).isEqualTo(2);
    assertThat(wrong.err().lines().filter(line -> !line.startsWith("tuckerc: "))).isEmpty();

    if (!isShown(name) || name.contains("$(")) {
      checkTerminal();
    }
    assertThat(folder.resolve("owned")).doesNotExist();
  }

  /// What a terminal gets.
  private void checkTerminal() throws IOException, InterruptedException {
    Map<String, String> environment =
        Map.of("TUCKERC_CACHE", TuckercCache.standard().root().toString());
    for (List<String> command :
        List.of(
            List.of("inspect", "m.bundle", "--json"),
            List.of("run", "m.bundle", "--device", "emulator", "--input", "a=random:1"))) {
      Processes.Result shown = Processes.tuckerc(folder, environment, command);
      assertThat((shown.out() + shown.err()).lines()).allMatch(HostileNamesTest::isShown);
    }
  }

  /// Whether a line is nothing but characters that show themselves.
  private static boolean isShown(String line) {
    return line.codePoints()
        .allMatch(c ->
            switch (Character.getType(c)) {
              case Character.CONTROL,
                  Character.FORMAT,
                  Character.LINE_SEPARATOR,
                  Character.PARAGRAPH_SEPARATOR ->
                  c == '\t';
              default -> true;
            });
  }
}
