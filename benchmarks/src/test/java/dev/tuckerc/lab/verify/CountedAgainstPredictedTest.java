package dev.tuckerc.lab.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.emulator.EmulatorOptions;
import dev.tuckerc.lab.Budget;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.lab.grid.KernelGrid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What the performance model says that kernels move and compute, held against what the emulator
/// counts. docs/laboratory-verify-bench.md explains the factors.
class CountedAgainstPredictedTest {
  /// Kernels that move less are all rounding: to whole sectors, to whole warps.
  private static final int LEAST_BYTES = 4096;

  private static final long MOST_WORK = 600_000;

  /// Predicted by counted, least and most.
  private record Factors(
      double leastBytes, double mostBytes, double leastArithmetic, double mostArithmetic) {}

  private static final Map<String, Factors> FACTORS =
      Map.of(
          "gemm.mma", new Factors(0.7, 1.3, 1, 1),
          "gemm.simt", new Factors(0.8, 1.8, 0.25, 1),
          "gemv.simt", new Factors(0.95, 1.1, 0.25, 1),
          "conv.depthwise", new Factors(0.7, 1.3, 0.4, 1),
          "pointwise", new Factors(0.9, 1.5, 0.25, 1.25),
          "map", new Factors(0.5, 1.05, 0.3, 1),
          "reduce", new Factors(0.65, 1.05, 0.4, 2.5),
          "softmax", new Factors(0.45, 1.05, 0.5, 1.25));

  @Test
  void theModelAgreesWithTheCounters() throws IOException {
    List<KernelCase> cases =
        KernelGrid.matching("*", false).stream()
            .filter(c -> c.work() <= MOST_WORK && !c.name().startsWith("tdc."))
            // Half precision only where it has a kernel of its own.
            .filter(c -> c.name().contains("/f32/") || c.name().startsWith("gemm."))
            .toList();
    List<CaseResult> results;
    try (EmulatedDevice emulator = new EmulatedDevice(EmulatorOptions.DEFAULT.withCounting(true))) {
      results =
          new CaseVerifier(
                  new Sides(Optional.empty(), emulator, EmulatorUse.ALWAYS),
                  CachedKernelCompiler.standard(),
                  DeviceDescription.shipped("h200"),
                  1)
              .verify(cases, Budget.unlimited(), Progress.silent());
    }
    assertThat(results).hasSameSizeAs(cases);
    TreeSet<String> seen = new TreeSet<>();
    List<String> off = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      CaseResult result = results.get(i);
      assertThat(result.comparison().verdict()).as(result.name()).isEqualTo(Verdict.AGREE);
      KernelFigures kernel = result.kernels().getFirst();
      String template = kernel.kernel().decision().template();
      assertThat(List.of(cases.get(i).template().split("\\|")))
          .as(result.name())
          .contains(template);
      if (kernel.countedBytes().orElseThrow() >= LEAST_BYTES) {
        seen.add(template);
        compare(result.name(), template, kernel, off);
      }
    }
    assertThat(off).isEmpty();
    assertThat(seen).isEqualTo(new TreeSet<>(FACTORS.keySet()));
    assertThat(seen).as("every template has factors and cases").isEqualTo(templates());
  }

  /// Names of all templates, from their sources.
  private static TreeSet<String> templates() throws IOException {
    TreeSet<String> names = new TreeSet<>();
    try (Stream<Path> files =
        Files.list(Path.of("../templates/src/main/resources/dev/tuckerc/templates"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".cu")).toList()) {
        Files.readAllLines(file).stream()
            .filter(line -> line.startsWith("//! template "))
            .forEach(line -> names.add(line.split(" ")[2]));
      }
    }
    return names;
  }

  private static void compare(
      String name, String template, KernelFigures kernel, List<String> off) {
    Factors factors = FACTORS.get(template);
    assertThat(factors).as(template).isNotNull();
    double bytes = kernel.predictedBytes() / kernel.countedBytes().orElseThrow();
    if (bytes < factors.leastBytes() || bytes > factors.mostBytes()) {
      off.add("%s (%s): bytes predicted / counted = %.3f".formatted(name, template, bytes));
    }
    double arithmetic = kernel.predictedArithmetic() / kernel.countedArithmetic().orElseThrow();
    boolean exact = kernel.kernel().work().usesTensorCores();
    if (exact
        ? arithmetic != 1
        : arithmetic < factors.leastArithmetic() || arithmetic > factors.mostArithmetic()) {
      off.add(
          "%s (%s): arithmetic predicted / counted = %.3f".formatted(name, template, arithmetic));
    }
  }
}
