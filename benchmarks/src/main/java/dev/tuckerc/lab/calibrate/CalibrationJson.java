package dev.tuckerc.lab.calibrate;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.lab.calibrate.fit.Samples;
import dev.tuckerc.lab.calibrate.micro.Reading;
import java.util.List;

/// A calibration as the field `data` of a result: raw samples, and what was made of them.
final class CalibrationJson {
  private CalibrationJson() {}

  static ObjectNode of(
      String architecture,
      boolean emulated,
      List<Outcome> outcomes,
      List<Comparison> comparisons,
      List<Comparison> surprising) {
    ObjectNode root = Output.object();
    root.put("architecture", architecture);
    root.put("emulated", emulated);
    if (emulated) {
      root.put("note", "functional check only: times of the emulator say nothing of a GPU");
    }
    ArrayNode list = root.putArray("microbenchmarks");
    outcomes.forEach(outcome -> write(list.addObject(), outcome));
    ArrayNode figures = root.putArray("figures");
    comparisons.forEach(comparison -> write(figures.addObject(), comparison));
    ArrayNode far = root.putArray("surprising");
    surprising.forEach(comparison -> far.add(comparison.figure().key()));
    return root;
  }

  private static void write(ObjectNode node, Outcome outcome) {
    node.put("name", outcome.name());
    node.put("status", outcome.status().word());
    if (!outcome.reason().isEmpty()) {
      node.put("reason", outcome.reason());
    }
    node.put("method", outcome.method());
    node.put("seconds", outcome.seconds());
    ArrayNode figures = node.putArray("figures");
    outcome.figures().forEach(figure -> figures.add(figure.key()));
    ArrayNode readings = node.putArray("readings");
    for (Reading reading : outcome.readings()) {
      ObjectNode one = readings.addObject();
      one.put("label", reading.label());
      one.put("unit", reading.unit());
      reading.figure().ifPresent(figure -> one.put("figure", figure.key()));
      write(one, reading.samples());
    }
    ArrayNode failures = node.putArray("failures");
    outcome.failures().forEach(failures::add);
    ObjectNode series = node.putObject("series");
    outcome
        .series()
        .forEach((label, slopes) -> {
          ObjectNode one = series.putObject(label);
          ArrayNode lengths = one.putArray("lengths");
          slopes.xs().forEach(lengths::add);
          ArrayNode times = one.putArray("times");
          slopes.series().forEach(repetition -> repetition.forEach(times.addArray()::add));
        });
    ObjectNode raw = node.putObject("samples");
    outcome.raw().forEach((label, samples) -> samples.values().forEach(raw.putArray(label)::add));
  }

  private static void write(ObjectNode node, Comparison comparison) {
    node.put("figure", comparison.figure().key());
    node.put("unit", comparison.figure().unit());
    node.put("measured", comparison.reading().samples().median());
    comparison.shipped().ifPresent(value -> node.put("shipped", value));
    comparison.ratio().ifPresent(value -> node.put("ratio", value));
    node.put("stable", comparison.reading().samples().stable());
  }

  private static void write(ObjectNode node, Samples samples) {
    node.put("median", samples.median());
    node.put("medianDeviation", samples.medianDeviation());
    node.put("p10", samples.quantile(0.1));
    node.put("p90", samples.quantile(0.9));
    node.put("count", samples.count());
    node.put("stable", samples.stable());
  }
}
