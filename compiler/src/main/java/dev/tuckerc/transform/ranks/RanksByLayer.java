package dev.tuckerc.transform.ranks;

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
import java.util.Optional;
import java.util.stream.Stream;

/// Ranks written down for each layer, read from a JSON file:
///
/// ```
/// { "layer1.0.conv1": {"in": 32, "out": 32}, "layer1.*": 0.5, "fc": {"rank": 64}, "conv1": "dense" }
/// ```
///
/// Layers are named by their ONNX node names, or by patterns in which `*` stands for any characters
/// and `?` for one. A layer's own name goes before patterns, an earlier pattern before a later one;
/// what nothing names stays dense. `in` and `out` are the ranks of a Tucker-2 decomposition, `rank`
/// that of a singular value decomposition (1x1 convolutions and matrix products), `basis` the
/// number of kernels that the channels share (PENNI), `terms` the products of a canonical polyadic
/// decomposition, `outputs`, `inputs` and `ranks` the modes and ranks of a tensor train, all taken
/// as they are, without rounding; a number is a fraction of the channels, rounded up to the rank
/// quantum. A pattern passes over layers that its choice does not fit.
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
    if (value.isNumber() && value.doubleValue() > 0 && value.doubleValue() <= 1) {
      return new RankChoice.Fraction(value.doubleValue());
    }
    if (value.isObject()
        && value.size() == 2
        && isRank(value.get("in"))
        && isRank(value.get("out"))) {
      return new RankChoice.Ranks(value.get("in").intValue(), value.get("out").intValue());
    }
    if (value.isObject() && value.size() == 1 && isRank(value.get("rank"))) {
      return new RankChoice.SingularValues(value.get("rank").intValue());
    }
    if (value.isObject() && value.size() == 1 && isRank(value.get("basis"))) {
      return new RankChoice.Basis(value.get("basis").intValue());
    }
    if (value.isObject() && value.size() == 1 && isRank(value.get("terms"))) {
      return new RankChoice.Terms(value.get("terms").intValue());
    }
    if (value.isObject()
        && value.size() == 3
        && areRanks(value.get("outputs"))
        && areRanks(value.get("inputs"))
        && areRanks(value.get("ranks"))) {
      return new RankChoice.Train(
          numbers(value.get("outputs")), numbers(value.get("inputs")), numbers(value.get("ranks")));
    }
    throw new RankPolicyException(
        file
            + ": layer '"
            + layer
            + "': expected {\"in\": rank, \"out\": rank}, {\"rank\": rank}, {\"basis\": kernels},"
            + " {\"terms\": count} or {\"outputs\": modes, \"inputs\": modes, \"ranks\": ranks}"
            + " with positive integers, a fraction such as 0.5, or \"dense\", not "
            + value);
  }

  private static boolean isRank(JsonNode node) {
    return node != null && node.isInt() && node.intValue() > 0;
  }

  private static boolean areRanks(JsonNode node) {
    return node != null
        && node.isArray()
        && !node.isEmpty()
        && numbers(node).stream().allMatch(n -> n > 0);
  }

  /// Integers of an array; 0 for what is none.
  private static List<Integer> numbers(JsonNode array) {
    List<Integer> numbers = new ArrayList<>();
    array.forEach(node -> numbers.add(isRank(node) ? node.intValue() : 0));
    return numbers;
  }

  private static String example() {
    return "{\"layer1.0.conv1\": {\"in\": 32, \"out\": 32}, \"layer1.0.conv2\": \"dense\"}";
  }

  @Override
  public void check(List<String> decomposable, Map<String, String> others) {
    List<String> unknown = new ArrayList<>();
    for (String name : layers.keySet()) {
      boolean known =
          new LayerPattern(name).isPattern()
              ? Stream.concat(decomposable.stream(), others.keySet().stream())
                  .anyMatch(new LayerPattern(name)::matches)
              : decomposable.contains(name) || others.containsKey(name);
      if (!known) {
        unknown.add(name);
      }
    }
    if (!unknown.isEmpty()) {
      throw new RankPolicyException(
          source
              + ": the model has no layer named "
              + shown(unknown)
              + "; it has "
              + shown(decomposable));
    }
  }

  @Override
  public RankChoice choose(DecomposableLayer layer) {
    RankChoice own = layers.get(layer.name());
    if (own != null) {
      misfit(layer, own)
          .ifPresent(problem -> {
            throw new RankPolicyException(source + ": layer '" + layer.name() + "': " + problem);
          });
      return layer.kind() == LayerKind.FACTOR && !(own instanceof RankChoice.KeepDense)
          ? new RankChoice.KeepDense(layer.kind().reason())
          : own;
    }
    for (Map.Entry<String, RankChoice> entry : layers.entrySet()) {
      LayerPattern pattern = new LayerPattern(entry.getKey());
      if (pattern.isPattern() && pattern.matches(layer.name())) {
        if (layer.kind() == LayerKind.FACTOR) {
          return new RankChoice.KeepDense(layer.kind().reason());
        }
        if (misfit(layer, entry.getValue()).isEmpty()) {
          return entry.getValue();
        }
      }
    }
    return new RankChoice.KeepDense(
        layer.kind().reason().isEmpty() ? source + " does not name it" : layer.kind().reason());
  }

  /// Why a layer cannot have what the file says.
  private static Optional<String> misfit(DecomposableLayer layer, RankChoice choice) {
    String channels = " exceed its channels " + layer.inputs() + "->" + layer.outputs();
    if (choice instanceof RankChoice.KeepDense || layer.kind() == LayerKind.FACTOR) {
      return Optional.empty();
    }
    if (layer.kind() == LayerKind.DEPTHWISE) {
      return Optional.of("it cannot be decomposed: depthwise");
    }
    boolean spatial = layer.taps() > 1;
    boolean matrix = !spatial || layer.kind() == LayerKind.FLATTENED;
    return switch (choice) {
      case RankChoice.Ranks(int in, int out) when in > layer.inputs() || out > layer.outputs() ->
          Optional.of("ranks " + choice + channels);
      case RankChoice.Ranks _, RankChoice.Fraction _ when !spatial ->
          Optional.of("it has one tap; give {\"rank\": rank} for a singular value decomposition");
      case RankChoice.SingularValues _ when !matrix ->
          Optional.of("it has " + layer.taps() + " taps; give {\"in\": rank, \"out\": rank}");
      case RankChoice.SingularValues(int rank)
          when rank > Math.min((long) layer.inputs() * layer.taps(), layer.outputs()) ->
          Optional.of("rank " + rank + channels);
      case RankChoice.Basis _ when layer.groups() > 1 ->
          Optional.of("its " + layer.groups() + " groups share no basis of kernels");
      case RankChoice.Basis(int kernels)
          when kernels > layer.taps() || layer.kind() != LayerKind.SPATIAL ->
          Optional.of(
              "a basis of " + kernels + " kernels does not fit its " + layer.taps() + " taps");
      case RankChoice.Terms _ when layer.kind() != LayerKind.SPATIAL ->
          Optional.of("a sum of terms needs a convolution of several taps");
      case RankChoice.Train train -> misfit(layer, train);
      case RankChoice.Ranks _,
          RankChoice.Fraction _,
          RankChoice.Terms _,
          RankChoice.SingularValues _,
          RankChoice.Basis _,
          RankChoice.Search _,
          RankChoice.KeepDense _ ->
          Optional.empty();
    };
  }

  private static Optional<String> misfit(DecomposableLayer layer, RankChoice.Train train) {
    boolean possible =
        layer.kind() == LayerKind.SPATIAL
            || layer.kind() == LayerKind.POINTWISE
            || layer.kind() == LayerKind.PRODUCT;
    int modes = train.outputModes().size() + train.inputModes().size();
    int ranks = layer.taps() > 1 ? modes : modes - 1;
    return !possible
        ? Optional.of("it cannot be a tensor train")
        : product(train.outputModes()) != layer.outputs()
                || product(train.inputModes()) != layer.inputs()
            ? Optional.of(
                "the modes of the train multiply to "
                    + product(train.inputModes())
                    + "->"
                    + product(train.outputModes())
                    + ", its channels are "
                    + layer.inputs()
                    + "->"
                    + layer.outputs())
            : train.ranks().size() != ranks
                ? Optional.of("its train has " + ranks + " ranks, not " + train.ranks().size())
                : Optional.empty();
  }

  private static long product(List<Integer> modes) {
    return modes.stream().mapToLong(mode -> mode).reduce(1, (a, b) -> Math.min(a * b, 1L << 40));
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
