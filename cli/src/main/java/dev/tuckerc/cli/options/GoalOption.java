package dev.tuckerc.cli.options;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.pipeline.Ranks;
import dev.tuckerc.transform.ranks.Goal;
import dev.tuckerc.transform.ranks.LayerPattern;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicyException;
import dev.tuckerc.transform.ranks.SelectedLayers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What a search for ranks is to achieve, and for which layers.
public final class GoalOption {
  @Option(
      names = "--max-error",
      paramLabel = "E",
      description =
          "With --ranks latency or haloc-grid: the fastest plan whose estimated relative error of"
              + " the output, sqrt(sum e^2) over the layers, is at most E (default: "
              + Goal.DEFAULT_ERROR
              + ").")
  private @Nullable Double maxError;

  @Option(
      names = "--max-latency",
      paramLabel = "US",
      description = "The plan of least error that is predicted to run in at most US microseconds.")
  private @Nullable Double maxLatency;

  @Option(
      names = "--max-flops",
      paramLabel = "N",
      description = "The plan of least error with at most N multiply-accumulates, as in 900e6.")
  private @Nullable Double maxFlops;

  @Option(
      names = "--include",
      paramLabel = "LAYER,...",
      split = ",",
      description = "Decompose only these layers; * and ? stand for any characters and for one.")
  private List<String> included = new ArrayList<>();

  @Option(
      names = "--exclude",
      paramLabel = "LAYER,...",
      split = ",",
      description = "Keep these layers dense.")
  private List<String> excluded = new ArrayList<>();

  @Option(
      names = "--pin",
      paramLabel = "LAYER=RANKS",
      description =
          "Ranks of a layer whatever the policy says: LAYER=IN:OUT, LAYER=rank:N (singular"
              + " values), LAYER=FRACTION or LAYER=dense; may be given again.")
  private List<String> pinned = new ArrayList<>();

  /// The names of those that were given.
  List<String> given() {
    List<String> given = new ArrayList<>();
    if (maxError != null) {
      given.add("--max-error");
    }
    if (maxLatency != null) {
      given.add("--max-latency");
    }
    if (maxFlops != null) {
      given.add("--max-flops");
    }
    if (!included.isEmpty()) {
      given.add("--include");
    }
    if (!excluded.isEmpty()) {
      given.add("--exclude");
    }
    if (!pinned.isEmpty()) {
      given.add("--pin");
    }
    return given;
  }

  /// Ranks with these options.
  ///
  /// @throws CliException when they do not fit each other
  Ranks applyTo(Ranks ranks) {
    try {
      Map<LayerPattern, RankChoice> pins = new LinkedHashMap<>();
      pinned.stream()
          .map(SelectedLayers::pin)
          .forEach(pin -> pins.put(pin.getKey(), pin.getValue()));
      SelectedLayers selected =
          new SelectedLayers(
              ranks.policy(),
              included.stream().map(LayerPattern::new).toList(),
              excluded.stream().map(LayerPattern::new).toList(),
              pins);
      boolean all = included.isEmpty() && excluded.isEmpty() && pins.isEmpty();
      return new Ranks(
          all ? ranks.policy() : selected,
          ranks.options(),
          ranks.calibration(),
          goal(ranks),
          words(),
          ranks.explained());
    } catch (RankPolicyException e) {
      throw new CliException(CliException.Code.CLI001, String.valueOf(e.getMessage()), e);
    }
  }

  private Optional<Goal> goal(Ranks ranks) {
    if (maxError == null && maxLatency == null && maxFlops == null) {
      return Optional.empty();
    }
    if (!ranks.text().equals("latency") && !ranks.text().startsWith("haloc-grid")) {
      throw new CliException(
          CliException.Code.CLI001,
          given().getFirst()
              + " has no effect with --ranks "
              + ranks.text()
              + ": use --ranks latency, or haloc-grid=MULTIPLE");
    }
    return Optional.of(
        new Goal(
            maxError == null ? OptionalDouble.empty() : OptionalDouble.of(maxError),
            maxLatency == null ? OptionalDouble.empty() : OptionalDouble.of(maxLatency),
            maxFlops == null ? OptionalLong.empty() : OptionalLong.of(Math.round(maxFlops))));
  }

  private List<String> words() {
    List<String> words = new ArrayList<>();
    if (maxError != null) {
      words.addAll(List.of("--max-error", maxError.toString()));
    }
    if (maxLatency != null) {
      words.addAll(List.of("--max-latency", maxLatency.toString()));
    }
    if (maxFlops != null) {
      words.addAll(List.of("--max-flops", maxFlops.toString()));
    }
    if (!included.isEmpty()) {
      words.addAll(List.of("--include", String.join(",", included)));
    }
    if (!excluded.isEmpty()) {
      words.addAll(List.of("--exclude", String.join(",", excluded)));
    }
    pinned.forEach(pin -> words.addAll(List.of("--pin", pin)));
    return words;
  }
}
