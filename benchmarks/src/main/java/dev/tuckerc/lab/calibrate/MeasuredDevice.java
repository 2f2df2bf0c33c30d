package dev.tuckerc.lab.calibrate;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuckerc.cost.DeviceFile;
import dev.tuckerc.cost.DeviceFile.Entry;
import dev.tuckerc.cost.Figure;
import dev.tuckerc.cost.Kinship;
import dev.tuckerc.lab.calibrate.micro.Reading;
import dev.tuckerc.lab.results.Environment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// A device file for the GPU that was measured. Every figure says where it comes from: measured,
/// asked of the driver, or kept from a shipped description. Nothing is invented.
///
/// @param file what is known, complete or not
/// @param refused measurements that cannot be what they claim, and why
record MeasuredDevice(DeviceFile file, List<String> refused) {
  private static final int FIRST_PROGRAMMATIC = 90;

  /// Puts the file together.
  ///
  /// @param lines of `lab calibrate`
  static MeasuredDevice of(Environment where, List<JsonNode> lines) {
    Map<Figure, Entry> figures = new EnumMap<>(Figure.class);
    Kinship.of(where.device(), where.computeCapability())
        .ifPresent(kin -> {
          DeviceFile shipped = DeviceFile.shipped(kin.shipped());
          boolean same = kin.degree() == Kinship.Degree.PRODUCT;
          shipped
              .figures()
              .forEach((figure, entry) ->
                  figures.put(figure, same ? entry : assumed(entry, shipped.name())));
        });
    Map<Figure, Entry> measured = new EnumMap<>(Figure.class);
    Map<Figure, Entry> chains = new EnumMap<>(Figure.class);
    List<String> refused = new ArrayList<>();
    for (JsonNode line : lines) {
      for (Map.Entry<String, JsonNode> limit : line.path("limits").properties()) {
        Figure.of(limit.getKey())
            .ifPresent(figure ->
                figures.put(
                    figure,
                    new Entry(
                        limit.getValue().asDouble(),
                        "measured: asked of the driver's attributes")));
      }
      for (JsonNode reading : line.path("readings")) {
        Optional<Figure> figure = Figure.of(reading.path("figure").asText());
        if (figure.isEmpty() || !reading.has("p50")) {
          continue;
        }
        double value = reading.path("p50").asDouble();
        if (value <= 0 && figure.get() != Figure.GRID_BARRIER) {
          refused.add(
              "refused " + figure.get().key() + ": a median of " + value + " cannot be right");
          continue;
        }
        boolean chain = reading.path("label").asText().startsWith(Reading.CHAIN);
        (chain ? chains : measured)
            .put(figure.get(), new Entry(value, source(line, reading, where)));
      }
    }
    figures.putAll(measured);
    edges(figures, chains, refused);
    if (where.computeCapability() < FIRST_PROGRAMMATIC) {
      figures.put(Figure.PROGRAMMATIC_EDGE, new Entry(-1, "not supported before sm_90"));
    }
    return new MeasuredDevice(new DeviceFile(where.device(), figures), refused);
  }

  /// An edge is what is left of a kernel of a chain without its load and its store, so that the
  /// three add up to what a dependent kernel was measured to cost.
  private static void edges(
      Map<Figure, Entry> figures, Map<Figure, Entry> chains, List<String> refused) {
    Entry load = figures.get(Figure.FIRST_LOAD);
    Entry store = figures.get(Figure.STORE_LATENCY);
    if (load == null || store == null) {
      return;
    }
    chains.forEach((figure, chain) -> {
      double rest = chain.value() - load.value() - store.value();
      if (rest > 0) {
        figures.put(
            figure,
            new Entry(rest, chain.source() + "; less firstLoad and storeLatency of this file"));
      } else {
        refused.add(
            String.format(
                Locale.ROOT,
                "refused %s: a chain of %.3f us leaves nothing beside firstLoad and storeLatency",
                figure.key(),
                chain.value()));
      }
    });
  }

  private static Entry assumed(Entry entry, String product) {
    return new Entry(
        entry.value(), "not measured, assumed as on " + product + ": " + entry.source());
  }

  private static String source(JsonNode line, JsonNode reading, Environment where) {
    return String.format(
        Locale.ROOT,
        "measured: %s (%s); median of %d, p90 %.4g%s; %s, driver %s, commit %s",
        reading.path("label").asText(),
        line.path("method").asText(),
        reading.path("samples").size(),
        reading.path("p90").asDouble(),
        reading.path("stable").asBoolean() ? "" : ", NOT STABLE",
        where.date(),
        where.driver().orElse("unknown"),
        where.commit());
  }
}
