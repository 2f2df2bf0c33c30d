package dev.tuckerc.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.bundle.ArenaValue;
import dev.tuckerc.bundle.BufferReference;
import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.ElementType;
import dev.tuckerc.bundle.EntryPoint;
import dev.tuckerc.bundle.HostTensor;
import dev.tuckerc.bundle.KernelRecord;
import dev.tuckerc.bundle.Manifest;
import dev.tuckerc.bundle.Plan;
import dev.tuckerc.bundle.PlannedLaunch;
import dev.tuckerc.bundle.TensorSignature;
import dev.tuckerc.bundle.file.BundleReader;
import dev.tuckerc.bundle.file.BundleWriter;
import dev.tuckerc.cuda.CudaDevice;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.cuda.StandInDriver;
import dev.tuckerc.device.CompiledKernel.Resources;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelCode;
import dev.tuckerc.device.LaunchSequence;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.emulator.EmulatorOptions;
import dev.tuckerc.emulator.check.Check;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A bundle whose second launch may begin early, from disk to a device.
class ProgrammaticLaunchTest {
  private static final int COUNT = 256;
  private static final List<Long> SHAPE = List.of((long) COUNT);
  private static final Resources RESOURCES = new Resources(8, 0, 0, 0, 0);

  /// middle = x + x, y = middle + x
  private static Bundle bundle(KernelCode code, String target) {
    KernelRecord add = new KernelRecord("add", "add", "", code, RESOURCES, "{}");
    BufferReference x = BufferReference.input(0, 4 * COUNT);
    BufferReference middle = BufferReference.arena(0, 4 * COUNT);
    BufferReference y = BufferReference.output(0, 4 * COUNT);
    Dim3 grid = new Dim3(COUNT / 64, 1, 1);
    Dim3 block = new Dim3(64, 1, 1);
    return new Bundle(
        new Manifest(
            "test",
            target,
            "none",
            "00".repeat(32),
            List.of(),
            new EntryPoint(
                "main",
                List.of(new TensorSignature("x", ElementType.F32, SHAPE)),
                List.of(new TensorSignature("y", ElementType.F32, SHAPE)))),
        "",
        new Plan(
            4 * COUNT,
            List.of(new ArenaValue("middle", 0, 4 * COUNT, 0, 1)),
            0,
            List.of(),
            List.of(
                new PlannedLaunch("add", grid, block, 0, List.of(x, x, middle)),
                new PlannedLaunch("add", grid, block, 0, List.of(middle, x, y), true))),
        List.of(add),
        Map.of(),
        Map.of());
  }

  private static void check(Session session) {
    float[] x = new float[COUNT];
    for (int i = 0; i < COUNT; i++) {
      x[i] = i - 100;
    }
    float[] y = session.run(Map.of("x", HostTensor.ofFloats(SHAPE, x))).get("y").toFloats();
    for (int i = 0; i < COUNT; i++) {
      assertThat(y[i]).isEqualTo(3 * x[i]);
    }
  }

  private static long early(String output, String suffix) {
    return output.lines().filter(l -> l.equals("fake: launch attribute 6 = 1" + suffix)).count();
  }

  @Test
  void onTheStandInDriver(@TempDir Path folder) throws Exception {
    StandInDriver driver = StandInDriver.in(folder);
    String output = driver.run(ProgrammaticLaunchTest.class, folder.toString(), "sm_90");
    assertThat(output).contains("all checks passed: CUBIN");
    // Once into the session's graph, once on the stream.
    assertThat(early(output, " captured")).isEqualTo(1);
    assertThat(early(output, "")).isEqualTo(1);

    output = driver.run(ProgrammaticLaunchTest.class, folder.toString(), "sm_90", "serial");
    assertThat(output).contains("all checks passed: CUBIN");
    assertThat(output).doesNotContain("launch attribute");

    output =
        driver
            .with("FAKE_CUDA_MAJOR", "8")
            .run(ProgrammaticLaunchTest.class, folder.toString(), "sm_80");
    assertThat(output).contains("all checks passed: CUBIN");
    assertThat(output).doesNotContain("launch attribute");
  }

  /// What machine code takes cannot be checked there.
  @Test
  void aDriverThatKnowsNoParametersGetsPtx(@TempDir Path folder) throws Exception {
    String output =
        StandInDriver.in(folder, "-DBEFORE_12_4")
            .run(ProgrammaticLaunchTest.class, folder.toString(), "sm_90");
    assertThat(output).contains("all checks passed: PTX").doesNotContain("machine code loaded");
  }

  /// Runs in a process that finds the stand-in driver.
  public static void main(String[] arguments) {
    String ptx =
        """
        .version 8.4
        .target %s
        .visible .entry add(.param .u64 a, .param .u64 b, .param .u64 c)
        { griddepcontrol.wait; ret; }
        """
            .formatted(arguments[1]);
    KernelCode code = new KernelCode(ptx, arguments[1], new byte[] {0x7f, 'E', 'L', 'F'});
    Path path = Path.of(arguments[0]).resolve("m.bundle");
    BundleWriter.write(bundle(code, arguments[1]), path);
    SessionOptions options = SessionOptions.standard();
    try (Device device = CudaDevice.open(0);
        Session session =
            Session.open(
                BundleReader.read(path),
                device,
                arguments.length > 2 ? options.serial() : options);
        LaunchSequence queue = session.sequence(false)) {
      check(session);
      queue.replay();
      System.err.println("all checks passed: " + session.forms().get("add"));
    }
  }

  private static Bundle compiled(String body) {
    String source =
        """
        extern "C" __global__ void add(const float* a, const float* b, float* c) {
          int i = blockIdx.x * blockDim.x + threadIdx.x;
          %s
        }
        """
            .formatted(body);
    return bundle(
        NvrtcCompiler.create().compile("add.cu", source, "sm_90", List.of()).code("sm_90"),
        "sm_90");
  }

  private static void emulate(Bundle bundle, SessionOptions options) {
    EmulatorOptions checks = EmulatorOptions.DEFAULT.withChecks(EnumSet.of(Check.EARLY_START));
    try (Device device = new EmulatedDevice(checks);
        Session session = Session.open(bundle, device, options)) {
      check(session);
    }
  }

  @Test
  void theEmulatorSeesAKernelThatReadsTooEarly() {
    String wait = "asm volatile(\"griddepcontrol.wait;\" ::: \"memory\");\n";
    emulate(compiled(wait + "c[i] = a[i] + b[i];"), SessionOptions.standard());
    Bundle early = compiled("float x = a[i];\n" + wait + "c[i] = x + b[i];");
    assertThatThrownBy(() -> emulate(early, SessionOptions.standard()))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("kernel add, launched later, read before its griddepcontrol.wait");
    // Where it begins after its predecessor's end, nothing is wrong with it.
    emulate(early, SessionOptions.standard().serial());
  }
}
