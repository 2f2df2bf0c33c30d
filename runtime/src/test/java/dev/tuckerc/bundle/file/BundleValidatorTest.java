package dev.tuckerc.bundle.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.bundle.ArenaValue;
import dev.tuckerc.bundle.BufferReference;
import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.BundleException;
import dev.tuckerc.bundle.BundleValidator;
import dev.tuckerc.bundle.KernelInterfaces;
import dev.tuckerc.bundle.KernelRecord;
import dev.tuckerc.bundle.Plan;
import dev.tuckerc.bundle.PlannedLaunch;
import dev.tuckerc.bundle.WeightPlacement;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelCode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BundleValidatorTest {

  private static Bundle with(Plan plan) {
    Bundle b = SampleBundle.bundle();
    return new Bundle(b.manifest(), b.graph(), plan, b.kernels(), b.weights(), b.trace());
  }

  private static Plan withArgument(int launch, int argument, BufferReference reference) {
    Plan plan = SampleBundle.plan();
    List<PlannedLaunch> launches = new ArrayList<>(plan.launches());
    PlannedLaunch old = launches.get(launch);
    List<BufferReference> arguments = new ArrayList<>(old.arguments());
    arguments.set(argument, reference);
    launches.set(launch, new PlannedLaunch(old.kernel(), old.grid(), old.block(), 0, arguments));
    return new Plan(plan.arenaBytes(), plan.arena(), plan.weightBytes(), plan.weights(), launches);
  }

  private static Plan withArena(ArenaValue... values) {
    Plan plan = SampleBundle.plan();
    return new Plan(
        plan.arenaBytes(), List.of(values), plan.weightBytes(), plan.weights(), plan.launches());
  }

  private static void refused(Plan plan, String problem) {
    assertThatThrownBy(() -> BundleWriter.write(with(plan), Path.of("never.bundle")))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("never.bundle/plan.json: ")
        .hasMessageContaining(problem);
    assertThat(Path.of("never.bundle")).doesNotExist();
  }

  @Test
  void referencesStayInside() {
    refused(
        withArgument(0, 0, BufferReference.input(0, 17)),
        "launch 0 (first) refers to bytes 0 to 17 of INPUT, which has 16");
    refused(withArgument(0, 0, BufferReference.input(1, 16)), "refers to input 1 of 1");
    refused(withArgument(1, 2, BufferReference.output(3, 16)), "refers to output 3 of 1");
    refused(withArgument(0, 2, BufferReference.arena(500, 16)), "of ARENA, which has 512");
    refused(withArgument(0, 2, BufferReference.fault(0)), "0 to 4 of FAULT, which has 0");
    refused(withArgument(0, 1, BufferReference.weights(496, 17)), "of WEIGHTS, which has 512");
  }

  @Test
  void countersAreFew() {
    Plan plan = withArgument(0, 0, BufferReference.counters(5));
    BundleValidator.validate(with(plan), "");
    assertThat(plan.counterBytes()).isEqualTo(20);
    assertThat(PlanFile.parsePlan("plan.json", PlanFile.print(plan))).isEqualTo(plan);
    refused(
        withArgument(0, 0, BufferReference.counters(1 << 19)),
        "0 to 2097152 of COUNTERS, which has 1048576");
  }

  @Test
  void referencesLieInOneLiveValue() {
    refused(withArgument(0, 2, BufferReference.arena(8, 16)), "outside any one live value");
    refused(withArgument(0, 2, BufferReference.arena(256, 16)), "outside any one live value");
    refused(withArgument(0, 1, BufferReference.weights(16, 16)), "outside any one tensor");
    refused(withArena(new ArenaValue("a", 0, 16, 0, 0)), "launch 1 (second) refers to the arena");
    BundleValidator.validate(with(withArgument(1, 0, BufferReference.arena(260, 250))), "");
  }

  private static Bundle withPtx(String ptx) {
    Bundle b = SampleBundle.bundle();
    List<KernelRecord> kernels =
        b.kernels().stream()
            .map(k ->
                new KernelRecord(
                    k.name(),
                    k.entryPoint(),
                    k.source(),
                    new KernelCode(ptx, "sm_90", k.code().cubin()),
                    k.resources(),
                    k.decision()))
            .toList();
    return new Bundle(b.manifest(), b.graph(), b.plan(), kernels, b.weights(), b.trace());
  }

  private static KernelInterfaces again(KernelInterfaces interfaces) {
    return KernelInterfaces.decode(interfaces.encode()).orElseThrow();
  }

  /// What is known of a kernel holds for its PTX alone, and is checked as if it had just been
  /// found.
  @Test
  void interfacesAreKnownAgain() {
    KernelInterfaces first = new KernelInterfaces();
    BundleValidator.validate(SampleBundle.bundle(), "", first);
    assertThat(first.grown()).isTrue();
    KernelInterfaces known = again(first);
    BundleValidator.validate(SampleBundle.bundle(), "", known);
    assertThat(known.grown()).isFalse();
    assertThat(known.encode()).isEqualTo(first.encode());
    Plan plan = SampleBundle.plan();
    PlannedLaunch launch = plan.launches().get(0);
    Plan fewer =
        new Plan(
            plan.arenaBytes(),
            plan.arena(),
            plan.weightBytes(),
            plan.weights(),
            List.of(
                new PlannedLaunch(
                    launch.kernel(),
                    launch.grid(),
                    launch.block(),
                    0,
                    launch.arguments().subList(0, 2)),
                plan.launches().get(1)));
    assertThatThrownBy(() -> BundleValidator.validate(with(fewer), "", known))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("passes 2 pointers, not 3");

    Bundle other =
        withPtx(SampleBundle.PTX.replace("add_param_2\n", "add_param_2, .param .u64 more\n"));
    assertThatThrownBy(() -> BundleValidator.validate(other, "", known))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("passes 3 pointers, not 4");
    assertThat(known.grown()).isTrue();

    assertThat(KernelInterfaces.decode(new byte[] {0, 0, 0, 1, 7})).isEmpty();
    assertThat(KernelInterfaces.decode(new byte[0])).isEmpty();
  }

  @Test
  void liveValuesDoNotOverlap() {
    refused(
        withArena(new ArenaValue("a", 0, 16, 0, 1), new ArenaValue("b", 15, 4, 1, 1)),
        "arena value b overlaps another live at launch 1");
    refused(withArena(new ArenaValue("a", 0, 513, 0, 1)), "outside the arena");
    refused(withArena(new ArenaValue("a", 0, 16, 0, 2)), "outside the arena or the launches");
    BundleValidator.validate(
        with(withArena(new ArenaValue("a", 0, 16, 0, 0), new ArenaValue("b", 0, 32, 1, 1))), "");
  }

  @Test
  void kernelsMatchTheirLaunches() {
    Plan plan = SampleBundle.plan();
    PlannedLaunch first = plan.launches().get(0);
    refused(
        new Plan(
            512,
            plan.arena(),
            512,
            plan.weights(),
            List.of(
                new PlannedLaunch("third", first.grid(), first.block(), 0, first.arguments()),
                plan.launches().get(1))),
        "launch 0 (third) runs a kernel that the bundle lacks");
    refused(
        new Plan(
            512,
            plan.arena(),
            512,
            plan.weights(),
            List.of(
                new PlannedLaunch(
                    "first", first.grid(), first.block(), 0, first.arguments().subList(0, 2)),
                plan.launches().get(1))),
        "launch 0 (first) passes 2 pointers, not 3");
  }

  @Test
  void weightsAreThere() {
    Plan plan = SampleBundle.plan();
    refused(
        new Plan(
            512,
            plan.arena(),
            512,
            List.of(new WeightPlacement("half", 0), new WeightPlacement("gone", 256)),
            plan.launches()),
        "weight gone is not in weights.safetensors");
    refused(
        new Plan(
            512,
            plan.arena(),
            512,
            List.of(new WeightPlacement("half", 250), new WeightPlacement("bias", 256)),
            plan.launches()),
        "overlaps another");
  }

  @Test
  void everyOutputIsWritten() {
    refused(withArgument(1, 2, BufferReference.arena(0, 16)), "no launch writes output y");
  }

  @Test
  void twoKernelsOfOneName() {
    Bundle b = SampleBundle.bundle();
    Bundle twice =
        new Bundle(
            b.manifest(),
            b.graph(),
            b.plan(),
            List.of(
                SampleBundle.kernel("first"),
                SampleBundle.kernel("second"),
                SampleBundle.kernel("FIRST")),
            b.weights(),
            Map.of());
    assertThatThrownBy(() -> BundleValidator.validate(twice, ""))
        .hasMessageContaining("two kernels are named");
  }

  @Test
  void launchLimits() {
    assertThatThrownBy(
            () -> new PlannedLaunch("k", new Dim3(1, 1, 1), new Dim3(32, 33, 1), 0, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new PlannedLaunch("k", new Dim3(1, 65536, 1), new Dim3(32, 1, 1), 0, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
