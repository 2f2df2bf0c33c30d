package dev.tuckerc.lab.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.tensors.FilesIo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;

/// One result of the laboratory: a JSON object `{format, kind, environment, data}` in a file named
/// `YYYY-MM-DD-KIND-DEVICE.json`.
///
/// @param kind the command that made it, such as `bench`: small letters and hyphens
/// @param environment the machine
/// @param data raw samples, and what was made of them; each kind has its own fields
public record ResultFile(String kind, Environment environment, ObjectNode data) {
  /// Number of the format of the envelope.
  public static final int FORMAT = 1;

  private static final Pattern KIND = Pattern.compile("[a-z][a-z-]*");
  private static final ObjectMapper JSON = new ObjectMapper();

  public ResultFile {
    if (!KIND.matcher(kind).matches()) {
      throw new IllegalArgumentException("kind '" + kind + "'");
    }
  }

  /// The whole object.
  public ObjectNode toJson() {
    ObjectNode root = Output.object();
    root.put("format", FORMAT);
    root.put("kind", kind);
    root.set("environment", environment.toJson());
    root.set("data", data);
    return root;
  }

  /// Writes a result to a folder, which is made if missing. A result is never replaced: a second
  /// one of the same day, kind and device gets a number.
  ///
  /// @return the file
  /// @throws CliException when it cannot be written
  public static Path write(Path folder, String kind, Environment environment, ObjectNode data) {
    ResultFile result = new ResultFile(kind, environment, data);
    FilesIo.createFolder(folder);
    String name = "%s-%s-%s".formatted(environment.day(), kind, slug(environment.device().name()));
    Path file = folder.resolve(name + ".json");
    for (int number = 2; Files.exists(file); number++) {
      file = folder.resolve(name + "-" + number + ".json");
    }
    byte[] content = (Output.text(result.toJson()) + "\n").getBytes(StandardCharsets.UTF_8);
    FilesIo.writeAtomically(file, content);
    return file;
  }

  /// Reads a result.
  ///
  /// @throws CliException when there is no such file, or it is no result; the message names the
  ///   field
  public static ResultFile read(Path file) {
    FilesIo.requireReadable(file);
    JsonNode root = parse(file);
    if (!(root instanceof ObjectNode object)) {
      throw new CliException(
          Code.CLI011, file + ": is not a JSON object; it is no result of the laboratory");
    }
    JsonFields fields = new JsonFields(file, "", object);
    long format = fields.integer("format");
    if (format != FORMAT) {
      throw fields.error("format", "is " + format + " and this version reads " + FORMAT);
    }
    String kind = fields.text("kind");
    if (!KIND.matcher(kind).matches()) {
      throw fields.error("kind", "is '" + kind + "', not small letters and hyphens");
    }
    Environment environment = Environment.fromJson(fields.object("environment"));
    return new ResultFile(kind, environment, fields.object("data").node());
  }

  private static JsonNode parse(Path file) {
    try {
      return JSON.readTree(FilesIo.readAll(file));
    } catch (JsonProcessingException e) {
      var where = e.getLocation();
      throw new CliException(
          Code.CLI011,
          "%s: line %s, column %s: %s; it is no result of the laboratory"
              .formatted(
                  file,
                  where == null ? "?" : where.getLineNr(),
                  where == null ? "?" : where.getColumnNr(),
                  String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("no JSON")),
          e);
    } catch (IOException e) {
      throw new CliException(Code.CLI002, file + ": cannot be read (" + e + "); check the path", e);
    }
  }

  /// A device's name as part of a file name: `NVIDIA H200` becomes `nvidia-h200`.
  static String slug(String name) {
    String slug =
        name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
    return slug.isEmpty() ? "device" : slug;
  }
}
