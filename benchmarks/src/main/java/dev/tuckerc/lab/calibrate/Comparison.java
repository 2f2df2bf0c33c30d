package dev.tuckerc.lab.calibrate;

import dev.tuckerc.cost.DeviceFile;
import dev.tuckerc.cost.Figure;
import dev.tuckerc.lab.calibrate.micro.Reading;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// A measured figure beside the shipped one.
///
/// @param reading the measurement
/// @param shipped value of the shipped description; empty where it has none, or marks the feature
///   as missing
public record Comparison(Figure figure, Reading reading, OptionalDouble shipped) {

  /// All measured figures in the order of [Figure].
  public static List<Comparison> of(List<Outcome> outcomes, Optional<DeviceFile> base) {
    List<Comparison> all = new ArrayList<>();
    for (Outcome outcome : outcomes) {
      for (Reading reading : outcome.readings()) {
        reading
            .figure()
            .ifPresent(figure ->
                all.add(
                    new Comparison(
                        figure,
                        reading,
                        base.flatMap(b -> b.entry(figure))
                            .filter(entry -> entry.value() > 0)
                            .map(entry -> OptionalDouble.of(entry.value()))
                            .orElse(OptionalDouble.empty()))));
      }
    }
    all.sort(Comparator.comparing(Comparison::figure));
    return List.copyOf(all);
  }

  /// Measured over shipped.
  public OptionalDouble ratio() {
    double measured = reading.samples().median();
    return shipped.isPresent() && measured > 0
        ? OptionalDouble.of(measured / shipped.getAsDouble())
        : OptionalDouble.empty();
  }

  /// The figures furthest from their estimates, by ratio either way.
  public static List<Comparison> surprising(List<Comparison> all, int most) {
    return all.stream()
        .filter(c -> c.ratio().isPresent())
        .sorted(Comparator.comparingDouble(c -> -Math.abs(Math.log(c.ratio().orElse(1)))))
        .limit(most)
        .toList();
  }
}
