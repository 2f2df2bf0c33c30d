package dev.tuckerc.cli.tensors;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.ir.PrintableText;
import dev.tuckerc.onnx.model.OnnxTensors;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/// Values of `--input name=file.npy|file.pb|random:SEED`.
///
/// @param files tensors read from files, by input name
/// @param seeds seeds of random inputs, by input name
/// @param defaulted whether no `--input` was given, so that every input is `random:0`
public record InputValues(Map<String, Tensor> files, Map<String, Long> seeds, boolean defaulted) {
  private static final String RANDOM = "random:";

  /// An input that a model wants.
  public record Wanted(String name, DataType type, List<Long> shape) {
    String describe() {
      return "'" + PrintableText.brief(name) + "' " + type + shape.toString().replace(" ", "");
    }
  }

  /// Reads the files named.
  ///
  /// @throws CliException for a value of another form
  public static InputValues parse(List<String> values) {
    Map<String, Tensor> files = new TreeMap<>();
    Map<String, Long> seeds = new TreeMap<>();
    for (String value : values) {
      int equals = Assignment.split(value, InputValues::isSource);
      if (equals <= 0 || equals == value.length() - 1) {
        throw malformed(value);
      }
      String name = value.substring(0, equals);
      String source = value.substring(equals + 1);
      if (files.containsKey(name) || seeds.containsKey(name)) {
        throw new CliException(Code.CLI001, "--input: '" + name + "' is given twice");
      }
      OptionalLong seed = seed(value, source);
      if (seed.isPresent()) {
        seeds.put(name, seed.getAsLong());
      } else {
        files.put(name, read(value, Path.of(source)));
      }
    }
    return new InputValues(files, seeds, values.isEmpty());
  }

  /// Shapes of the inputs given as files.
  public Map<String, List<Long>> shapes() {
    Map<String, List<Long>> shapes = new TreeMap<>();
    files.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    return shapes;
  }

  /// The tensors for a model's inputs, all checked.
  ///
  /// @throws CliException that names everything that does not fit
  public Map<String, Tensor> resolve(List<Wanted> wanted) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    StringBuilder problems = new StringBuilder();
    for (Wanted input : wanted) {
      Tensor file = files.get(input.name());
      Long seed = defaulted ? Long.valueOf(0) : seeds.get(input.name());
      if (file != null) {
        if (file.type() != input.type() || !file.shape().equals(input.shape())) {
          append(
              problems,
              "input %s was given %s%s"
                  .formatted(
                      input.describe(), file.type(), file.shape().toString().replace(" ", "")));
        }
        tensors.put(input.name(), file);
      } else if (seed != null) {
        tensors.put(
            input.name(), RandomTensors.uniform(input.name(), seed, input.type(), input.shape()));
      } else {
        append(problems, "input " + input.describe() + " is missing");
      }
    }
    for (String name : unknown(wanted)) {
      append(problems, "there is no input '" + name + "'");
    }
    if (!problems.isEmpty()) {
      throw new CliException(
          Code.CLI004,
          problems
              + "; the inputs are "
              + String.join(", ", wanted.stream().map(Wanted::describe).toList())
              + ": give each with --input NAME=FILE.npy or NAME=random:SEED");
    }
    return tensors;
  }

  /// Whether a text names the content of an input, so that the `=` before it ends the name.
  private static boolean isSource(String text) {
    return text.matches("random(:-?\\d+)?") || Files.exists(Path.of(text));
  }

  private List<String> unknown(List<Wanted> wanted) {
    Map<String, Boolean> given = new TreeMap<>();
    files.keySet().forEach(name -> given.put(name, true));
    seeds.keySet().forEach(name -> given.put(name, true));
    wanted.forEach(input -> given.remove(input.name()));
    return List.copyOf(given.keySet());
  }

  private static void append(StringBuilder problems, String problem) {
    problems.append(problems.isEmpty() ? "" : "; ").append(problem);
  }

  private static OptionalLong seed(String value, String source) {
    if (source.equals("random")) {
      return OptionalLong.of(0);
    }
    if (!source.startsWith(RANDOM)) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(source.substring(RANDOM.length())));
    } catch (NumberFormatException e) {
      throw malformed(value);
    }
  }

  private static Tensor read(String value, Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".npy")) {
      return NpyFile.read(file);
    }
    if (name.endsWith(".pb")) {
      FilesIo.requireReadable(file);
      return OnnxTensors.read(file);
    }
    throw malformed(value);
  }

  private static CliException malformed(String value) {
    return new CliException(
        Code.CLI001,
        "--input: '"
            + value
            + "' is not of the form name=file.npy, name=file.pb or name=random:SEED");
  }
}
