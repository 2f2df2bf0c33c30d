package dev.tuckerc.cli.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;

/// Where a command writes: results to `out`, progress and errors to `err`.
///
/// @param out results
/// @param err progress, notes, errors
/// @param terminal whether `err` is a terminal, so that a progress bar makes sense
/// @param quiet whether progress and notes are left out
public record Output(PrintStream out, PrintStream err, boolean terminal, boolean quiet) {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /// An empty JSON object.
  public static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /// Writes a result as JSON text.
  public void json(JsonNode node) {
    out.println(text(node));
  }

  /// Indented JSON text.
  public static String text(JsonNode node) {
    try {
      return JSON.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree cannot be written", e);
    }
  }

  /// A line of progress, or a remark: something worth knowing that is not the result.
  public void note(String text) {
    if (!quiet) {
      err.println("tuckerc: " + text);
    }
  }

  /// Starts a task of a known number of steps.
  public Progress progress(String task, long steps) {
    if (quiet) {
      return Progress.silent();
    }
    return terminal ? Progress.bar(task, steps) : Progress.lines(err, task, steps);
  }
}
