package dev.tuckerc.emulator;

import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelLaunch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;

/// Runs kernels on an emulated device in tests: CUDA resources through NVRTC, or PTX text.
final class Kernels implements AutoCloseable {
  private static final Map<String, String> COMPILED = new ConcurrentHashMap<>();
  private static NvrtcCompiler compiler;

  final EmulatedDevice device;
  private boolean inStream;

  Kernels() {
    this(EmulatorOptions.DEFAULT);
  }

  Kernels(EmulatorOptions options) {
    device = new EmulatedDevice(options);
  }

  /// @param threshold operations that a block executes before it is translated; 0 for the first
  ///   visit
  Kernels(EmulatorOptions options, long threshold) {
    device = new EmulatedDevice(options, threshold);
  }

  /// From now on launches follow each other without the host waiting between them.
  Kernels inStream() {
    inStream = true;
    return this;
  }

  /// PTX of a CUDA test resource.
  static String ptx(String resource, String architecture) {
    return COMPILED.computeIfAbsent(
        resource + "/" + architecture,
        _ -> {
          synchronized (Kernels.class) {
            if (compiler == null) {
              compiler = NvrtcCompiler.create();
            }
            return compiler.compile(resource, text(resource), architecture, List.of()).ptx();
          }
        });
  }

  static String text(String resource) {
    try (InputStream in = Kernels.class.getResourceAsStream(resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  DeviceModule cuda(String resource) {
    return cuda(resource, "sm_90a");
  }

  DeviceModule cuda(String resource, String architecture) {
    return device.load(ptx(resource, architecture), resource);
  }

  /// A kernel `test(out, in)` whose body is given, with the pointers in `%rd1` and `%rd2`, the
  /// thread index in `%r0`, and registers `%r`, `%f`, `%rd`, `%fd`, `%h` and `%p`.
  DeviceModule body(String body) {
    return device.load(wrap(body), "test.ptx");
  }

  static String wrap(String body) {
    return """
    .version 8.8
    .target sm_90a
    .address_size 64
    .visible .entry test(.param .u64 out, .param .u64 in)
    {
    .reg .pred %%p<16>;
    .reg .b16 %%h<32>;
    .reg .b32 %%r<64>;
    .reg .f32 %%f<64>;
    .reg .b64 %%rd<32>;
    .reg .f64 %%fd<32>;
    ld.param.u64 %%rd1, [out];
    ld.param.u64 %%rd2, [in];
    mov.u32 %%r0, %%tid.x;
    %s
    ret;
    }
    """
        .formatted(body);
  }

  DeviceBuffer buffer(float[] values) {
    return upload(MemorySegment.ofArray(values), "floats");
  }

  DeviceBuffer buffer(int[] values) {
    return upload(MemorySegment.ofArray(values), "ints");
  }

  DeviceBuffer buffer(long[] values) {
    return upload(MemorySegment.ofArray(values), "longs");
  }

  DeviceBuffer buffer(short[] values) {
    return upload(MemorySegment.ofArray(values), "shorts");
  }

  private DeviceBuffer upload(MemorySegment values, String label) {
    DeviceBuffer buffer = device.allocate(values.byteSize(), label);
    device.upload(buffer, 0, values);
    return buffer;
  }

  float[] floats(DeviceBuffer buffer) {
    float[] values = new float[(int) (buffer.bytes() / 4)];
    device.download(buffer, 0, MemorySegment.ofArray(values));
    return values;
  }

  int[] ints(DeviceBuffer buffer) {
    int[] values = new int[(int) (buffer.bytes() / 4)];
    device.download(buffer, 0, MemorySegment.ofArray(values));
    return values;
  }

  long[] longs(DeviceBuffer buffer) {
    long[] values = new long[(int) (buffer.bytes() / 8)];
    device.download(buffer, 0, MemorySegment.ofArray(values));
    return values;
  }

  void run(DeviceModule module, String kernel, Dim3 grid, Dim3 block, int shared, Object... args) {
    run(false, module, kernel, grid, block, shared, args);
  }

  /// A launch that may begin before the one before it has ended.
  void runEarly(
      DeviceModule module, String kernel, Dim3 grid, Dim3 block, int shared, Object... args) {
    run(true, module, kernel, grid, block, shared, args);
  }

  private void run(
      boolean programmatic,
      DeviceModule module,
      String kernel,
      Dim3 grid,
      Dim3 block,
      int shared,
      Object... args) {
    List<KernelArgument> arguments =
        List.of(args).stream()
            .map(a ->
                switch (a) {
                  case DeviceBuffer b -> (KernelArgument) new KernelArgument.Pointer(b, 0);
                  case Integer i -> new KernelArgument.Int32(i);
                  case Long l -> new KernelArgument.Int64(l);
                  case Float f -> new KernelArgument.Float32(f);
                  case KernelArgument argument -> argument;
                  default -> throw new IllegalArgumentException(a.toString());
                })
            .toList();
    device.launch(
        new KernelLaunch(module.kernel(kernel), grid, block, shared, arguments, programmatic));
    if (!inStream) {
      device.synchronize();
    }
  }

  static Dim3 size(int x) {
    return new Dim3(x, 1, 1);
  }

  static Dim3 size(int x, int y) {
    return new Dim3(x, y, 1);
  }

  static float[] random(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }

  @Override
  public void close() {
    device.close();
  }
}
