package dev.tuckerc.lab.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import java.nio.file.Path;
import java.util.Optional;

/// Reads the fields of a JSON object from a file; what is missing or of another type is an error
/// that names the file and the field.
///
/// @param file for messages
/// @param prefix of field names in messages, such as `environment.`; empty at the top
/// @param node the object
public record JsonFields(Path file, String prefix, ObjectNode node) {

  /// A text.
  public String text(String field) {
    return require(field, node.path(field).isTextual(), "a text").textValue();
  }

  /// A text that may be missing or null.
  public Optional<String> optionalText(String field) {
    return isAbsent(field) ? Optional.empty() : Optional.of(text(field));
  }

  /// A whole number.
  public long integer(String field) {
    return require(field, node.path(field).canConvertToExactIntegral(), "a whole number")
        .longValue();
  }

  /// A number.
  public double number(String field) {
    return require(field, node.path(field).isNumber(), "a number").doubleValue();
  }

  /// True or false.
  public boolean flag(String field) {
    return require(field, node.path(field).isBoolean(), "true or false").booleanValue();
  }

  /// An array.
  public ArrayNode array(String field) {
    return (ArrayNode) require(field, node.path(field).isArray(), "an array");
  }

  /// An object.
  public JsonFields object(String field) {
    JsonNode value = require(field, node.path(field).isObject(), "an object");
    return new JsonFields(file, prefix + field + ".", (ObjectNode) value);
  }

  /// Whether a field is missing or null.
  public boolean isAbsent(String field) {
    return node.path(field).isMissingNode() || node.path(field).isNull();
  }

  /// The error of a field.
  public CliException error(String field, String problem) {
    return new CliException(
        Code.CLI011,
        file
            + ": field '"
            + prefix
            + field
            + "' "
            + problem
            + "; it is no result of the laboratory");
  }

  private JsonNode require(String field, boolean good, String type) {
    if (node.path(field).isMissingNode()) {
      throw error(field, "is missing");
    }
    if (!good) {
      throw error(field, "is not " + type);
    }
    return node.path(field);
  }
}
