package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cli.tensors.Comparison;
import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.GeneratedKernel;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.cost.SectorSet;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.emulator.EmulatorOptions;
import dev.tuckerc.emulator.KernelCounters;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.lab.grid.KernelCase.Instance;
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
/// counts, for candidates from the best to the worst. docs/performance-model.md explains the
/// figures.
class CountedAgainstPredictedTest {
  /// Kernels that move less are all rounding: to whole sectors, to whole warps.
  private static final int LEAST_BYTES = 20480;

  private static final long MOST_WORK = 600_000;

  /// Candidates of each case, spread from the best to the worst.
  private static final int CANDIDATES = 4;

  /// How far predictions of bytes, of traffic of shared memory and of multiply-adds may be off.
  private static final double TOLERANCE = 0.1;

  /// The same for bytes of kernels over clusters: the model errs on the side of separate blocks.
  private static final double CLUSTER_BYTES = 1.3;

  private static final int WARP = 32;
  private static final DeviceDescription TARGET = DeviceDescription.shipped("h200");

  /// Shared bases are held against the counters by [BasisConvolutionKernelTest]. Index reductions
  /// over other axes than the last are charged up to four times the bytes that are counted; the
  /// model of them is still to be mended.
  private static final Set<String> WITHOUT_CASES = Set.of("conv.basis", "arg_reduce");

  /// Instructions predicted by counted, least and most: PTX has more of them than the machine.
  private record Instructions(double least, double most) {}

  private static final Map<String, Instructions> INSTRUCTIONS =
      Map.ofEntries(
          Map.entry("gemm.mma", new Instructions(0.16, 1)),
          Map.entry("region.mma", new Instructions(0.22, 2.3)),
          Map.entry("region.simt", new Instructions(0.49, 1.2)),
          Map.entry("gemm.simt", new Instructions(0.25, 1)),
          Map.entry("gemv.simt", new Instructions(0.25, 1)),
          Map.entry("conv.taps", new Instructions(0.3, 1)),
          Map.entry("conv.depthwise", new Instructions(0.4, 1.5)),
          Map.entry("pointwise", new Instructions(0.25, 1.4)),
          Map.entry("map", new Instructions(0.3, 1)),
          Map.entry("reduce", new Instructions(0.1, 2.5)),
          Map.entry("softmax", new Instructions(0.25, 1.25)),
          Map.entry("recurrence", new Instructions(0.25, 1)));

  /// What is held against the counters.
  private record Checked(
      String name, List<String> templates, Comparison.Tolerance tolerance, Instance instance) {
    static Checked of(KernelCase one) {
      return new Checked(
          one.name(), List.of(one.template().split("\\|")), one.tolerance(), one.build());
    }
  }

  @Test
  void theModelAgreesWithTheCounters() throws IOException {
    List<Checked> cases = new ArrayList<>(wholeLayers());
    KernelGrid.matching("*", false).stream()
        .filter(c -> c.work() <= MOST_WORK && !c.name().startsWith("tdc."))
        // Half precision only where it has a kernel of its own.
        .filter(c ->
            c.name().contains("/f32/")
                || c.name().startsWith("gemm.")
                || c.name().startsWith("conv.taps"))
        .map(Checked::of)
        .forEach(cases::add);
    List<Program> programs = new ArrayList<>();
    List<Checked> caseOf = new ArrayList<>();
    for (Checked one : cases) {
      Instance instance = one.instance();
      List<Program> some =
          CodeGenerator.alternatives(
              instance.graph(), Set.of(), TARGET, instance.varied(), CANDIDATES);
      String template = some.getFirst().kernels().getFirst().decision().template();
      assertThat(one.templates()).as(one.name()).contains(template);
      for (Program program : some) {
        programs.add(program);
        caseOf.add(one);
      }
    }
    List<CompiledProgram> compiled =
        CompiledProgram.of(programs, CachedKernelCompiler.standard(), TARGET.architecture());
    TreeSet<String> seen = new TreeSet<>();
    List<String> off = new ArrayList<>();
    try (EmulatedDevice emulator = new EmulatedDevice(EmulatorOptions.DEFAULT.withCounting(true))) {
      for (int i = 0; i < compiled.size(); i++) {
        KernelCounters counted = count(emulator, caseOf.get(i), compiled.get(i));
        GeneratedKernel kernel = programs.get(i).launches().getFirst().kernel();
        if (counted.blockSectors() * SectorSet.BYTES >= LEAST_BYTES) {
          seen.add(kernel.decision().template());
          compare(caseOf.get(i).name(), kernel, counted, off);
        }
      }
    }
    assertThat(off).isEmpty();
    assertThat(seen).as("every template has cases").isEqualTo(templates());
  }

  /// Regions and recurrent layers, which are no operations of the grid.
  private static List<Checked> wholeLayers() {
    List<Checked> cases = new ArrayList<>();
    WholeLayerCases.all()
        .forEach((name, instance) ->
            cases.add(
                new Checked(
                    name,
                    List.of(name.substring(0, name.indexOf('/'))),
                    KernelCase.F16_CHAIN,
                    instance)));
    return cases;
  }

  /// What the first launch of a program does, whose results agree with the reference.
  private static KernelCounters count(
      EmulatedDevice emulator, Checked one, CompiledProgram program) {
    Instance instance = one.instance();
    List<KernelCounters> counted = new ArrayList<>();
    try (LoadedProgram loaded = LoadedProgram.load(emulator, instance.graph(), program)) {
      LoadedProgram.Copy copy = loaded.copy(instance.inputs());
      for (KernelLaunch launch : copy.launches()) {
        emulator.launch(launch);
        emulator.synchronize();
        counted.add(emulator.lastCounters());
      }
      Map<String, Tensor> expected = Interpreter.run(instance.graph(), instance.inputs());
      copy.outputs()
          .forEach((name, actual) -> {
            Tensor reference = Objects.requireNonNull(expected.get(name));
            assertThat(Comparison.of(actual, reference, one.tolerance()).agrees())
                .as(one.name())
                .isTrue();
          });
    }
    return counted.getFirst();
  }

  /// Names of all templates, from their sources.
  private static TreeSet<String> templates() throws IOException {
    TreeSet<String> names = new TreeSet<>();
    try (Stream<Path> files =
        Files.list(Path.of("../templates/src/main/resources/dev/tuckerc/templates"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".cu")).toList()) {
        Files.readAllLines(file).stream()
            .filter(line -> line.startsWith("//! template "))
            .map(line -> line.split(" ")[2])
            .filter(name -> !WITHOUT_CASES.contains(name))
            .forEach(names::add);
      }
    }
    return names;
  }

  private static void compare(
      String name, GeneratedKernel kernel, KernelCounters counted, List<String> off) {
    KernelWork work = kernel.work();
    String template = kernel.decision().template();
    String what = name + " " + template + " " + kernel.decision().parameters();
    // A recurrent layer reads its weight in every step, from the second-level cache.
    long sectors = template.equals("recurrence") ? counted.globalSectors() : counted.blockSectors();
    double bytes = work.bytesPerBlock() * work.blocks() / (sectors * (double) SectorSet.BYTES);
    // A block's second and third pass over rows that its cache may not hold are counted once.
    double passes = template.equals("softmax") ? 3 : 1;
    // Blocks of a cluster are charged more of the input than they load.
    if (work.ordering().clusterBlocks() > 1) {
      passes = CLUSTER_BYTES;
    }
    within(what + ": bytes", bytes, 1 - TOLERANCE, passes + TOLERANCE, off);
    long shared = counted.sharedLoadBytes() + counted.sharedStoreBytes();
    if (shared > 0) {
      double traffic = work.sharedBytesPerBlock() * work.blocks() / shared;
      within(what + ": shared memory", traffic, 1 - TOLERANCE, 1 + TOLERANCE, off);
    }
    if (work.usesTensorCores()) {
      double products =
          work.tensorMultiplyAddsPerBlock() * work.blocks() / counted.matrixMultiplyAdds();
      within(what + ": multiply-adds", products, 1, 1, off);
    }
    Instructions factors = Objects.requireNonNull(INSTRUCTIONS.get(template));
    double instructions =
        work.instructionsPerBlock() * work.blocks() / (WARP * (double) counted.instructions());
    within(what + ": instructions", instructions, factors.least(), factors.most(), off);
  }

  private static void within(
      String what, double ratio, double least, double most, List<String> off) {
    if (ratio < least || ratio > most) {
      off.add("%s predicted / counted = %.3f".formatted(what, ratio));
    }
  }
}
