package dev.tuckerc.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.cuda.CudaDevice;
import dev.tuckerc.cuda.StandInDriver;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceKernel;
import dev.tuckerc.device.DeviceLostException;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.LaunchSequence;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Errors after which a context takes no more calls, on the stand-in driver.
class LostDeviceTest {
  private static final Dim3 ONE = new Dim3(1, 1, 1);
  private static final String LOST =
      "; the GPU takes no more work from this process: run on the emulator with its checks on to"
          + " find the line";

  private static long said(String output, String line) {
    return output.lines().filter(l -> l.equals("fake: " + line)).count();
  }

  @Test
  void everythingIsFreedAllTheSame(@TempDir Path folder) throws Exception {
    String output = StandInDriver.in(folder).run(LostDeviceTest.class, "launch");
    assertThat(output).contains("all checks passed");
    assertThat(said(output, "freed")).isEqualTo(2);
    assertThat(said(output, "module unloaded")).isEqualTo(1);
    assertThat(said(output, "executable graph destroyed")).isEqualTo(1);
    // Two of the graph, two of the staging memory.
    assertThat(said(output, "event destroyed")).isEqualTo(4);
    assertThat(said(output, "host memory freed")).isEqualTo(2);
    assertThat(said(output, "stream destroyed")).isEqualTo(1);
    assertThat(said(output, "release")).isEqualTo(1);
    // What could not be freed is said at most once.
    assertThat(output.lines().filter(l -> l.contains("WARN")).count()).isLessThanOrEqualTo(1);
  }

  @Test
  void aGraphNamesItsKernels(@TempDir Path folder) throws Exception {
    assertThat(StandInDriver.in(folder).run(LostDeviceTest.class, "graph"))
        .contains("all checks passed");
  }

  @Test
  void suspectsAreThoseNotKnownToHaveEnded() {
    PendingKernels pending = new PendingKernels();
    assertThat(pending.suspects()).isEmpty();
    pending.submitted("a");
    long mark = pending.mark();
    pending.submitted("b");
    assertThat(pending.suspects()).isEqualTo(" in one of the kernels a, b");
    pending.ended(mark);
    assertThat(pending.suspects()).isEqualTo(" in kernel b");
    pending.submitted("b");
    pending.ended(mark + 1);
    assertThat(pending.suspects()).isEqualTo(" in kernel b");
    pending.ended(pending.mark());
    assertThat(pending.suspects()).isEmpty();
    for (int i = 0; i < 11; i++) {
      pending.submitted("k" + i);
    }
    assertThat(pending.suspects())
        .isEqualTo(" in one of the kernels k0, k1, k2, k3, k4, k5, k6, k7 and 3 more");
  }

  /// Runs in a process that finds the stand-in driver.
  public static void main(String[] arguments) {
    CudaDevice device = CudaDevice.open(0);
    DeviceBuffer x = device.allocate(1024, "x");
    DeviceBuffer y = device.allocate(1024, "y");
    var module = device.load(".visible .entry add(", "k");
    DeviceKernel add = module.kernel("add");
    KernelLaunch sum =
        new KernelLaunch(
            add,
            ONE,
            ONE,
            0,
            List.of(
                new KernelArgument.Pointer(x, 0),
                new KernelArgument.Pointer(x, 0),
                new KernelArgument.Pointer(y, 0)));
    KernelLaunch crash = new KernelLaunch(module.kernel("crash"), ONE, ONE, 0, List.of());
    switch (arguments[0]) {
      case "launch" -> launch(device, sum, crash, x);
      default -> graph(device, sum, crash);
    }
    System.out.flush();
    System.err.println("all checks passed");
  }

  private static void lost(ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .isInstanceOf(DeviceLostException.class)
        .isInstanceOf(DeviceException.class)
        .hasMessage(message + LOST);
  }

  /// The launch itself succeeds; the calls after it tell.
  private static void launch(
      CudaDevice device, KernelLaunch sum, KernelLaunch crash, DeviceBuffer x) {
    LaunchSequence sequence = device.record(List.of(sum));
    sequence.replay();
    device.launch(sum);
    device.synchronize();
    device.launch(crash);
    String switching = "switching to Fake 7 failed: CUDA_ERROR_ILLEGAL_ADDRESS in kernel crash";
    lost(device::synchronize, switching);
    lost(() -> device.launch(sum), switching);
    lost(() -> device.allocate(16, "more"), switching);
    lost(() -> device.download(x, 0, MemorySegment.ofArray(new byte[16])), switching);
    lost(sequence::replay, switching);
    x.close();
    device.close();
    device.close();
    assertThatThrownBy(device::synchronize).hasMessage("device Fake 7 is closed");
  }

  private static void graph(Device device, KernelLaunch sum, KernelLaunch crash) {
    try (LaunchSequence sequence = device.record(List.of(sum, crash))) {
      device.synchronize();
      lost(
          sequence::replay,
          "recording an event failed: CUDA_ERROR_ILLEGAL_ADDRESS in one of the kernels add, crash");
    }
    device.close();
  }
}
