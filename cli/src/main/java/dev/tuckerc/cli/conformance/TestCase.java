package dev.tuckerc.cli.conformance;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A model with inputs and the outputs they must give: a folder that holds `model.onnx` and
/// `test_data_set_*`, each with `input_*.pb` and `output_*.pb`.
///
/// @param name path below the folder that was searched
/// @param folder where it is
/// @param sets at least one
public record TestCase(String name, Path folder, List<DataSet> sets) {
  private static final Pattern NUMBERED = Pattern.compile("(.*?)_(\\d+)(\\.pb)?");

  /// One set of inputs and outputs, each in the order of the model's.
  public record DataSet(String name, List<Path> inputs, List<Path> outputs) {
    public DataSet {
      inputs = List.copyOf(inputs);
      outputs = List.copyOf(outputs);
    }
  }

  public TestCase {
    sets = List.copyOf(sets);
  }

  /// The model file.
  public Path model() {
    return folder.resolve("model.onnx");
  }

  /// All cases below a folder, sorted by path.
  ///
  /// @throws CliException when there is none, or a folder cannot be read
  public static List<TestCase> find(Path root) {
    if (!Files.isDirectory(root)) {
      throw new CliException(Code.CLI002, root + ": no such folder; check the path");
    }
    try (Stream<Path> files = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) {
      List<TestCase> cases = new ArrayList<>();
      List<Path> models =
          files
              .filter(file -> file.endsWith("model.onnx"))
              .sorted(Comparator.naturalOrder())
              .toList();
      for (Path model : models) {
        Path folder = model.toAbsolutePath().getParent();
        if (folder != null) {
          read(root, folder).ifPresent(cases::add);
        }
      }
      if (cases.isEmpty()) {
        throw new CliException(
            Code.CLI009,
            root + ": holds no test case; expected model.onnx beside test_data_set_* folders");
      }
      return cases;
    } catch (IOException | UncheckedIOException e) {
      throw new CliException(Code.CLI002, root + ": cannot be read (" + e.getMessage() + ")", e);
    }
  }

  /// The case in a folder, if it has test data.
  static java.util.Optional<TestCase> read(Path root, Path folder) throws IOException {
    List<DataSet> sets = new ArrayList<>();
    for (Path set : numbered(folder, "test_data_set")) {
      sets.add(new DataSet(fileName(set), numbered(set, "input"), numbered(set, "output")));
    }
    if (sets.isEmpty()) {
      return java.util.Optional.empty();
    }
    Path relative = root.toAbsolutePath().relativize(folder);
    String name = relative.toString().isEmpty() ? fileName(folder) : relative.toString();
    return java.util.Optional.of(new TestCase(name, folder, sets));
  }

  /// The children `<prefix>_0`, `<prefix>_1`, ... in the order of their numbers.
  private static List<Path> numbered(Path folder, String prefix) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children
          .filter(
              child -> matcher(child).matches() && matcher(child).replaceAll("$1").equals(prefix))
          .sorted(
              Comparator.comparingLong(child -> Long.parseLong(matcher(child).replaceAll("$2"))))
          .toList();
    }
  }

  private static Matcher matcher(Path path) {
    return NUMBERED.matcher(fileName(path));
  }

  private static String fileName(Path path) {
    Path name = path.getFileName();
    return name == null ? path.toString() : name.toString();
  }
}
