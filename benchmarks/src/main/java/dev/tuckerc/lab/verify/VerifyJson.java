package dev.tuckerc.lab.verify;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.codegen.select.Decision;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.emulator.KernelCounters;
import java.util.List;

/// Verification results as JSON.
final class VerifyJson {
  private VerifyJson() {}

  /// Adds one object for each result.
  static void add(ArrayNode array, List<CaseResult> results) {
    for (CaseResult result : results) {
      ObjectNode node = array.addObject();
      node.put("name", result.name());
      node.put("group", result.group());
      node.put("candidate", result.candidate());
      ThreeWay comparison = result.comparison();
      node.put("verdict", comparison.verdict().name());
      node.put("suspect", comparison.suspect());
      ObjectNode tolerance = node.putObject("tolerance");
      tolerance.put("relative", result.tolerance().rtol());
      tolerance.put("absoluteOfRange", result.tolerance().atolOfRange());
      node.put("referenceSeconds", result.referenceSeconds());
      side(node.putObject("gpu"), comparison.gpu());
      side(node.putObject("emulator"), comparison.emulator());
      comparison
          .mutual()
          .ifPresent(mutual -> {
            ObjectNode both = node.putObject("gpuAgainstEmulator");
            both.put("elements", mutual.elements());
            both.put("sameBits", mutual.sameBits());
            number(both, "maxAbsolute", mutual.maxAbsolute());
            both.put("alike", mutual.alike());
          });
      ArrayNode kernels = node.putArray("kernels");
      result.kernels().forEach(kernel -> kernel(kernels.addObject(), kernel));
    }
  }

  private static void side(ObjectNode node, Side side) {
    switch (side) {
      case Side.Compared(Deviation deviation, double seconds) -> {
        node.put("status", deviation.agrees() ? "agrees" : "differs");
        number(node, "maxAbsolute", deviation.maxAbsolute());
        number(node, "ofRange", deviation.ofRange());
        node.put("output", deviation.output());
        node.put("worstIndex", deviation.worstIndex());
        node.put("worst", deviation.worst());
        node.put("hostSeconds", seconds);
      }
      case Side.Failed(String message) -> {
        node.put("status", "failed");
        node.put("message", message);
      }
      case Side.NotRun(String reason) -> {
        node.put("status", "not run");
        node.put("reason", reason);
      }
    }
  }

  private static void kernel(ObjectNode node, KernelFigures figures) {
    Decision decision = figures.kernel().decision();
    node.put("name", figures.kernel().name());
    node.put("template", decision.template());
    ObjectNode parameters = node.putObject("parameters");
    decision.parameters().forEach(parameters::put);
    CompiledKernel.Resources resources = figures.resources();
    ObjectNode used = node.putObject("resources");
    used.put("registers", resources.registers());
    used.put("staticSharedBytes", resources.sharedBytes());
    used.put("dynamicSharedBytes", figures.kernel().sharedBytes());
    used.put("spillStoreBytes", resources.spillStoreBytes());
    used.put("spillLoadBytes", resources.spillLoadBytes());
    used.put("stackBytes", resources.stackBytes());
    KernelWork work = figures.kernel().work();
    ObjectNode predicted = node.putObject("predicted");
    predicted.put("microseconds", decision.estimate().microseconds());
    predicted.put("blocks", work.blocks());
    predicted.put("threadsPerBlock", work.threadsPerBlock());
    predicted.put("registers", work.registersPerThread());
    predicted.put("bytes", figures.predictedBytes());
    predicted.put("distinctBytes", work.distinct().total());
    predicted.put("unit", work.usesTensorCores() ? "TENSOR" : "FMA");
    predicted.put("arithmetic", figures.predictedArithmetic());
    figures.counted().ifPresent(counters -> counted(node.putObject("counted"), figures, counters));
  }

  private static void counted(ObjectNode node, KernelFigures figures, KernelCounters counters) {
    figures.countedBytes().ifPresent(bytes -> node.put("bytes", bytes));
    figures.countedArithmetic().ifPresent(count -> node.put("arithmetic", count));
    node.put("instructions", counters.instructions());
    node.put("laneInstructions", counters.laneInstructions());
    node.put("globalLoadBytes", counters.globalLoadBytes());
    node.put("globalStoreBytes", counters.globalStoreBytes());
    node.put("globalSectors", counters.globalSectors());
    node.put("blockSectors", counters.blockSectors());
    node.put("sharedLoadBytes", counters.sharedLoadBytes());
    node.put("sharedStoreBytes", counters.sharedStoreBytes());
    node.put("bankConflicts", counters.bankConflicts());
    node.put("matrixMultiplyAdds", counters.matrixMultiplyAdds());
    node.put("barriers", counters.barriers());
    node.put("divergentBranches", counters.divergentBranches());
    node.put("atomics", counters.atomics());
  }

  /// A number, or null where it is infinite or none.
  private static void number(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    } else {
      node.putNull(key);
    }
  }
}
