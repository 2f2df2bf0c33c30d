package dev.tuckerc.lab.calibrate;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.lab.calibrate.Outcome.Status;
import dev.tuckerc.lab.calibrate.fit.Samples;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.Table;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A calibration for people.
///
/// @param device what became of the figures; empty on the emulator
record CalibrationTable(
    Environment environment,
    List<Outcome> outcomes,
    List<Comparison> comparisons,
    List<Comparison> surprising,
    Optional<MeasuredDevice> device) {

  void print(PrintStream out) {
    out.println(environment.summary());
    if (device.isEmpty()) {
      out.println("EMULATED: kernels were checked by what they compute; nothing was timed");
      Table checks = new Table("microbenchmark", "result", "reason");
      outcomes.forEach(o -> checks.row(o.name(), o.status().word(), o.reason()));
      checks.print(out);
      return;
    }
    figures(out);
    if (!surprising.isEmpty()) {
      out.println();
      out.println("furthest from the shipped figures:");
      for (Comparison comparison : surprising) {
        out.printf(
            Locale.ROOT,
            "  %s: %s, shipped %s, %s times%n",
            comparison.figure().key(),
            number(comparison.reading().samples().median()),
            number(comparison.shipped().orElse(0)),
            number(comparison.ratio().orElse(1)));
      }
    }
    remarks(out);
    troubles(out);
  }

  private void figures(PrintStream out) {
    Table table =
        new Table("figure", "measured", "unit", "shipped", "ratio", "spread", "samples", "");
    for (Comparison comparison : comparisons) {
      Samples samples = comparison.reading().samples();
      table.row(
          comparison.figure().key(),
          number(samples.median()),
          comparison.figure().unit(),
          comparison.shipped().isPresent() ? number(comparison.shipped().getAsDouble()) : "-",
          comparison.ratio().isPresent() ? number(comparison.ratio().getAsDouble()) : "-",
          String.format(Locale.ROOT, "%.1f%%", 100 * samples.spread()),
          samples.count(),
          samples.stable() ? "" : "not stable");
    }
    table.print(out);
  }

  private void remarks(PrintStream out) {
    Table table = new Table("also measured", "median", "unit", "spread");
    for (Outcome outcome : outcomes) {
      outcome.readings().stream()
          .filter(r -> r.figure().isEmpty())
          .forEach(r ->
              table.row(
                  r.label(),
                  number(r.samples().median()),
                  r.unit(),
                  String.format(Locale.ROOT, "%.1f%%", 100 * r.samples().spread())));
    }
    out.println();
    table.print(out);
  }

  /// What is missing, and why.
  private void troubles(PrintStream out) {
    for (Outcome outcome : outcomes) {
      if (outcome.status() != Status.MEASURED) {
        out.printf("%s %s: %s%n", outcome.status().word(), outcome.name(), outcome.reason());
      }
      outcome.failures().forEach(failure -> out.printf("no figure: %s%n", failure));
    }
    device.ifPresent(measured -> {
      measured.refused().forEach(refusal -> out.printf("refused %s%n", refusal));
      if (!measured.kept().isEmpty()) {
        out.printf("kept, not measured: %s%n", keys(measured.kept()));
      }
      if (!measured.complete()) {
        out.printf("missing: %s%n", keys(measured.file().missing()));
      }
    });
  }

  private static String keys(List<Figure> figures) {
    return String.join(", ", figures.stream().map(Figure::key).toList());
  }

  private static String number(double value) {
    double magnitude = Math.abs(value);
    if (magnitude >= 100) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    return String.format(Locale.ROOT, magnitude >= 10 ? "%.1f" : "%.3f", value);
  }
}
