package dev.tuckerc.cost;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A device file: the name of a GPU and its figures, each with where it comes from.
///
/// ```json
/// {
///   "name": "NVIDIA H200",
///   "figures": {
///     "multiprocessors": {"value": 132, "source": "NVIDIA H100 whitepaper, SXM5"}
///   }
/// }
/// ```
///
/// @param name product name
/// @param figures in the order of [Figure]
public record DeviceFile(String name, Map<Figure, Entry> figures) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final MathContext WRITTEN = new MathContext(6);

  /// One figure.
  ///
  /// @param value in the figure's unit
  /// @param source document, estimate or measurement
  public record Entry(double value, String source) {
    public Entry {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("a figure must be finite, not " + value);
      }
      if (source.isBlank()) {
        throw new IllegalArgumentException("a figure needs a source");
      }
    }

    /// How far the figure can be trusted, by how its source begins.
    public Origin origin() {
      if (source.startsWith("measured")) {
        return Origin.MEASURED;
      }
      boolean guessed =
          source.startsWith("estimate")
              || source.startsWith("assumed")
              || source.startsWith("not measured");
      return guessed ? Origin.ESTIMATED : Origin.PUBLISHED;
    }
  }

  /// Where a figure comes from.
  public enum Origin {
    /// On the device itself.
    MEASURED,
    /// A document, or a measurement by others on such a device.
    PUBLISHED,
    /// Nothing of that kind; or a description of another device.
    ESTIMATED
  }

  public DeviceFile {
    EnumMap<Figure, Entry> ordered = new EnumMap<>(Figure.class);
    ordered.putAll(figures);
    figures = Collections.unmodifiableMap(ordered);
  }

  /// The file shipped with tuckerc under this name, such as `h200`.
  ///
  /// @throws IllegalArgumentException when there is none
  public static DeviceFile shipped(String name) {
    String resource = "/dev/tuckerc/cost/devices/" + name + ".json";
    try (InputStream stream = DeviceFile.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalArgumentException(
            "no device description '" + name + "'; there are " + DeviceDescription.SHIPPED);
      }
      String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      return parse(name + ".json", text);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + resource, e);
    }
  }

  /// Reads a device file.
  ///
  /// @throws IllegalArgumentException naming the file and what is wrong with it
  public static DeviceFile read(Path file) {
    try {
      return parse(file.toString(), Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read device description " + file, e);
    }
  }

  /// @param file name for messages
  static DeviceFile parse(String file, String text) {
    JsonNode root;
    try {
      root = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "device description " + file + " is no JSON: " + e.getOriginalMessage(), e);
    }
    Map<Figure, Entry> figures = new EnumMap<>(Figure.class);
    for (Map.Entry<String, JsonNode> property : root.path("figures").properties()) {
      String key = property.getKey();
      Figure figure =
          Figure.of(key)
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "device description "
                          + file
                          + ": unknown figure '"
                          + key
                          + "'; there are "
                          + keys()));
      JsonNode value = property.getValue().path("value");
      if (!value.isNumber()) {
        throw new IllegalArgumentException(
            "device description " + file + ": figures." + key + ".value is missing or no number");
      }
      String source = property.getValue().path("source").asText();
      figures.put(
          figure, new Entry(value.asDouble(), source.isBlank() ? "no source given" : source));
    }
    DeviceFile parsed = new DeviceFile(root.path("name").asText(file), figures);
    parsed.missing().stream()
        .findFirst()
        .ifPresent(figure -> {
          throw new IllegalArgumentException(
              "device description "
                  + file
                  + ": figures."
                  + figure.key()
                  + ".value is missing or no number");
        });
    return parsed;
  }

  private static List<String> keys() {
    return Arrays.stream(Figure.values()).map(Figure::key).toList();
  }

  /// The figures a description needs and this has not.
  public List<Figure> missing() {
    return Arrays.stream(Figure.values())
        .filter(f -> f.required() && !figures.containsKey(f))
        .toList();
  }

  /// A figure, if it is there.
  public Optional<Entry> entry(Figure figure) {
    return Optional.ofNullable(figures.get(figure));
  }

  /// The same with one figure added or replaced.
  public DeviceFile with(Figure figure, Entry entry) {
    Map<Figure, Entry> changed = new EnumMap<>(Figure.class);
    changed.putAll(figures);
    changed.put(figure, entry);
    return new DeviceFile(name, changed);
  }

  /// The same for a GPU of another name.
  public DeviceFile named(String other) {
    return new DeviceFile(other, figures);
  }

  /// The text of the file, one figure a line; values are rounded to six digits.
  public String text() {
    StringBuilder text = new StringBuilder("{\n  \"name\": ");
    text.append(quoted(name)).append(",\n  \"figures\": {");
    String separator = "\n";
    for (Map.Entry<Figure, Entry> figure : figures.entrySet()) {
      text.append(separator)
          .append("    ")
          .append(quoted(figure.getKey().key()))
          .append(": {\"value\": ")
          .append(number(figure.getValue().value()))
          .append(", \"source\": ")
          .append(quoted(figure.getValue().source()))
          .append('}');
      separator = ",\n";
    }
    return text.append("\n  }\n}\n").toString();
  }

  private static String number(double value) {
    // Counts are exact; everything else is a measurement or an estimate.
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : new BigDecimal(value).round(WRITTEN).stripTrailingZeros().toPlainString();
  }

  private static String quoted(String text) {
    ObjectNode node = JSON.createObjectNode().put("text", text);
    return node.path("text").toString();
  }
}
