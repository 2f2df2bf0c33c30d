package dev.tuckerc.lab.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.emulator.EmulatorOptions;
import dev.tuckerc.emulator.KernelCounters;
import dev.tuckerc.lab.Budget;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.lab.grid.KernelGrid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What the performance model says that kernels move and compute, held against what the emulator
/// counts. docs/laboratory-verify-bench.md explains the factors.
class CountedAgainstPredictedTest {
  /// Kernels that move less are all rounding: to whole sectors, to whole warps.
  private static final int LEAST_BYTES = 20480;

  private static final long MOST_WORK = 600_000;

  /// Candidates of each case, spread from the best to the worst.
  private static final int CANDIDATES = 4;

  /// How far predictions of bytes, of traffic of shared memory and of multiply-adds may be off.
  private static final double TOLERANCE = 0.1;

  /// Instructions predicted by counted, least and most: PTX has more of them than the machine.
  private record Instructions(double least, double most) {}

  private static final Map<String, Instructions> INSTRUCTIONS =
      Map.of(
          "gemm.simt", new Instructions(0.25, 1),
          "gemv.simt", new Instructions(0.25, 1),
          "conv.depthwise", new Instructions(0.4, 1.5),
          "pointwise", new Instructions(0.25, 1.4),
          "map", new Instructions(0.3, 1),
          "reduce", new Instructions(0.1, 2.5),
          "softmax", new Instructions(0.25, 1.25));

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
                  CANDIDATES)
              .verify(cases, Budget.unlimited(), Progress.silent());
    }
    Map<String, KernelCase> byName =
        cases.stream().collect(Collectors.toMap(KernelCase::name, Function.identity()));
    TreeSet<String> seen = new TreeSet<>();
    List<String> off = new ArrayList<>();
    for (CaseResult result : results) {
      assertThat(result.comparison().verdict()).as(result.name()).isEqualTo(Verdict.AGREE);
      KernelFigures kernel = result.kernels().getFirst();
      String template = kernel.kernel().decision().template();
      KernelCase one = Objects.requireNonNull(byName.get(result.name()));
      if (result.candidate() == 0) {
        assertThat(List.of(one.template().split("\\|"))).as(result.name()).contains(template);
      }
      if (kernel.countedBytes().orElseThrow() >= LEAST_BYTES) {
        seen.add(template);
        compare(result.name(), template, kernel, off);
      }
    }
    assertThat(off).isEmpty();
    assertThat(seen).as("every template has cases").isEqualTo(templates());
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
    KernelWork work = kernel.kernel().work();
    KernelCounters counted = kernel.counted().orElseThrow();
    String what = name + " " + template + " " + kernel.kernel().decision().parameters();
    // A block's second and third pass over rows that its cache may not hold are counted once.
    double passes = template.equals("softmax") ? 3 : 1;
    within(
        what + ": bytes",
        kernel.predictedBytes() / kernel.countedBytes().orElseThrow(),
        1 - TOLERANCE,
        passes + TOLERANCE,
        off);
    long shared = counted.sharedLoadBytes() + counted.sharedStoreBytes();
    if (shared > 0) {
      within(
          what + ": shared memory",
          work.sharedBytesPerBlock() * work.blocks() / shared,
          1 - TOLERANCE,
          1 + TOLERANCE,
          off);
    }
    double arithmetic = kernel.predictedArithmetic() / kernel.countedArithmetic().orElseThrow();
    if (work.usesTensorCores()) {
      within(what + ": multiply-adds", arithmetic, 1, 1, off);
    } else {
      Instructions factors = Objects.requireNonNull(INSTRUCTIONS.get(template));
      within(what + ": instructions", arithmetic, factors.least(), factors.most(), off);
    }
  }

  private static void within(
      String what, double ratio, double least, double most, List<String> off) {
    if (ratio < least || ratio > most) {
      off.add("%s predicted / counted = %.3f".formatted(what, ratio));
    }
  }
}
