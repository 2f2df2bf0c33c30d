package dev.tuckerc.lab.verify;

import dev.tuckerc.lab.results.Table;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Verification results for people: a line for each group of cases, a line for each model, and
/// everything that is wrong in full.
final class VerifyTable {
  private final List<CaseResult> results;

  VerifyTable(List<CaseResult> results) {
    this.results = results;
  }

  void print(PrintStream out) {
    summary().print(out);
    out.println();
    List<CaseResult> models = results.stream().filter(VerifyTable::isModel).toList();
    if (!models.isEmpty()) {
      models(models).print(out);
      out.println();
    }
    for (CaseResult result : results) {
      if (result.comparison().verdict().isMismatch()) {
        problem(out, result);
      }
    }
    long mismatches = results.stream().filter(r -> r.comparison().verdict().isMismatch()).count();
    out.printf(
        "%d verified, %d of them differ%s%n",
        results.size(), mismatches, mismatches == 0 ? "" : ", see above");
  }

  private static boolean isModel(CaseResult result) {
    return result.group().equals("model");
  }

  private Table summary() {
    Table table =
        new Table(
            "group",
            "verified",
            "agree",
            "GPU differs",
            "emulator differs",
            "both differ",
            "worst of range",
            "GPU = emulator",
            "most registers",
            "spilling");
    Map<String, List<CaseResult>> groups = new LinkedHashMap<>();
    results.stream()
        .map(CaseResult::group)
        .sorted()
        .forEach(group -> groups.put(group, new ArrayList<>()));
    results.forEach(r -> groups.getOrDefault(r.group(), new ArrayList<>()).add(r));
    groups.forEach((group, members) ->
        table.row(
            group,
            members.size(),
            count(members, Verdict.AGREE),
            count(members, Verdict.GPU_DIFFERS),
            count(members, Verdict.EMULATOR_DIFFERS),
            count(members, Verdict.BOTH_DIFFER_ALIKE) + count(members, Verdict.BOTH_DIFFER_APART),
            worst(members),
            sameBits(members),
            members.stream()
                .flatMap(r -> r.kernels().stream())
                .mapToInt(k -> k.resources().registers())
                .max()
                .orElse(0),
            members.stream()
                .flatMap(r -> r.kernels().stream())
                .filter(k -> k.spilledBytes() > 0)
                .count()));
    return table;
  }

  private static long count(List<CaseResult> results, Verdict verdict) {
    return results.stream().filter(r -> r.comparison().verdict() == verdict).count();
  }

  private static String worst(List<CaseResult> results) {
    double worst = 0;
    for (CaseResult result : results) {
      for (Side side : List.of(result.comparison().gpu(), result.comparison().emulator())) {
        if (side instanceof Side.Compared(Deviation deviation, _)) {
          worst = Math.max(worst, deviation.ofRange());
        }
      }
    }
    return "%.1e".formatted(worst);
  }

  /// Share of elements with the same bits on both sides, where both ran.
  private static String sameBits(List<CaseResult> results) {
    long elements = 0;
    long same = 0;
    for (CaseResult result : results) {
      var mutual = result.comparison().mutual();
      if (mutual.isPresent()) {
        elements += mutual.get().elements();
        same += mutual.get().sameBits();
      }
    }
    return elements == 0 ? "-" : "%.2f %%".formatted(100.0 * same / elements);
  }

  private static Table models(List<CaseResult> models) {
    Table table = new Table("model", "verdict", "GPU", "emulator", "kernels", "reference s");
    for (CaseResult model : models) {
      table.row(
          model.name(),
          model.comparison().verdict().text(),
          brief(model.comparison().gpu()),
          brief(model.comparison().emulator()),
          model.kernels().size(),
          "%.1f".formatted(model.referenceSeconds()));
    }
    return table;
  }

  private static String brief(Side side) {
    return switch (side) {
      case Side.Compared(Deviation deviation, double seconds) ->
          "%.1e of range, %.2f s".formatted(deviation.ofRange(), seconds);
      case Side.Failed _ -> "failed";
      case Side.NotRun _ -> "-";
    };
  }

  private static void problem(PrintStream out, CaseResult result) {
    ThreeWay comparison = result.comparison();
    out.printf("%s: %s%n", result.label(), comparison.verdict().text());
    out.printf("  GPU       %s%n", comparison.gpu().text());
    out.printf("  emulator  %s%n", comparison.emulator().text());
    comparison.mutual().ifPresent(m -> out.printf("  GPU against emulator: %s%n", m.text()));
    out.printf("  likely    %s%n", comparison.suspect());
    for (KernelFigures kernel :
        result.group().equals("model") ? List.<KernelFigures>of() : result.kernels()) {
      out.printf(
          "  kernel    %s %s%n",
          kernel.kernel().decision().template(), kernel.kernel().decision().parameters());
    }
  }
}
