package dev.tuckerc.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.pipeline.BundleProfile.Row;
import dev.tuckerc.emulator.KernelCounters;
import java.io.PrintStream;
import java.util.List;

/// What kernels do, as a table.
final class CounterTable {
  private static final double SECTOR_BYTES = 32;

  private CounterTable() {}

  /// A row for each kernel and one for all. `useful` is the share of the sectors' bytes that
  /// threads asked for (above 1 where lanes share an element), `conflicts` the extra passes in
  /// shared memory.
  static void print(PrintStream out, List<Row> rows) {
    int width = rows.stream().mapToInt(row -> row.kernel().name().length()).max().orElse(6);
    String format = "%-" + width + "s %8s %13s %13s %13s %11s %7s %9s %13s %9s%n";
    out.printf(
        format,
        "kernel",
        "launches",
        "instructions",
        "loaded bytes",
        "stored bytes",
        "sectors",
        "useful",
        "conflicts",
        "mma mult-adds",
        "divergent");
    for (Row row : rows) {
      print(out, format, row.kernel().name(), row.launches(), row.counters());
    }
    rows.stream()
        .map(Row::counters)
        .reduce(KernelCounters::plus)
        .ifPresent(
            total -> print(out, format, "all", rows.stream().mapToInt(Row::launches).sum(), total));
  }

  private static void print(
      PrintStream out, String format, String name, int launches, KernelCounters counters) {
    double moved = SECTOR_BYTES * counters.globalSectors();
    out.printf(
        format,
        name,
        launches,
        "%,d".formatted(counters.instructions()),
        "%,d".formatted(counters.globalLoadBytes()),
        "%,d".formatted(counters.globalStoreBytes()),
        "%,d".formatted(counters.globalSectors()),
        moved == 0
            ? "-"
            : "%.2f".formatted((counters.globalLoadBytes() + counters.globalStoreBytes()) / moved),
        "%,d".formatted(counters.bankConflicts()),
        "%,d".formatted(counters.matrixMultiplyAdds()),
        "%,d".formatted(counters.divergentBranches()));
  }

  /// The same as JSON, with every counter.
  static ObjectNode json(List<Row> rows) {
    ObjectNode root = Output.object();
    ArrayNode kernels = root.putArray("kernels");
    for (Row row : rows) {
      ObjectNode node = kernels.addObject();
      node.put("kernel", row.kernel().name());
      node.put("launches", row.launches());
      ObjectNode counters = node.putObject("counters");
      row.counters().byName().forEach(counters::put);
    }
    return root;
  }
}
