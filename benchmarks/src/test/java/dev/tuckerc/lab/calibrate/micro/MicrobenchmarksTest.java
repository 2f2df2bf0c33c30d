package dev.tuckerc.lab.calibrate.micro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.CompiledKernel.Resources;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.emulator.EmulatedDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Every microbenchmark compiles for every architecture that has its instructions, without spills,
/// and computes the right thing on the emulator. (Those for sm_90a run in CalibrateCommandTest.)
class MicrobenchmarksTest {
  private static final KernelCompiler COMPILER = NvrtcCompiler.create();
  private static final List<Target> TARGETS =
      List.of(new Target(75, false), new Target(80, false), Target.of(90), new Target(120, false));
  private static final int SMALL_CACHE = 1 << 16;

  @TestFactory
  Stream<DynamicTest> compilesWithoutSpillsAndComputesTheRightThing() {
    return TARGETS.stream()
        .flatMap(target ->
            Microbenchmarks.all().stream()
                .filter(m -> m.obstacle(target).isEmpty())
                .map(m ->
                    DynamicTest.dynamicTest(
                        m.name() + " on " + target.architecture(), () -> check(m, target))));
  }

  private static void check(Microbenchmark benchmark, Target target) {
    try (EmulatedDevice device = new EmulatedDevice();
        Workbench bench = new Workbench(device, COMPILER, target, SMALL_CACHE)) {
      List<Microkernel> kernels = benchmark.kernels(target);
      bench.prepare(kernels);
      for (Microkernel kernel : kernels) {
        Resources used = bench.compiled(kernel).resources().get(kernel.name());
        // ptxas says so when it cannot let wgmma run on its own.
        assertThat(bench.compiled(kernel).log()).doesNotContain("serialized");
        assertThat(used).as("resources of %s", kernel.name()).isNotNull();
        assertThat(used.spillStoreBytes() + used.spillLoadBytes())
            .as("spills of %s", kernel.name())
            .isZero();
        // Tensor copies have a frame of eight bytes on sm_120, for ptxas' own use.
        assertThat(used.stackBytes()).as("stack of %s", kernel.name()).isLessThanOrEqualTo(8);
      }
      if (!target.accelerated()) {
        benchmark.check(bench);
      }
    }
  }

  @Test
  void whatAnArchitectureLacksIsSaid() {
    assertThat(obstacles(new Target(75, false)))
        .containsExactly(
            "cluster-16",
            "cluster-2",
            "cluster-4",
            "cluster-8",
            "first-load-tensor",
            "mma-m16n8k16-bf16",
            "mma-m16n8k16-f16",
            "mma-m16n8k8-tf32",
            "programmatic-edges",
            "wgmma-n128",
            "wgmma-n256",
            "wgmma-n64");
    assertThat(obstacles(new Target(80, false)))
        .containsExactly(
            "cluster-16",
            "cluster-2",
            "cluster-4",
            "cluster-8",
            "first-load-tensor",
            "programmatic-edges",
            "wgmma-n128",
            "wgmma-n256",
            "wgmma-n64");
    assertThat(obstacles(Target.of(90))).isEmpty();
    assertThat(obstacles(new Target(120, false)))
        .containsExactly("cluster-16", "wgmma-n128", "wgmma-n256", "wgmma-n64");
  }

  private static TreeSet<String> obstacles(Target target) {
    TreeSet<String> names = new TreeSet<>();
    for (Microbenchmark benchmark : Microbenchmarks.all()) {
      benchmark
          .obstacle(target)
          .ifPresent(reason -> {
            assertThat(reason).contains(target.architecture());
            names.add(benchmark.name());
          });
    }
    return names;
  }

  @Test
  void documentationListsThemInOrder() throws IOException {
    String page = Files.readString(Path.of("../docs/calibration.md"));
    List<String> rows =
        Pattern.compile("(?m)^\\| `([a-z0-9-]+)` \\| sm_")
            .matcher(page)
            .results()
            .map(match -> match.group(1))
            .toList();
    assertThat(rows)
        .doesNotHaveDuplicates()
        .isEqualTo(Microbenchmarks.all().stream().map(Microbenchmark::name).toList());
  }

  /// Every figure that is not a limit of the device is documented.
  @Test
  void documentationNamesEveryFigure() throws IOException {
    String page = Files.readString(Path.of("../docs/calibration.md"));
    Set<Figure> limits =
        Set.of(
            Figure.COMPUTE_CAPABILITY,
            Figure.MULTIPROCESSORS,
            Figure.REGISTERS,
            Figure.SHARED_PER_MULTIPROCESSOR,
            Figure.SHARED_PER_BLOCK,
            Figure.THREADS,
            Figure.BLOCKS,
            Figure.L2_BYTES);
    for (Figure figure : Figure.values()) {
      if (!limits.contains(figure)) {
        assertThat(page).contains("`" + figure.key() + "`");
      }
    }
  }

  @Test
  void sizeOfMachineCode() {
    Microkernel kernel = Microkernel.of("cold_code").with("STATEMENTS", 64);
    CompiledKernel compiled =
        COMPILER.compile(kernel.name() + ".cu", kernel.source(), "sm_80", List.of());
    // Two instructions of 16 bytes a statement, and some around them.
    assertThat(CodeSize.of(compiled.cubin(), kernel.name())).isBetween(2048L, 4096L);
    assertThatThrownBy(() -> CodeSize.of(compiled.cubin(), "other"))
        .hasMessage("there is no machine code of other");
    assertThatThrownBy(() -> CodeSize.of(new byte[100], "other"))
        .hasMessageContaining("is no 64-bit ELF file");
  }
}
