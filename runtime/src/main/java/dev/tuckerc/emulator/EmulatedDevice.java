package dev.tuckerc.emulator;

import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.device.DeviceKernel;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.LaunchSequence;
import dev.tuckerc.emulator.decode.KernelLoader;
import dev.tuckerc.emulator.machine.Counters;
import dev.tuckerc.emulator.machine.DecodedFunction;
import dev.tuckerc.emulator.machine.DecodedFunction.ParameterPlace;
import dev.tuckerc.emulator.machine.GlobalMemory;
import dev.tuckerc.emulator.machine.Launch;
import dev.tuckerc.emulator.machine.LaunchStream;
import dev.tuckerc.emulator.machine.Region;
import dev.tuckerc.emulator.operations.Bytes;
import dev.tuckerc.emulator.operations.bulk.EncodedTensorMap;
import dev.tuckerc.emulator.translate.Translation;
import dev.tuckerc.ptx.PtxParser;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A device that executes PTX on the CPU.
///
/// Launches run when they are submitted, blocks in parallel; where launches may begin early
/// ([dev.tuckerc.emulator.check.Check#EARLY_START]), at the latest when the host waits or copies.
/// Memory is always checked: an access outside every buffer ends the launch with an error that
/// names kernel, line, block, thread and address, and so does an instruction the emulator does not
/// know. Results are the same whatever the number of threads.
public final class EmulatedDevice implements Device {
  private final EmulatorOptions options;
  private final long translationThreshold;
  private final GlobalMemory memory;
  private final @Nullable ExecutorService pool;
  private final LaunchStream stream;
  private long launchCount;
  private Consumer<String> printer = System.out::print;
  private final Map<String, KernelProfile> profiles = new LinkedHashMap<>();
  private boolean closed;

  /// A device with the default options.
  public EmulatedDevice() {
    this(EmulatorOptions.DEFAULT);
  }

  public EmulatedDevice(EmulatorOptions options) {
    this(options, Translation.THRESHOLD);
  }

  /// @param threshold operations that a block executes before it is translated
  EmulatedDevice(EmulatorOptions options, long threshold) {
    this.options = options;
    // Checks watch single instructions, which translation fuses.
    this.translationThreshold = options.translated() && options.checks().isEmpty() ? threshold : -1;
    this.memory = new GlobalMemory(options.checks());
    this.pool =
        options.threads() == 1
            ? null
            : Executors.newFixedThreadPool(
                options.threads() - 1,
                task -> {
                  Thread thread = new Thread(task, "emulator");
                  thread.setDaemon(true);
                  return thread;
                });
    this.stream = new LaunchStream(pool, options.threads(), this::completed);
  }

  /// Operations that a block executes before it is translated; negative where nothing is.
  long translationThreshold() {
    return translationThreshold;
  }

  /// Sends what kernels print (`printf`) somewhere else than to standard output.
  ///
  /// @param target receives the text of one call at a time, in the order of the calls
  public void printTo(Consumer<String> target) {
    printer = target;
  }

  @Override
  public DeviceInfo info() {
    return describe(options);
  }

  static DeviceInfo describe(EmulatorOptions options) {
    return new DeviceInfo(
        DeviceInfo.Kind.EMULATOR,
        "PTX emulator",
        options.computeCapability(),
        options.threads(),
        Runtime.getRuntime().maxMemory(),
        LaunchLimits.MOST_SHARED_BYTES);
  }

  @Override
  public DeviceModule load(String ptx, String label) {
    checkOpen();
    return new Module(
        new KernelLoader(
            PtxParser.parse(ptx, label), memory, options.scalarized(), translationThreshold),
        label);
  }

  @Override
  public DeviceBuffer allocate(long bytes, String label) {
    checkOpen();
    return new EmulatedBuffer(memory, memory.allocate(bytes, label), stream::finish);
  }

  @Override
  public void upload(DeviceBuffer target, long targetOffset, MemorySegment source) {
    stream.finish();
    Region region = region(target);
    checkRange(region, targetOffset, source.byteSize(), "upload to");
    MemorySegment.copy(
        source, 0, MemorySegment.ofArray(region.bytes), targetOffset, source.byteSize());
    if (region.shadow != null) {
      region.shadow.markWritten(targetOffset, source.byteSize());
    }
  }

  @Override
  public void download(DeviceBuffer source, long sourceOffset, MemorySegment target) {
    stream.finish();
    Region region = region(source);
    checkRange(region, sourceOffset, target.byteSize(), "download from");
    MemorySegment.copy(
        MemorySegment.ofArray(region.bytes), sourceOffset, target, 0, target.byteSize());
  }

  @Override
  public void discard(DeviceBuffer buffer) {
    stream.finish();
    Region region = region(buffer);
    if (region.shadow != null) {
      region.shadow.markUnwritten();
    }
  }

  private static void checkRange(Region region, long offset, long bytes, String what) {
    if (offset < 0 || bytes < 0 || offset > region.size - bytes) {
      throw new DeviceException(
          what
              + " buffer "
              + region.name
              + ": "
              + bytes
              + " bytes at offset "
              + offset
              + " are outside its "
              + region.size
              + " bytes");
    }
  }

  private Region region(DeviceBuffer buffer) {
    checkOpen();
    if (buffer instanceof EmulatedBuffer emulated) {
      return emulated.region();
    }
    throw new DeviceException("buffer " + buffer.label() + " belongs to another device");
  }

  @Override
  public void launch(KernelLaunch launch) {
    checkOpen();
    if (!(launch.kernel() instanceof Kernel kernel) || kernel.module.device() != this) {
      throw new DeviceException("kernel " + launch.kernel().name() + " belongs to another device");
    }
    if (kernel.module.closed) {
      throw new DeviceException(
          "kernel " + kernel.name + " is launched after its module was closed");
    }
    DecodedFunction function =
        kernel.module.loader.kernel(kernel.name, launch.block().x() % 32 == 0);
    LaunchLimits.check(function, launch);
    byte[] parameters = new byte[parameterBytes(function)];
    for (int a = 0; a < function.parameters.size(); a++) {
      write(function, function.parameters.get(a), launch.arguments().get(a), parameters);
    }
    Launch run =
        new Launch(
            function,
            launch.grid(),
            launch.block(),
            launch.sharedBytes(),
            new Region(parameters, 0, parameters.length, "kernel parameters"),
            memory,
            options.instructionBudget(),
            options.counting(),
            options.checks(),
            options.seed() + launchCount++);
    run.printer = printer;
    stream.submit(run, launch.programmatic());
  }

  private void completed(Launch launch, Counters counters) {
    String name = launch.function.name;
    profiles.merge(
        name, new KernelProfile(name, 1, KernelCounters.of(counters)), KernelProfile::plus);
  }

  private static int parameterBytes(DecodedFunction function) {
    if (function.parameters.isEmpty()) {
      return 0;
    }
    ParameterPlace last = function.parameters.getLast();
    return last.offset() + last.bytes();
  }

  private void write(
      DecodedFunction function, ParameterPlace place, KernelArgument argument, byte[] into) {
    int size =
        switch (argument) {
          case KernelArgument.Pointer _, KernelArgument.Int64 _ -> 8;
          case KernelArgument.Int32 _, KernelArgument.Float32 _ -> 4;
          case KernelArgument.TensorMap _ -> KernelArgument.TensorMap.BYTES;
        };
    if (size != place.bytes()) {
      throw new DeviceException(
          "kernel "
              + function.name
              + ": parameter "
              + place.name()
              + " has "
              + place.bytes()
              + " bytes, the argument "
              + size);
    }
    switch (argument) {
      case KernelArgument.Pointer pointer ->
          Bytes.LONG.set(into, place.offset(), region(pointer.buffer()).base + pointer.offset());
      case KernelArgument.Int32 number -> Bytes.INT.set(into, place.offset(), number.value());
      case KernelArgument.Int64 number -> Bytes.LONG.set(into, place.offset(), number.value());
      case KernelArgument.Float32 number -> Bytes.FLOAT.set(into, place.offset(), number.value());
      case KernelArgument.TensorMap map ->
          EncodedTensorMap.of(map, region(map.buffer()).base).write(into, place.offset());
    }
  }

  @Override
  public LaunchSequence record(List<KernelLaunch> launches) {
    checkOpen();
    return new Sequence(List.copyOf(launches));
  }

  @Override
  public void synchronize() {
    checkOpen();
    stream.finish();
  }

  /// What the last launch did.
  public KernelCounters lastCounters() {
    stream.finish();
    return KernelCounters.of(stream.lastCounters());
  }

  /// What each kernel did since the device was made, in order of first launch.
  public List<KernelProfile> profiles() {
    stream.finish();
    return List.copyOf(profiles.values());
  }

  private void checkOpen() {
    if (closed) {
      throw new DeviceException("the emulated device is closed");
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      stream.finish();
    } finally {
      if (pool != null) {
        pool.shutdownNow();
      }
    }
  }

  private final class Module implements DeviceModule {
    private final KernelLoader loader;
    private final String label;
    private boolean closed;

    Module(KernelLoader loader, String label) {
      this.loader = loader;
      this.label = label;
    }

    EmulatedDevice device() {
      return EmulatedDevice.this;
    }

    @Override
    public DeviceKernel kernel(String name) {
      if (!loader.kernels().contains(name)) {
        throw new DeviceException(
            label + " has no kernel " + name + "; it has " + String.join(", ", loader.kernels()));
      }
      return new Kernel(this, name);
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        try {
          stream.finish();
        } finally {
          loader.close();
        }
      }
    }
  }

  private record Kernel(Module module, String name) implements DeviceKernel {}

  private final class Sequence implements LaunchSequence {
    private final List<KernelLaunch> launches;
    private long nanos;

    Sequence(List<KernelLaunch> launches) {
      this.launches = launches;
    }

    @Override
    public void replay() {
      long start = System.nanoTime();
      launches.forEach(EmulatedDevice.this::launch);
      stream.finish();
      nanos = System.nanoTime() - start;
    }

    @Override
    public long lastReplayNanos() {
      return nanos;
    }

    @Override
    public void close() {}
  }
}
