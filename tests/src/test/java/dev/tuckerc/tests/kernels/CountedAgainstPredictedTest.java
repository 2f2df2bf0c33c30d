package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cli.tensors.Comparison;
import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.GeneratedKernel;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.emulator.EmulatorOptions;
import dev.tuckerc.emulator.KernelCounters;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.lab.grid.KernelGrid;
import dev.tuckerc.lab.run.CompiledProgram;
import dev.tuckerc.lab.run.LoadedProgram;
import dev.tuckerc.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What the performance model says that kernels move and compute, held against what the emulator
/// counts. Bytes are those of the sectors (32 bytes) that each block touches, each once for a
/// block. The model counts the inner loops alone, and PTX has about twice the instructions that
/// ptxas leaves.
class CountedAgainstPredictedTest {
  /// Kernels that move less are all rounding: to whole sectors, to whole warps.
  private static final int LEAST_BYTES = 4096;

  private static final long MOST_WORK = 600_000;
  private static final int SECTOR_BYTES = 32;
  private static final DeviceDescription TARGET = DeviceDescription.shipped("h200");

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
    TreeSet<String> seen = new TreeSet<>();
    List<String> off = new ArrayList<>();
    CachedKernelCompiler compiler = CachedKernelCompiler.standard();
    try (EmulatedDevice emulator = new EmulatedDevice(EmulatorOptions.DEFAULT.withCounting(true))) {
      for (KernelCase one : cases) {
        KernelCase.Instance instance = one.build();
        Program program = CodeGenerator.generate(instance.graph(), Set.of(), TARGET);
        CompiledProgram compiled = CompiledProgram.of(program, compiler, TARGET.architecture());
        List<KernelCounters> counted = new ArrayList<>();
        try (LoadedProgram loaded = LoadedProgram.load(emulator, instance.graph(), compiled)) {
          LoadedProgram.Copy copy = loaded.copy(instance.inputs());
          for (KernelLaunch launch : copy.launches()) {
            emulator.launch(launch);
            emulator.synchronize();
            counted.add(emulator.lastCounters());
          }
          Map<String, Tensor> expected = Interpreter.run(instance.graph(), instance.inputs());
          copy.outputs()
              .forEach((name, actual) ->
                  assertThat(
                          Comparison.of(
                                  actual,
                                  Objects.requireNonNull(expected.get(name)),
                                  one.tolerance())
                              .agrees())
                      .as(one.name())
                      .isTrue());
        }
        GeneratedKernel kernel = program.launches().getFirst().kernel();
        String template = kernel.decision().template();
        assertThat(List.of(one.template().split("\\|"))).as(one.name()).contains(template);
        if (counted.getFirst().blockSectors() * SECTOR_BYTES >= LEAST_BYTES) {
          seen.add(template);
          compare(one.name(), template, kernel.work(), counted.getFirst(), off);
        }
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
      String name, String template, KernelWork work, KernelCounters counted, List<String> off) {
    Factors factors = FACTORS.get(template);
    assertThat(factors).as(template).isNotNull();
    double bytes =
        work.bytesPerBlock() * work.blocks() / (counted.blockSectors() * (double) SECTOR_BYTES);
    if (bytes < factors.leastBytes() || bytes > factors.mostBytes()) {
      off.add("%s (%s): bytes predicted / counted = %.3f".formatted(name, template, bytes));
    }
    boolean exact = work.usesTensorCores();
    double arithmetic =
        work.blocks()
            * (exact ? work.tensorMultiplyAddsPerBlock() : work.instructionsPerBlock())
            / (exact ? counted.matrixMultiplyAdds() : counted.laneInstructions());
    if (exact
        ? arithmetic != 1
        : arithmetic < factors.leastArithmetic() || arithmetic > factors.mostArithmetic()) {
      off.add(
          "%s (%s): arithmetic predicted / counted = %.3f".formatted(name, template, arithmetic));
    }
  }
}
