package dev.tuckerc.lab.calibrate.micro;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.CompiledKernel.Resources;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.emulator.EmulatedDevice;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Every microbenchmark compiles for every architecture that has its instructions, without spills,
/// and computes the right thing on the emulator. (Those for sm_90a run in LabTest.)
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
    List<String> clusters = List.of("cluster-16", "cluster-2", "cluster-4", "cluster-8");
    assertThat(obstacles(new Target(75, false)))
        .containsAll(clusters)
        .contains("mma-m16n8k16-f16", "programmatic-edges")
        .hasSize(6);
    assertThat(obstacles(new Target(80, false)))
        .containsAll(clusters)
        .contains("mma-m16n8k8-f16", "programmatic-edges")
        .hasSize(6);
    assertThat(obstacles(Target.of(90))).containsExactly("mma-m16n8k8-f16");
    assertThat(obstacles(new Target(120, false))).containsExactly("cluster-16", "mma-m16n8k8-f16");
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
}
