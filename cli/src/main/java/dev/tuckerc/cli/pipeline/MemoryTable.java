package dev.tuckerc.cli.pipeline;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.transform.Objective;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Pipeline;
import dev.tuckerc.transform.memory.Aliases;
import dev.tuckerc.transform.memory.MemoryPlanner;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The plans of TeMCO (ICPP 2024) for one model, side by side: dense, decomposed, with large
/// tensors computed again after skips, and with fusion as well.
public record MemoryTable(List<Row> rows) {
  /// One plan.
  ///
  /// @param peakBytes of activations that live at once, inputs and outputs not counted
  /// @param microseconds predicted time of a run
  public record Row(String plan, long peakBytes, int launches, double microseconds) {}

  public MemoryTable {
    rows = List.copyOf(rows);
  }

  /// The table of a model.
  ///
  /// @param dense as imported
  /// @param decomposed as the decomposition left it; not looked at where there is none
  public static MemoryTable of(CompileRequest request, Graph dense, Graph decomposed) {
    PassContext plain = context(request, false, Objective.TIME);
    Graph canonical = Pipeline.of(Pipeline.beforeDecomposition()).run(dense, plain);
    Graph planned = request.ranks().decomposes() ? decomposed : canonical;
    List<Row> rows = new ArrayList<>();
    rows.add(row(request, "dense", canonical, plain));
    rows.add(row(request, "decomposed", planned, plain));
    rows.add(row(request, "+ skips", planned, context(request, false, Objective.MEMORY)));
    rows.add(row(request, "+ skips, fusion", planned, context(request, true, Objective.MEMORY)));
    return new MemoryTable(rows);
  }

  private static PassContext context(CompileRequest request, boolean fusion, Objective objective) {
    return request
        .ranks()
        .context(request.precision(), request.target(), fusion)
        .with(Objective.class, objective);
  }

  private static Row row(CompileRequest request, String plan, Graph graph, PassContext context) {
    Graph optimized = Pipeline.of(Pipeline.afterDecomposition()).run(graph, context);
    Program program =
        CodeGenerator.generate(optimized, Aliases.of(optimized).free(), request.target());
    return new Row(
        plan,
        MemoryPlanner.plan(optimized).lowerBound(),
        program.launches().size(),
        program.predictedMicroseconds());
  }

  /// The table for people.
  public String toText() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT, "%-16s %12s %9s %15s%n", "plan", "peak MB", "launches", "predicted us"));
    for (Row row : rows) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-16s %12.2f %9d %15.1f%n",
              row.plan(),
              row.peakBytes() / 1e6,
              row.launches(),
              row.microseconds()));
    }
    return text.toString();
  }
}
