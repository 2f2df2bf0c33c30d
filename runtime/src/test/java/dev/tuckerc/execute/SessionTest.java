package dev.tuckerc.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.bundle.ArenaValue;
import dev.tuckerc.bundle.BufferReference;
import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.BundleException;
import dev.tuckerc.bundle.ElementType;
import dev.tuckerc.bundle.EntryPoint;
import dev.tuckerc.bundle.HostTensor;
import dev.tuckerc.bundle.KernelRecord;
import dev.tuckerc.bundle.Manifest;
import dev.tuckerc.bundle.Plan;
import dev.tuckerc.bundle.PlannedLaunch;
import dev.tuckerc.bundle.TensorSignature;
import dev.tuckerc.bundle.WeightPlacement;
import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.CompiledKernel.Resources;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelCode;
import dev.tuckerc.device.KernelCompiler;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SessionTest {
  private static final String PTX =
      """
      .version 8.8
      .target sm_90
      .visible .entry %s(.param .u64 a, .param .u64 b, .param .u64 c)
      { griddepcontrol.wait; ret; }
      """;
  private static final Resources RESOURCES = new Resources(8, 0, 0, 0, 0);

  private static void elementwise(
      List<MemorySegment> a, java.util.function.DoubleBinaryOperator operation) {
    for (int i = 0; i < 4; i++) {
      float x = a.get(0).getAtIndex(ValueLayout.JAVA_FLOAT, i);
      float y = a.get(1).getAtIndex(ValueLayout.JAVA_FLOAT, i);
      a.get(2).setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) operation.applyAsDouble(x, y));
    }
  }

  private static final Map<String, Consumer<List<MemorySegment>>> KERNELS =
      Map.of(
          "add", a -> elementwise(a, (x, y) -> x + y),
          "mul", a -> elementwise(a, (x, y) -> x * y));

  private static KernelRecord kernel(String name) {
    return new KernelRecord(
        name,
        name,
        "source of " + name,
        new KernelCode(PTX.formatted(name), "sm_90", new byte[] {1}),
        RESOURCES,
        "{}");
  }

  /// Launches of `mul` may begin early.
  private static PlannedLaunch launch(String kernel, BufferReference... arguments) {
    return new PlannedLaunch(
        kernel, new Dim3(1, 1, 1), new Dim3(4, 1, 1), 0, List.of(arguments), kernel.equals("mul"));
  }

  /// y = (x + bias) * scale, z = x * x; two values share arena bytes one after the other.
  private static Bundle bundle(Set<String> edited, String target) {
    List<Long> shape = List.of(2L, 2L);
    Manifest manifest =
        new Manifest(
            "test",
            target,
            "m.onnx",
            "00".repeat(32),
            List.of(),
            new EntryPoint(
                "main",
                List.of(
                    new TensorSignature("x", ElementType.F32, shape),
                    new TensorSignature("none", ElementType.F32, List.of(0L, 3L))),
                List.of(
                    new TensorSignature("y", ElementType.F32, shape),
                    new TensorSignature("z", ElementType.F32, shape))));
    Plan plan =
        new Plan(
            256,
            List.of(new ArenaValue("sum", 0, 16, 0, 1), new ArenaValue("square", 0, 16, 2, 3)),
            512,
            List.of(new WeightPlacement("bias", 0), new WeightPlacement("scale", 256)),
            List.of(
                launch(
                    "add",
                    BufferReference.input(0, 16),
                    BufferReference.weights(0, 16),
                    BufferReference.arena(0, 16)),
                launch(
                    "mul",
                    BufferReference.arena(0, 16),
                    BufferReference.weights(256, 16),
                    BufferReference.output(0, 16)),
                launch(
                    "mul",
                    BufferReference.input(0, 16),
                    BufferReference.input(0, 16),
                    BufferReference.arena(0, 16)),
                launch(
                    "add",
                    BufferReference.arena(0, 16),
                    BufferReference.arena(0, 16),
                    BufferReference.output(1, 16))));
    return new Bundle(
        manifest,
        "",
        plan,
        List.of(kernel("add"), kernel("mul")),
        Map.of(
            "bias", HostTensor.ofFloats(shape, 1, 2, 3, 4),
            "scale", HostTensor.ofFloats(shape, 10, 10, 10, 2)),
        Map.of(),
        edited);
  }

  private static Map<String, HostTensor> inputs() {
    return Map.of(
        "x", HostTensor.ofFloats(List.of(2L, 2L), 1, 1, 2, 3),
        "none", HostTensor.zeros(ElementType.F32, List.of(0L, 3L)));
  }

  @Test
  void runsShared() {
    runs(SessionOptions.standard());
  }

  @Test
  void runsIsolated() {
    HostDevice device = runs(SessionOptions.standard().isolating());
    assertThat(device.openThings).isEmpty();
  }

  @Test
  void launchesBeginEarlyWhereThePlanSaysSo() {
    HostDevice device = new HostDevice(KERNELS);
    Bundle bundle = bundle(Set.of(), "sm_90");
    try (Session session = Session.open(bundle, device, SessionOptions.standard())) {
      session.run(inputs());
      assertThat(device.programmatic).containsExactly(false, true, true, false);
    }
    device.programmatic.clear();
    try (Session session = Session.open(bundle, device, SessionOptions.standard().serial())) {
      session.run(inputs());
      assertThat(device.programmatic).containsExactly(false, false, false, false);
    }
  }

  private static HostDevice runs(SessionOptions options) {
    HostDevice device = new HostDevice(KERNELS);
    try (Session session = Session.open(bundle(Set.of(), "sm_90"), device, options)) {
      if (options.isolateBuffers()) {
        assertThat(device.openThings)
            .contains("value sum", "value square", "weight bias", "weight scale");
      } else {
        assertThat(device.openThings).contains("arena", "weights");
      }
      for (int i = 0; i < 2; i++) {
        Map<String, HostTensor> outputs = session.run(inputs());
        assertThat(outputs.keySet()).containsExactly("y", "z");
        assertThat(outputs.get("y").toFloats()).containsExactly(20, 30, 50, 14);
        assertThat(outputs.get("z").toFloats()).containsExactly(2, 2, 8, 18);
      }
      assertThat(session.lastRunNanos()).isNotNegative();
      assertThat(session.replay()).isNotNegative();
      assertThat(session.profile())
          .extracting(Session.LaunchTime::kernel)
          .containsExactly("add", "mul", "mul", "add");
      // Each kernel is loaded once, however often it is launched.
      assertThat(device.loadedPtx).hasSize(2);
      assertThat(session.forms())
          .containsExactly(
              Map.entry("add", KernelCode.Form.PTX), Map.entry("mul", KernelCode.Form.PTX));
    }
    assertThat(device.openThings).isEmpty();
    return device;
  }

  @Test
  void wrongInputsAreAllNamed() {
    HostDevice device = new HostDevice(KERNELS);
    try (Session session =
        Session.open(bundle(Set.of(), "sm_90"), device, SessionOptions.standard())) {
      assertThatThrownBy(() -> session.run(Map.of()))
          .isInstanceOf(SessionException.class)
          .hasMessage("input x F32[2,2] is missing; input none F32[0,3] is missing");
      Map<String, HostTensor> wrong =
          Map.of(
              "x", HostTensor.ofLongs(List.of(4L), 1, 2, 3, 4),
              "none", HostTensor.zeros(ElementType.F32, List.of(0L, 4L)),
              "image", HostTensor.ofFloats(List.of(), 1));
      assertThatThrownBy(() -> session.run(wrong))
          .hasMessage(
              "input x must be F32[2,2], not I64[4]; input none must be F32[0,3], not F32[0,4];"
                  + " there is no input image; the model takes [x, none]");
    }
  }

  @Test
  void nothingLeaksWhenOpeningFails() {
    for (long budget = 0; budget < 900; budget += 8) {
      for (SessionOptions options :
          List.of(SessionOptions.standard(), SessionOptions.standard().isolating())) {
        HostDevice device = new HostDevice(KERNELS);
        device.budget = budget;
        try {
          Session.open(bundle(Set.of(), "sm_90"), device, options).close();
        } catch (DeviceException e) {
          assertThat(e).hasMessageStartingWith("no memory for ");
        }
        assertThat(device.openThings).as("budget " + budget).isEmpty();
      }
    }
    HostDevice device = new HostDevice(Map.of("add", a -> {}));
    assertThatThrownBy(
            () -> Session.open(bundle(Set.of(), "sm_90"), device, SessionOptions.standard()))
        .hasMessage("no kernel mul");
    assertThat(device.openThings).isEmpty();
  }

  /// Remembers what it compiled.
  private static final class Recorder implements KernelCompiler {
    final List<String> compiled = new ArrayList<>();
    String entryPoint = "";
    String ptx = PTX;

    @Override
    public String version() {
      return "1";
    }

    @Override
    public CompiledKernel compile(
        String name, String source, String architecture, List<String> options) {
      compiled.add(name + " for " + architecture);
      String kernel = entryPoint.isEmpty() ? name.replace(".cu", "") : entryPoint;
      return new CompiledKernel(
          "// again\n" + ptx.formatted(kernel), new byte[0], Map.of(kernel, RESOURCES), "");
    }
  }

  @Test
  void editedKernelsAreCompiledAgain() {
    HostDevice device = new HostDevice(KERNELS);
    Bundle edited = bundle(Set.of("mul"), "sm_90");
    assertThatThrownBy(() -> Session.open(edited, device, SessionOptions.standard()))
        .isInstanceOf(SessionException.class)
        .hasMessage("kernels [mul] were edited and their PTX is stale; run with --recompile");
    Recorder recorder = new Recorder();
    try (Session session =
        Session.open(edited, device, SessionOptions.standard().recompiling(recorder))) {
      assertThat(recorder.compiled).containsExactly("mul.cu for sm_90");
      assertThat(session.bundle().editedKernels()).isEmpty();
      assertThat(device.loadedPtx).anyMatch(p -> p.startsWith("// again"));
      assertThat(session.run(inputs()).get("y").toFloats()).containsExactly(20, 30, 50, 14);
    }
  }

  @Test
  void editsThatBreakTheSignatureAreRefused() {
    HostDevice device = new HostDevice(KERNELS);
    Recorder recorder = new Recorder();
    recorder.entryPoint = "other";
    SessionOptions options = SessionOptions.standard().recompiling(recorder);
    assertThatThrownBy(() -> Session.open(bundle(Set.of("mul"), "sm_90"), device, options))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("the edited source has no entry point mul");
    recorder.entryPoint = "";
    recorder.ptx = ".version 8.8\n.visible .entry %s(.param .u64 a) { ret; }";
    assertThatThrownBy(() -> Session.open(bundle(Set.of("mul"), "sm_90"), device, options))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("passes 3 pointers, not 1");
  }

  @Test
  void architecturesOfGpus() {
    HostDevice device = new HostDevice(KERNELS);
    device.info = new DeviceInfo(DeviceInfo.Kind.CUDA, "A100", 80, 108, 1 << 30, 1 << 16);
    SessionOptions plain = SessionOptions.standard();
    assertThatThrownBy(() -> Session.open(bundle(Set.of(), "sm_90"), device, plain))
        .hasMessage(
            "the bundle is for sm_90 and A100 is sm_80; run with --recompile, or compile the model"
                + " for --target sm_80");
    assertThatThrownBy(() -> Session.open(bundle(Set.of(), "sm_75a"), device, plain))
        .hasMessageContaining("is for sm_75a");
    Session.open(bundle(Set.of(), "sm_75"), device, plain).close();
    Recorder recorder = new Recorder();
    try (Session session =
        Session.open(bundle(Set.of(), "sm_90"), device, plain.recompiling(recorder))) {
      assertThat(recorder.compiled).containsExactly("add.cu for sm_80", "mul.cu for sm_80");
      assertThat(session.bundle().manifest().target()).isEqualTo("sm_80");
    }
  }
}
