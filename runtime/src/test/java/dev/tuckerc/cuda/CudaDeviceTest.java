package dev.tuckerc.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceKernel;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelCode;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.LaunchSequence;
import dev.tuckerc.device.TensorElement;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaDeviceTest {
  private static final String ADD =
      """
      extern "C" __global__ void add(const float* a, const float* b, float* c) {
        int i = blockIdx.x * blockDim.x + threadIdx.x;
        c[i] = a[i] + b[i];
      }
      """;

  @Test
  void missingDriverIsSaid() {
    CudaProbe probe = CudaProbe.run("libcuda-that-is-not-there.so.1");
    assertThat(probe.usable()).isFalse();
    assertThat(probe.problem())
        .isEqualTo("there is no NVIDIA driver (libcuda-that-is-not-there.so.1 cannot be opened)");
    assertThatThrownBy(probe::requireUsable)
        .isInstanceOf(DeviceException.class)
        .hasMessageStartingWith("no CUDA device: there is no NVIDIA driver");
  }

  @Test
  void anotherLibraryIsNoDriver() {
    CudaProbe probe = CudaProbe.run("libc.so.6");
    assertThat(probe.problem()).isEqualTo("libc.so.6 is no usable NVIDIA driver: it lacks cuInit");
  }

  @Test
  void availabilityHasDevicesOrAReason() {
    var availability = CudaDevice.availability();
    assertThat(availability.available()).isEqualTo(availability.reason().isEmpty());
    assertThat(CudaDevice.list()).isEqualTo(availability.devices());
    assumeTrue(!availability.available(), "this machine has a GPU");
    assertThatThrownBy(() -> CudaDevice.open(0))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining(availability.reason());
  }

  /// On a machine with a GPU, the real thing.
  @Test
  void runsOnARealGpu() {
    var availability = CudaDevice.availability();
    assumeTrue(availability.available(), "no GPU: " + availability.reason());
    int capability = availability.devices().getFirst().computeCapability();
    CompiledKernel add =
        NvrtcCompiler.create().compile("add.cu", ADD, "sm_" + capability, List.of());
    try (CudaDevice device = CudaDevice.open(0)) {
      addAndReplay(device, add.ptx());
    }
  }

  @Test
  void passesTheRightValuesToTheDriver(@TempDir Path folder) throws Exception {
    String output = StandInDriver.in(folder).run(CudaDeviceTest.class);
    assertThat(output).contains("all checks passed");
    assertThat(output).contains("fake: attribute 8 = 100000");
    assertThat(output.lines().filter(l -> l.equals("fake: module loaded"))).hasSize(7);
    assertThat(output.lines().filter(l -> l.equals("fake: machine code loaded"))).hasSize(2);
    assertThat(output)
        .contains("fake: launched with map t6@32 1000/0/64/1 30/2048/8/2 s3 f1 and 42")
        .contains("fake: launched with map t0@0 4096/0/256/1 s0 f0 and 43")
        .contains("fake: launched with map t0@0 4096/0/256/1 s0 f0 and 44")
        .contains(
            "fake: launched with map t9@0 16/0/1 9/32/2 7/288/1 3/2016/1 -1:1 -2:2 16c 100p s1 f0 and"
                + " 45");
    // Everything handed out is freed at the end, and nothing twice.
    assertThat(output.lines().filter(l -> l.equals("fake: freed"))).hasSize(5);
    assertThat(output.lines().filter(l -> l.equals("fake: host memory freed"))).hasSize(2);
    assertThat(output.lines().filter(l -> l.equals("fake: graph destroyed"))).hasSize(2);
    assertThat(output.lines().filter(l -> l.equals("fake: executable graph destroyed"))).hasSize(2);
    assertThat(output).containsOnlyOnce("fake: stream destroyed");
    assertThat(output).containsOnlyOnce("fake: release");
    // A programmatic launch passes its attribute, on the stream and into a graph.
    assertThat(output.lines().filter(l -> l.equals("fake: launch attribute 6 = 1"))).hasSize(2);
    assertThat(output.lines().filter(l -> l.equals("fake: launch attribute 6 = 1 captured")))
        .hasSize(1);
    // The stand-in's kernel has a cluster of 16 where the PTX says that there are clusters.
    assertThat(output).containsOnlyOnce("fake: attribute 14 = 1");
  }

  @Test
  void driverThatDoesNotStart(@TempDir Path folder) throws Exception {
    StandInDriver driver = StandInDriver.in(folder);
    assertThat(driver.with("FAKE_CUDA_INIT", "100").run(CudaDeviceTest.class))
        .contains("unavailable: the NVIDIA driver finds no GPU");
    assertThat(driver.with("FAKE_CUDA_INIT", "34").run(CudaDeviceTest.class))
        .contains("unavailable: libcuda.so.1 is the CUDA toolkit's stub, not a driver");
  }

  /// Runs in a process that finds the stand-in driver.
  public static void main(String[] arguments) {
    var availability = CudaDevice.availability();
    if (!availability.available()) {
      System.out.println("unavailable: " + availability.reason());
      return;
    }
    CudaDevice device = CudaDevice.open(0);
    var info = device.info();
    assertThat(info.name()).isEqualTo("Fake 7");
    assertThat(info.computeCapability()).isEqualTo(90);
    assertThat(info.multiprocessors()).isEqualTo(132);
    assertThat(info.sharedBytesPerBlock()).isEqualTo(232448);
    assertThat(info.memoryBytes()).isEqualTo(1L << 30);
    assertThat(device.driverVersion()).isEqualTo("12.4");
    assertThat(device.limits()).isEqualTo(new CudaLimits(65536, 233472, 2048, 32, 52428800));
    device.load(".visible .entry add(.reqnctapercluster 16", "clusters").kernel("add");
    assertThatThrownBy(() -> CudaDevice.open(1)).hasMessageContaining("there is no cuda:1");
    assertThatThrownBy(() -> device.load("broken", "kernel k"))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("kernel k does not load on Fake 7: CUDA_ERROR_INVALID_PTX")
        .hasMessageContaining("line 3; fatal : broken");
    // Its driver is of CUDA 12.4 and refuses PTX 8.8, but takes the same text as 8.4.
    assertThatThrownBy(() -> device.load(".version 8.8 broken", "kernel k"))
        .hasMessageContaining("supports CUDA 12.4 and the PTX is newer: update the driver")
        .hasMessageEndingWith(
            """
            version?
            as PTX for CUDA 12.4: CUDA_ERROR_INVALID_PTX
            ptxas application ptx input, line 3; fatal : broken
            ptxas fatal : aborted\
            """);
    machineCode(device);
    device.load(".version 8.8\n.visible .entry add(", "kernel k").close();
    assertThatThrownBy(() -> device.allocate(1L << 40, "the arena"))
        .hasMessageContaining("1099511627776 bytes for the arena (1000 of 1073741824 are free)")
        .hasMessageContaining("OUT_OF_MEMORY");
    addAndReplay(device, ".visible .entry add(");
    tensorMaps(device);
    device.close();
    assertThatThrownBy(device::synchronize).hasMessageContaining("closed");
    System.out.flush();
    System.err.println("all checks passed");
  }

  private static void machineCode(Device device) {
    byte[] cubin = {0x7f, 'E', 'L', 'F'};
    String ptx = ".version 8.4\n.visible .entry add(";
    for (String architecture : List.of("sm_90", "sm_90a")) {
      try (DeviceModule module = device.load(new KernelCode(ptx, architecture, cubin), "k")) {
        assertThat(module.form()).isEqualTo(KernelCode.Form.CUBIN);
        module.kernel("add");
      }
    }
    for (String architecture : List.of("sm_80", "sm_100a")) {
      try (DeviceModule module = device.load(new KernelCode(ptx, architecture, cubin), "k")) {
        assertThat(module.form()).isEqualTo(KernelCode.Form.PTX);
      }
    }
    assertThatThrownBy(() -> device.load(new KernelCode(ptx, "sm_90", new byte[] {1}), "kernel k"))
        .hasMessage("kernel k (machine code) does not load on Fake 7: CUDA_ERROR_INVALID_IMAGE");
  }

  /// Too few arguments, or one of another size, never reach the driver.
  private static void parameters(Device device, DeviceKernel add, DeviceBuffer x, DeviceBuffer y) {
    Dim3 one = new Dim3(1, 1, 1);
    KernelArgument pointer = new KernelArgument.Pointer(x, 0);
    KernelArgument other = new KernelArgument.Pointer(y, 0);
    assertThatThrownBy(
            () -> device.launch(new KernelLaunch(add, one, one, 0, List.of(pointer, other))))
        .hasMessage("add takes 3 arguments, not 2");
    assertThatThrownBy(() ->
            device.launch(
                new KernelLaunch(
                    add, one, one, 0, List.of(pointer, other, new KernelArgument.Int32(1)))))
        .hasMessage("parameter 2 of add has 8 bytes, the argument 4");
  }

  private static void addAndReplay(Device device, String ptx) {
    DeviceKernel add = device.load(ptx, "add.cu").kernel("add");
    assertThatThrownBy(() -> device.load(ptx, "add.cu").kernel("sub"))
        .hasMessageContaining("has no kernel sub; it has [add]");
    // Larger than the staging pieces, and no multiple of them.
    int count = 5 * 1024 * 1024 + 256;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment a = random(arena, count, 1);
      MemorySegment b = random(arena, count, 2);
      DeviceBuffer x = device.allocate(4L * count + 256, "x");
      DeviceBuffer y = device.allocate(4L * count, "y");
      DeviceBuffer z = device.allocate(4L * count, "z");
      DeviceBuffer gone = device.allocate(1024, "gone");
      gone.close();
      assertThat(x.address() % 256).isZero();
      device.upload(x, 256, a);
      device.upload(y, 0, b);
      KernelLaunch launch = launch(add, count, 100_000, x, y, z);
      parameters(device, add, x, y);
      device.launch(launch);
      check(device, z, a, b);
      assertThatThrownBy(() -> device.launch(launch(add, count, 300_000, x, y, z)))
          .hasMessageContaining("add needs 300000 bytes of dynamic shared memory");
      assertThatThrownBy(() -> device.upload(y, 1024, b)).hasMessageContaining("outside buffer y");
      assertThatThrownBy(() -> device.launch(launch(add, count, 0, x, gone, z)))
          .hasMessageContaining("buffer gone is closed");

      try (LaunchSequence sequence = device.record(List.of(launch, launch))) {
        assertThatThrownBy(sequence::lastReplayNanos).hasMessageContaining("not replayed");
        device.upload(y, 0, a);
        sequence.replay();
        check(device, z, a, a);
        assertThat(sequence.lastReplayNanos()).isPositive();
        checkProgrammatic(device, launch, x, z);
        timeBackToBack(device, sequence, launch);
        y.close();
        assertThatThrownBy(sequence::replay).hasMessageContaining("buffer y is closed");
      }
    }
  }

  /// z = a + a again, launched so that it may start early; alone, and after another in a graph.
  private static void checkProgrammatic(
      Device device, KernelLaunch launch, DeviceBuffer x, DeviceBuffer z) {
    KernelLaunch early =
        new KernelLaunch(
            launch.kernel(),
            launch.grid(),
            launch.block(),
            launch.sharedBytes(),
            launch.arguments(),
            true);
    float[] a = new float[(int) (z.bytes() / 4)];
    device.download(x, 256, MemorySegment.ofArray(a));
    float[] zeros = new float[a.length];
    device.upload(z, 0, MemorySegment.ofArray(zeros).asReadOnly());
    device.launch(early);
    check(device, z, MemorySegment.ofArray(a), MemorySegment.ofArray(a));
    device.upload(z, 0, MemorySegment.ofArray(zeros).asReadOnly());
    try (LaunchSequence sequence = device.record(List.of(launch, early))) {
      sequence.replay();
      check(device, z, MemorySegment.ofArray(a), MemorySegment.ofArray(a));
    }
  }

  private static void timeBackToBack(Device device, LaunchSequence sequence, KernelLaunch launch) {
    LaunchSequence queue = device.queue(List.of(launch, launch));
    queue.replay();
    assertThat(queue.lastReplayNanos()).isPositive();
    long[] nanos = device.time(List.of(sequence, queue, sequence));
    assertThat(nanos).hasSize(3);
    for (long each : nanos) {
      assertThat(each).isPositive();
    }
    assertThat(device.time(List.of())).isEmpty();
    queue.close();
    assertThatThrownBy(queue::replay).hasMessageContaining("sequence is closed");
    assertThatThrownBy(() -> device.time(List.of(queue)))
        .hasMessageContaining("a launch sequence is closed, or of another device");
  }

  private static void tensorMaps(Device device) {
    DeviceKernel kernel = device.load(".visible .entry tensor(", "t.cu").kernel("tensor");
    DeviceBuffer x = device.allocate(2048 * 32, "x");
    KernelArgument.TensorMap steps =
        new KernelArgument.TensorMap(
            TensorElement.FLOAT16,
            List.of(1000L, 30L),
            List.of(2048L),
            new KernelArgument.TensorMap.Tile(List.of(64, 8)),
            List.of(1, 2),
            KernelArgument.TensorMap.Swizzle.BYTES_128,
            KernelArgument.TensorMap.Fill.NAN,
            x,
            32);
    KernelArgument.TensorMap image =
        new KernelArgument.TensorMap(
            TensorElement.BFLOAT16,
            List.of(16L, 9L, 7L, 3L),
            List.of(32L, 288L, 2016L),
            new KernelArgument.TensorMap.Pixels(List.of(-1, -2), List.of(1, 2), 16, 100),
            List.of(1, 2, 1, 1),
            KernelArgument.TensorMap.Swizzle.BYTES_32,
            KernelArgument.TensorMap.Fill.ZERO,
            x,
            0);
    KernelArgument.TensorMap row =
        KernelArgument.TensorMap.dense(
            TensorElement.UINT8,
            List.of(4096L),
            List.of(256),
            KernelArgument.TensorMap.Swizzle.NONE,
            x);
    Dim3 one = new Dim3(1, 1, 1);
    device.launch(
        new KernelLaunch(kernel, one, one, 0, List.of(steps, new KernelArgument.Int32(42))));
    device.launch(
        new KernelLaunch(kernel, one, one, 0, List.of(row, new KernelArgument.Int32(43))));
    device.launch(
        new KernelLaunch(kernel, one, one, 0, List.of(image, new KernelArgument.Int32(45))));
    device.launch(
        new KernelLaunch(kernel, one, one, 0, List.of(row, new KernelArgument.Int32(44)), true));
  }

  private static KernelLaunch launch(
      DeviceKernel add, int count, int shared, DeviceBuffer x, DeviceBuffer y, DeviceBuffer z) {
    return new KernelLaunch(
        add,
        new Dim3(count / 256, 1, 1),
        new Dim3(256, 1, 1),
        shared,
        List.of(
            new KernelArgument.Pointer(x, 256),
            new KernelArgument.Pointer(y, 0),
            new KernelArgument.Pointer(z, 0)));
  }

  private static MemorySegment random(Arena arena, int count, long seed) {
    MemorySegment segment = arena.allocate(4L * count, 4);
    Random random = new Random(seed);
    for (int i = 0; i < count; i++) {
      segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat());
    }
    return segment;
  }

  private static void check(Device device, DeviceBuffer z, MemorySegment a, MemorySegment b) {
    float[] result = new float[(int) (a.byteSize() / 4)];
    device.download(z, 0, MemorySegment.ofArray(result));
    for (int i = 0; i < result.length; i++) {
      float sum = a.getAtIndex(ValueLayout.JAVA_FLOAT, i) + b.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      if (result[i] != sum) {
        throw new AssertionError("element " + i + " is " + result[i] + ", not " + sum);
      }
    }
  }
}
