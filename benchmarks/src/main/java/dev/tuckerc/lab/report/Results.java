package dev.tuckerc.lab.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.lab.report.DeviceFigures.Bounds;
import dev.tuckerc.lab.report.DeviceFigures.LayerKey;
import dev.tuckerc.lab.report.DeviceFigures.Origin;
import dev.tuckerc.lab.report.DeviceFigures.Own;
import dev.tuckerc.lab.report.DeviceFigures.Pair;
import dev.tuckerc.lab.report.DeviceFigures.Peer;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.JsonFields;
import dev.tuckerc.lab.results.ResultFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Reads all results of a folder, the oldest first.
final class Results {
  private static final String CORE = "tdc.core/";

  private final Map<String, DeviceFigures> devices = new TreeMap<>();
  private final List<String> notes = new ArrayList<>();

  private Results() {}

  private record Loaded(Path file, ResultFile result) {}

  /// Figures of every device, those with measurements first.
  ///
  /// @param devices by name
  /// @param notes what was left aside, and why
  record Read(List<DeviceFigures> devices, List<String> notes) {}

  /// Reads `*.json`. Files that hold an array, such as JMH's, are no results of the laboratory and
  /// are passed over.
  ///
  /// @throws CliException when the folder cannot be read or a result is damaged
  static Read read(Path folder) {
    List<Loaded> loaded = new ArrayList<>();
    for (Path file : files(folder)) {
      if (!new String(FilesIo.readAll(file), StandardCharsets.UTF_8)
          .stripLeading()
          .startsWith("[")) {
        loaded.add(new Loaded(file, ResultFile.read(file)));
      }
    }
    loaded.sort(
        Comparator.<Loaded, Instant>comparing(l -> l.result().environment().date())
            .thenComparing(Loaded::file));
    Results results = new Results();
    loaded.forEach(results::add);
    List<DeviceFigures> devices = new ArrayList<>(results.devices.values());
    devices.sort(Comparator.comparing(d -> !d.isMeasured()));
    return new Read(devices, List.copyOf(results.notes));
  }

  private static List<Path> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    } catch (IOException e) {
      throw new CliException(
          Code.CLI002, folder + ": cannot be listed (" + e + "); name another with --results", e);
    }
  }

  private void add(Loaded loaded) {
    ResultFile result = loaded.result();
    Environment.DeviceRecord device = result.environment().device();
    boolean prediction = result.kind().equals("predict");
    if (device.emulated() && !prediction && !result.kind().equals("verify")) {
      notes.add(loaded.file().getFileName() + ": not of a GPU, its times are left aside");
      return;
    }
    DeviceFigures figures = devices.computeIfAbsent(device.name(), DeviceFigures::new);
    JsonFields data = new JsonFields(loaded.file(), "data.", result.data());
    switch (result.kind()) {
      case "predict" -> models(data, figures, false);
      case "bench" -> {
        models(data, figures, true);
        kernels(data, figures);
      }
      case "peers" -> {
        peerModels(data, figures);
        peerLayers(data, figures);
      }
      case "verify" -> figures.remarks().add(verified(data, result.environment()));
      case "calibrate" -> figures.remarks().add(calibrated(data, result.environment()));
      default -> {
        notes.add(loaded.file().getFileName() + ": kind '" + result.kind() + "' is not reported");
        return;
      }
    }
    Environment environment = result.environment();
    figures
        .origins()
        .put(
            result.kind(),
            new Origin(result.kind(), environment.date(), environment.commit(), device.driver()));
  }

  private static void models(JsonFields data, DeviceFigures figures, boolean measured) {
    for (JsonFields model : objects(data, "models")) {
      Subject subject =
          new Subject(model.text("network"), model.text("precision"), model.text("ranks"));
      JsonFields floor = model.object("floorMicroseconds");
      Bounds bounds =
          new Bounds(
              positive(floor, "memory"), positive(floor, "arithmetic"), positive(floor, "steps"));
      double predicted = positive(model, "predictedMicroseconds");
      Optional<Figure> time = Optional.empty();
      if (measured) {
        JsonFields device = model.object("graph").object("deviceMicroseconds");
        time = Optional.of(Figure.measured(positive(device, "p50"), positive(device, "p99")));
        figures
            .pairs()
            .put("model " + model.text("name"), new Pair("models", time.get().value(), predicted));
      }
      figures.put(subject, new Own(predicted, time, bounds));
    }
  }

  private static void kernels(JsonFields data, DeviceFigures figures) {
    for (JsonFields kernel : objects(data, "kernels")) {
      String name = kernel.text("name");
      double measured = positive(kernel, "measuredMicroseconds");
      List<JsonFields> candidates = objects(kernel, "candidates");
      if (candidates.isEmpty()) {
        throw kernel.error("candidates", "is empty");
      }
      String[] parts = name.split("/", 3);
      String precision = precision(parts);
      figures
          .pairs()
          .put(
              name,
              new Pair(
                  precision.isEmpty() ? "other kernels" : "kernels " + precision,
                  measured,
                  positive(candidates.getFirst(), "predictedMicroseconds")));
      if (name.startsWith(CORE) && parts.length == 3) {
        figures.ownLayers().put(new LayerKey(precision, parts[2]), measured);
      }
    }
  }

  private static String precision(String[] parts) {
    return switch (parts.length > 1 ? parts[1] : "") {
      case "f16" -> "fp16";
      case "f32" -> "fp32";
      default -> "";
    };
  }

  private static void peerModels(JsonFields data, DeviceFigures figures) {
    for (JsonFields model : objects(data, "models")) {
      String ranks = model.optionalText("ranks").orElse("none");
      JsonFields best = model.object("best");
      for (String precision : (Iterable<String>) best.node()::fieldNames) {
        JsonFields time = best.object(precision);
        figures
            .peers()
            .put(
                new Subject(model.text("model"), precision, ranks),
                new Peer(
                    Figure.measured(positive(time, "p50"), positive(time, "p99")),
                    time.text("name")));
      }
    }
  }

  private static void peerLayers(JsonFields data, DeviceFigures figures) {
    for (JsonFields layer : objects(data, "layers")) {
      JsonFields best = layer.object("best");
      if (!layer.text("form").equals("core")) {
        continue;
      }
      for (String precision : (Iterable<String>) best.node()::fieldNames) {
        figures
            .peerLayers()
            .put(
                new LayerKey(precision, layer.text("layer")),
                positive(best.object(precision), "p50"));
      }
    }
  }

  private static String verified(JsonFields data, Environment environment) {
    int all = 0;
    int agree = 0;
    for (JsonFields result : objects(data, "results")) {
      all++;
      agree += result.text("verdict").equals("AGREE") ? 1 : 0;
    }
    return "Verified on %s (%s, %s): %d of %d cases agree with the reference."
        .formatted(
            environment.device().name(), environment.day(), data.text("comparison"), agree, all);
  }

  private static String calibrated(JsonFields data, Environment environment) {
    int figures = objects(data, "figures").size();
    return "Calibrated on %s (%s): %d figures of the performance model measured."
        .formatted(environment.device().name(), environment.day(), figures);
  }

  private static List<JsonFields> objects(JsonFields fields, String field) {
    List<JsonFields> objects = new ArrayList<>();
    int index = 0;
    for (JsonNode node : fields.array(field)) {
      if (!(node instanceof ObjectNode object)) {
        throw fields.error(field, "holds something other than objects, at index " + index);
      }
      objects.add(
          new JsonFields(fields.file(), fields.prefix() + field + "[" + index + "].", object));
      index++;
    }
    return objects;
  }

  private static double positive(JsonFields fields, String field) {
    double value = fields.number(field);
    if (!(value > 0) || Double.isInfinite(value)) {
      throw fields.error(field, "is " + value + ", not a time above 0");
    }
    return value;
  }
}
