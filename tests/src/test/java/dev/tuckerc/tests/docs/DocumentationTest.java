package dev.tuckerc.tests.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.data.DataSource;
import dev.tuckerc.data.Dataset;
import dev.tuckerc.data.Split;
import dev.tuckerc.onnx.model.OnnxException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The documentation is complete and its links lead somewhere.
class DocumentationTest {
  private static final Path ROOT = root();
  private static final Pattern CODE = Pattern.compile("\"([A-Z]{2,6}[0-9]{3})\"");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)(#[^)]*)?\\)");

  @Test
  void everyDiagnosticCodeHasAPage() throws IOException {
    Set<String> codes = new TreeSet<>();
    Arrays.stream(CliException.Code.values()).forEach(code -> codes.add(code.name()));
    Arrays.stream(OnnxException.Code.values()).forEach(code -> codes.add(code.name()));
    for (String file : List.of("Failure.java", "ModelFailures.java")) {
      Matcher matcher =
          CODE.matcher(
              Files.readString(
                  ROOT.resolve("cli/src/main/java/dev/tuckerc/cli/console").resolve(file)));
      while (matcher.find()) {
        codes.add(matcher.group(1));
      }
    }
    String index = Files.readString(ROOT.resolve("docs/diagnostics/README.md"));
    for (String code : codes) {
      Path page = ROOT.resolve("docs/diagnostics/" + code + ".md");
      assertThat(page).exists();
      assertThat(Files.readString(page)).startsWith("# " + code + ":").contains("**Remedy.**");
      assertThat(index).contains("[" + code + "](" + code + ".md)");
    }
  }

  /// The data of the worked example in `docs/training.md`.
  @Test
  void theExampleDrawsItsPictures(@TempDir Path folder) throws Exception {
    Process drawing =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                ROOT.resolve("docs/examples/Shapes.java").toString(),
                folder.toString(),
                "2")
            .redirectErrorStream(true)
            .start();
    assertThat(new String(drawing.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEmpty();
    assertThat(drawing.waitFor()).isZero();
    Dataset training =
        DataSource.parse("images:" + folder.resolve("training"))
            .read(Split.TRAINING, 100, Optional.empty(), Optional.empty());
    assertThat(training.size()).isEqualTo(10);
    assertThat(training.sampleShape()).containsExactly(3L, 32L, 32L);
    assertThat(training.label(9)).hasValue(4);
    assertThat(folder.resolve("test/cross/0000.png")).exists();
  }

  @Test
  void everyDecisionIsInTheIndex() throws IOException {
    String index = Files.readString(ROOT.resolve("docs/decisions/README.md"));
    try (Stream<Path> files = Files.list(ROOT.resolve("docs/decisions"))) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (!name.equals("README.md")) {
          assertThat(index).contains("(" + name + ")");
        }
      }
    }
  }

  @Test
  void linksLeadSomewhere() throws IOException {
    List<Path> pages =
        new ArrayList<>(List.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")));
    try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
      files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
    }
    for (Path page : pages) {
      Matcher matcher = LINK.matcher(Files.readString(page));
      while (matcher.find()) {
        String target = matcher.group(1);
        if (!target.contains("://")) {
          assertThat(page.resolveSibling(target)).as("link in " + page).exists();
        }
      }
    }
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("LICENSE"))) {
      folder = folder.getParent();
    }
    return folder;
  }
}
