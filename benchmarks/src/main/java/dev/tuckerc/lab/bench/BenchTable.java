package dev.tuckerc.lab.bench;

import dev.tuckerc.lab.results.Table;
import java.io.PrintStream;
import java.util.List;

/// Measurements for people.
final class BenchTable {
  private static final String NONE = "-";

  private final BenchReport report;

  BenchTable(BenchReport report) {
    this.report = report;
  }

  void print(PrintStream out) {
    out.println("times in microseconds: " + report.clock());
    if (!report.kernels().isEmpty()) {
      out.println();
      kernels().print(out);
    }
    if (!report.models().isEmpty()) {
      out.println();
      models().print(out);
    }
    if (!report.ablations().isEmpty()) {
      out.println();
      ablations().print(out);
    }
    for (Attempts.Failure failure : report.failures()) {
      out.printf("%nnot measured: %s: %s", failure.name(), failure.message());
    }
    if (!report.failures().isEmpty()) {
      out.println();
    }
    List<Regret> regrets = report.regrets();
    if (!regrets.isEmpty()) {
      out.printf(
          "%nThe performance model's choice attains %.1f %% of the best measured candidate"
              + " (geometric mean of %d cases); it is the best one in %d.%n",
          100 * Regret.attained(regrets),
          regrets.size(),
          regrets.stream().filter(r -> r.bestRank() == 0).count());
    }
  }

  private Table kernels() {
    Table table =
        new Table(
            "kernel case",
            "template",
            "p50",
            "p99",
            "resident p50",
            "stream p50",
            "predicted",
            "floor",
            "bound",
            "predicted/measured",
            "floor/measured",
            "regret");
    for (KernelResult result : report.kernels()) {
      KernelResult.Candidate chosen = result.chosen();
      table.row(
          result.subject().name(),
          chosen.decision().template(),
          time(chosen.measured()),
          time(chosen.graph().device().percentile(99)),
          time(chosen.resident().device().median()),
          time(chosen.stream().device().median()),
          time(chosen.predicted()),
          time(chosen.floor().microseconds()),
          chosen.floor().bound(),
          ratio(chosen.predicted(), chosen.measured()),
          ratio(chosen.floor().microseconds(), chosen.measured()),
          regret(result));
    }
    return table;
  }

  private Table models() {
    Table table =
        new Table(
            "model",
            "launches",
            "p50",
            "p90",
            "p99",
            "resident p50",
            "stream p50",
            "host p50",
            "with copies p50",
            "predicted",
            "floor",
            "bound",
            "predicted/measured");
    for (ModelResult result : report.models()) {
      Samples device = result.graph().device();
      table.row(
          result.subject().name(),
          result.launches(),
          time(device.median()),
          time(device.percentile(90)),
          time(device.percentile(99)),
          time(result.resident().device().median()),
          time(result.stream().device().median()),
          time(result.graph().host().median()),
          time(result.run().median()),
          time(result.predicted()),
          time(result.floor().microseconds()),
          result.floor().bound(),
          ratio(result.predicted(), result.measured()));
    }
    return table;
  }

  private Table ablations() {
    Table table =
        new Table(
            "network", "precision", "ranks", "dense", "Tucker", "speed-up", "predicted speed-up");
    for (Ablation ablation : report.ablations()) {
      table.row(
          ablation.network().text(),
          ablation.precision().text(),
          ablation.tucker().subject().ranks(),
          time(ablation.dense().measured()),
          time(ablation.tucker().measured()),
          "%.2f".formatted(ablation.speedup()),
          "%.2f".formatted(ablation.predictedSpeedup()));
    }
    return table;
  }

  private String regret(KernelResult result) {
    return report.emulated()
        ? NONE
        : result.regret().map(r -> "%.1f %%".formatted(100 * r.share())).orElse(NONE);
  }

  private String ratio(double numerator, double measured) {
    return report.emulated() ? NONE : "%.2f".formatted(numerator / measured);
  }

  private static String time(double microseconds) {
    return microseconds < 100 ? "%.2f".formatted(microseconds) : "%.0f".formatted(microseconds);
  }
}
