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
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// Results of one kind in one file, `KIND.jsonl`: a line of JSON each. The first line of a run
/// holds `format`, `kind` and `environment`; every other line is a case, written the moment it is
/// known, so that whatever ends the run loses nothing. Runs are appended to one another.
public final class ResultLog {
  /// Number of the format.
  public static final int FORMAT = 2;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final String kind;
  private final Path file;

  /// @param folder made if missing
  /// @param kind the command that writes it
  public ResultLog(Path folder, String kind) {
    FilesIo.createFolder(folder);
    this.kind = kind;
    this.file = folder.resolve(kind + ".jsonl");
  }

  /// The file.
  public Path file() {
    return file;
  }

  /// Begins a run.
  public void begin(JsonNode environment) {
    ObjectNode node = Output.object();
    node.put("format", FORMAT);
    node.put("kind", kind);
    node.set("environment", environment);
    write(node);
  }

  /// Adds a line. It is on disk when this returns.
  public synchronized void write(ObjectNode line) {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      Files.write(
          file,
          bytes,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND,
          StandardOpenOption.SYNC);
    } catch (IOException e) {
      throw new CliException(Code.CLI003, file + ": cannot be written (" + e.getMessage() + ")", e);
    }
  }

  /// All lines of a file of results. A last line that was cut off is left out.
  ///
  /// @throws CliException naming the line that is no JSON object
  public static List<JsonNode> read(Path file) {
    String text = new String(FilesIo.readAll(file), StandardCharsets.UTF_8);
    List<String> lines = text.lines().toList();
    List<JsonNode> nodes = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      try {
        JsonNode node = JSON.readTree(lines.get(i));
        if (node.isObject()) {
          nodes.add(node);
          continue;
        }
      } catch (JsonProcessingException e) {
        if (i == lines.size() - 1 && !text.endsWith("\n")) {
          break;
        }
      }
      throw new CliException(
          Code.CLI011,
          file + ": line " + (i + 1) + " is no JSON object; it is no result of the laboratory");
    }
    return nodes;
  }
}
