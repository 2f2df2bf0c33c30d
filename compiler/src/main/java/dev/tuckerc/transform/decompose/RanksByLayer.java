package dev.tuckerc.transform.decompose;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Ranks written down for each layer, read from a JSON file:
///
/// ```
/// { "layer1.0.conv1": {"in": 32, "out": 32}, "layer1.0.conv2": "dense" }
/// ```
///
/// Every layer that can be decomposed must be named, by its ONNX node name. Ranks are taken as they
/// are, without rounding.
///
/// @param source the file, for messages
public record RanksByLayer(String source, Map<String, RankChoice> layers) implements RankPolicy {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final int SHOWN = 8;

  public RanksByLayer {
    layers = Collections.unmodifiableMap(new LinkedHashMap<>(layers));
  }

  /// Reads a file.
  ///
  /// @throws RankPolicyException when it cannot be read or is not of the form above
  public static RanksByLayer read(Path file) {
    JsonNode root;
    try {
      root = JSON.readTree(Files.readString(file));
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
      throw new RankPolicyException(file + ", line " + line + ": not valid JSON: " + brief(e));
    } catch (IOException e) {
      throw new RankPolicyException(
          "the ranks file " + file + " cannot be read; check the path and its permissions");
    }
    if (!root.isObject()) {
      throw new RankPolicyException(
          file + ": expected an object that gives every layer its ranks, as in " + example());
    }
    Map<String, RankChoice> layers = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      layers.put(entry.getKey(), choice(file, entry.getKey(), entry.getValue()));
    }
    return new RanksByLayer(file.toString(), layers);
  }

  private static RankChoice choice(Path file, String layer, JsonNode value) {
    if (value.isTextual() && value.textValue().equals("dense")) {
      return new RankChoice.KeepDense("the ranks file says so");
    }
    if (value.isObject()
        && value.size() == 2
        && isRank(value.get("in"))
        && isRank(value.get("out"))) {
      return new RankChoice.Ranks(value.get("in").intValue(), value.get("out").intValue());
    }
    throw new RankPolicyException(
        file
            + ": layer '"
            + layer
            + "': expected {\"in\": rank, \"out\": rank} with positive integers, or \"dense\", not "
            + value);
  }

  private static boolean isRank(JsonNode node) {
    return node != null && node.isInt() && node.intValue() > 0;
  }

  private static String example() {
    return "{\"layer1.0.conv1\": {\"in\": 32, \"out\": 32}, \"layer1.0.conv2\": \"dense\"}";
  }

  @Override
  public void check(List<String> decomposable, Map<String, String> others) {
    List<String> unknown = new ArrayList<>();
    for (Map.Entry<String, RankChoice> entry : layers.entrySet()) {
      String layer = entry.getKey();
      if (decomposable.contains(layer)) {
        continue;
      }
      if (!others.containsKey(layer)) {
        unknown.add(layer);
      } else if (entry.getValue() instanceof RankChoice.Ranks) {
        throw new RankPolicyException(
            source + ": layer '" + layer + "' cannot be decomposed: " + others.get(layer));
      }
    }
    if (!unknown.isEmpty()) {
      throw new RankPolicyException(
          source
              + ": the model has no convolution named "
              + shown(unknown)
              + "; it has "
              + shown(decomposable));
    }
    List<String> missing = decomposable.stream().filter(name -> !layers.containsKey(name)).toList();
    if (!missing.isEmpty()) {
      throw new RankPolicyException(
          source + ": no ranks for " + shown(missing) + "; give ranks or \"dense\"");
    }
  }

  @Override
  public RankChoice choose(DecomposableLayer layer) {
    RankChoice choice = Objects.requireNonNull(layers.get(layer.name()), "check() was not called");
    if (choice instanceof RankChoice.Ranks(int in, int out)
        && (in > layer.inputs() || out > layer.outputs())) {
      throw new RankPolicyException(
          source
              + ": layer '"
              + layer.name()
              + "': ranks "
              + choice
              + " exceed its channels "
              + layer.inputs()
              + "->"
              + layer.outputs());
    }
    return choice;
  }

  @Override
  public String text() {
    return "fixed=" + source;
  }

  private static String shown(List<String> names) {
    String first = "'" + String.join("', '", names.subList(0, Math.min(SHOWN, names.size()))) + "'";
    return names.isEmpty()
        ? "none that can be decomposed"
        : names.size() <= SHOWN ? first : first + " and " + (names.size() - SHOWN) + " more";
  }

  /// The parser's message without its remarks on where the text came from.
  private static String brief(JsonProcessingException e) {
    return e.getOriginalMessage().replaceFirst("\\s*\\(start marker at .*", "");
  }
}
