package dev.tuckerc.transform.ranks;

import dev.tuckerc.ir.TensorType;
import dev.tuckerc.linalg.Tucker2;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Another policy for some of the layers; the others stay dense, or have ranks of their own.
///
/// @param policy for the layers that nothing else is said of
/// @param included the only layers that may be decomposed; empty for all
/// @param excluded layers that stay dense
/// @param pinned ranks of their own, which go before everything else
public record SelectedLayers(
    RankPolicy policy,
    List<LayerPattern> included,
    List<LayerPattern> excluded,
    Map<LayerPattern, RankChoice> pinned)
    implements RankPolicy {
  public SelectedLayers {
    included = List.copyOf(included);
    excluded = List.copyOf(excluded);
    pinned = Collections.unmodifiableMap(new LinkedHashMap<>(pinned));
  }

  /// Reads a pin: a pattern, `=`, and `dense`, a fraction, ranks such as `32:48`, or `rank:64`.
  ///
  /// @throws RankPolicyException when it is none
  public static Map.Entry<LayerPattern, RankChoice> pin(String text) {
    int equals = text.lastIndexOf('=');
    String value = text.substring(equals + 1);
    if (equals > 0) {
      LayerPattern pattern = new LayerPattern(text.substring(0, equals));
      if (value.equals("dense")) {
        return Map.entry(pattern, new RankChoice.KeepDense("pinned"));
      }
      if (value.matches("[1-9][0-9]{0,8}:[1-9][0-9]{0,8}")) {
        int colon = value.indexOf(':');
        return Map.entry(
            pattern,
            new RankChoice.Ranks(
                Integer.parseInt(value.substring(0, colon)),
                Integer.parseInt(value.substring(colon + 1))));
      }
      if (value.matches("rank:[1-9][0-9]{0,8}")) {
        return Map.entry(
            pattern, new RankChoice.SingularValues(Integer.parseInt(value.substring(5))));
      }
      if (value.matches("0?\\.[0-9]+|1(\\.0*)?")) {
        return Map.entry(pattern, new RankChoice.Fraction(Double.parseDouble(value)));
      }
    }
    throw new RankPolicyException(
        "'"
            + text
            + "' pins nothing: expected LAYER=dense, LAYER=0.5, LAYER=IN:OUT or LAYER=rank:N");
  }

  @Override
  public RankPolicy forModel(List<? extends DecomposableLayer> layers) {
    return new SelectedLayers(policy.forModel(layers), included, excluded, pinned);
  }

  @Override
  public RankChoice choose(DecomposableLayer layer) {
    for (Map.Entry<LayerPattern, RankChoice> pin : pinned.entrySet()) {
      if (pin.getKey().matches(layer.name())) {
        return new RanksByLayer("--pin", Map.of(pin.getKey().text(), pin.getValue())).choose(layer);
      }
    }
    if (!included.isEmpty() && included.stream().noneMatch(p -> p.matches(layer.name()))) {
      return new RankChoice.KeepDense("not included");
    }
    return excluded.stream().anyMatch(p -> p.matches(layer.name()))
        ? new RankChoice.KeepDense("excluded")
        : policy.choose(layer);
  }

  @Override
  public Goal goal(long denseMultiplyAccumulates) {
    return policy.goal(denseMultiplyAccumulates);
  }

  /// Pinned layers keep their ranks, whatever they cost.
  @Override
  public boolean isFree() {
    return policy.isFree() && pinned.isEmpty();
  }

  @Override
  public void check(List<String> decomposable, Map<String, String> others) {
    List<LayerPattern> named = new ArrayList<>(included);
    named.addAll(excluded);
    named.addAll(pinned.keySet());
    for (LayerPattern pattern : named) {
      if (Stream.concat(decomposable.stream(), others.keySet().stream())
          .noneMatch(pattern::matches)) {
        throw new RankPolicyException(
            "the model has no layer named '"
                + pattern.text()
                + "'; `tuckerc decompose` lists them");
      }
    }
    policy.check(decomposable, others);
  }

  @Override
  public Optional<Tucker2> factors(String layer, TensorType weight, RankChoice.Ranks ranks) {
    return policy.factors(layer, weight, ranks);
  }

  @Override
  public String text() {
    return policy.text();
  }
}
