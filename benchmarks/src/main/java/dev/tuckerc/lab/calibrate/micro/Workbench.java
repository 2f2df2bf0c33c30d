package dev.tuckerc.lab.calibrate.micro;

import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.KernelSource;
import dev.tuckerc.device.LaunchSequence;
import dev.tuckerc.lab.results.Samples;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.LongStream;

/// A device with the microbenchmarks' kernels on it, and buffers for one microbenchmark at a time.
public final class Workbench implements AutoCloseable {
  private final Device device;
  private final KernelCompiler compiler;
  private final Target target;
  private final long l2Bytes;
  private final Map<Microkernel, DeviceModule> modules = new LinkedHashMap<>();
  private final Map<Microkernel, CompiledKernel> compiled = new LinkedHashMap<>();
  private final List<AutoCloseable> borrowed = new ArrayList<>();
  private OptionalDouble clockGigahertz = OptionalDouble.empty();

  /// @param device the caller closes it
  /// @param l2Bytes size of the device's second-level cache
  public Workbench(Device device, KernelCompiler compiler, Target target, long l2Bytes) {
    this.device = device;
    this.compiler = compiler;
    this.target = target;
    this.l2Bytes = l2Bytes;
  }

  /// The architecture that kernels are compiled for.
  public Target target() {
    return target;
  }

  Device device() {
    return device;
  }

  /// Streaming multiprocessors.
  int multiprocessors() {
    return device.info().multiprocessors();
  }

  long l2Bytes() {
    return l2Bytes;
  }

  /// Clocks of a multiprocessor in a nanosecond, measured in this session.
  ///
  /// @throws DeviceException while it was not measured
  double clockGigahertz() {
    return clockGigahertz.orElseThrow(() ->
        new DeviceException("the clock was not measured, so clocks cannot be turned into time"));
  }

  /// Whether the clock was measured.
  public boolean knowsClock() {
    return clockGigahertz.isPresent();
  }

  void setClockGigahertz(double value) {
    clockGigahertz = OptionalDouble.of(value);
  }

  double microseconds(double clocks) {
    return clocks / (clockGigahertz() * 1000);
  }

  /// Compiles and loads kernels, all at once.
  public void prepare(List<Microkernel> kernels) {
    List<Microkernel> missing =
        kernels.stream().distinct().filter(k -> !modules.containsKey(k)).toList();
    List<CompiledKernel> results =
        compiler.compileAll(
            missing.stream()
                .map(k ->
                    new KernelSource(
                        k.name() + ".cu", k.source(), target.architecture(), List.of()))
                .toList());
    for (int i = 0; i < missing.size(); i++) {
      Microkernel kernel = missing.get(i);
      compiled.put(kernel, results.get(i));
      modules.put(
          kernel, device.load(results.get(i).code(target.architecture()), kernel.name() + ".cu"));
    }
  }

  /// What the compiler made of a prepared kernel.
  CompiledKernel compiled(Microkernel kernel) {
    CompiledKernel found = compiled.get(kernel);
    if (found == null) {
      throw new IllegalStateException("kernel " + kernel.name() + " was not prepared");
    }
    return found;
  }

  /// A launch of a prepared kernel.
  KernelLaunch launch(Microkernel kernel, int blocks, int threads, KernelArgument... arguments) {
    return launch(kernel, blocks, threads, 0, false, arguments);
  }

  KernelLaunch launch(
      Microkernel kernel,
      int blocks,
      int threads,
      int sharedBytes,
      boolean programmatic,
      KernelArgument... arguments) {
    DeviceModule module = modules.get(kernel);
    if (module == null) {
      throw new IllegalStateException("kernel " + kernel.name() + " was not prepared");
    }
    return new KernelLaunch(
        module.kernel(kernel.name()),
        new Dim3(blocks, 1, 1),
        new Dim3(threads, 1, 1),
        sharedBytes,
        List.of(arguments),
        programmatic);
  }

  void run(KernelLaunch launch) {
    device.launch(launch);
  }

  /// A sequence that lives until [#release].
  LaunchSequence record(List<KernelLaunch> launches) {
    LaunchSequence sequence = device.record(launches);
    borrowed.add(sequence);
    return sequence;
  }

  /// Memory of any content that lives until [#release].
  DeviceBuffer scratch(String label, long bytes) {
    DeviceBuffer buffer = device.allocate(bytes, label);
    borrowed.add(buffer);
    return buffer;
  }

  /// Zeroed memory that lives until [#release].
  DeviceBuffer zeros(String label, long bytes) {
    DeviceBuffer buffer = scratch(label, bytes);
    clear(buffer);
    return buffer;
  }

  void clear(DeviceBuffer buffer) {
    int piece = (int) Math.min(buffer.bytes(), 1 << 24);
    MemorySegment zeros = MemorySegment.ofArray(new byte[piece]);
    for (long offset = 0; offset < buffer.bytes(); offset += piece) {
      device.upload(buffer, offset, zeros.asSlice(0, Math.min(piece, buffer.bytes() - offset)));
    }
  }

  DeviceBuffer ints(String label, int[] values) {
    DeviceBuffer buffer = scratch(label, 4L * values.length);
    device.upload(buffer, 0, MemorySegment.ofArray(values));
    return buffer;
  }

  long[] longs(DeviceBuffer buffer, int count) {
    long[] values = new long[count];
    device.download(buffer, 0, MemorySegment.ofArray(values));
    return values;
  }

  int[] ints(DeviceBuffer buffer, int count) {
    int[] values = new int[count];
    device.download(buffer, 0, MemorySegment.ofArray(values));
    return values;
  }

  float[] floats(DeviceBuffer buffer, int count) {
    float[] values = new float[count];
    device.download(buffer, 0, MemorySegment.ofArray(values));
    return values;
  }

  /// The median of the clocks that each block counted.
  double median(DeviceBuffer cycles, int blocks) {
    return Samples.of(LongStream.of(longs(cycles, blocks)).asDoubleStream().toArray()).median();
  }

  static KernelArgument pointer(DeviceBuffer buffer) {
    return new KernelArgument.Pointer(buffer, 0);
  }

  static KernelArgument number(int value) {
    return new KernelArgument.Int32(value);
  }

  /// Frees the buffers and sequences of the microbenchmark that ended.
  public void release() {
    for (AutoCloseable one : borrowed.reversed()) {
      switch (one) {
        case DeviceBuffer buffer -> buffer.close();
        case LaunchSequence sequence -> sequence.close();
        default -> throw new IllegalStateException("unknown resource " + one);
      }
    }
    borrowed.clear();
  }

  @Override
  public void close() {
    release();
    modules.values().forEach(DeviceModule::close);
    modules.clear();
  }
}
