package dev.tuckerc.execute;

import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.device.DeviceKernel;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.LaunchSequence;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// A device in host memory whose "kernels" are Java lambdas over their arguments' memory; it counts
/// what is open, so that tests see leaks.
final class HostDevice implements Device {
  final Map<String, Consumer<List<MemorySegment>>> kernels;
  final List<String> openThings = new ArrayList<>();
  final List<String> loadedPtx = new ArrayList<>();
  final List<Boolean> programmatic = new ArrayList<>();
  DeviceInfo info = new DeviceInfo(DeviceInfo.Kind.EMULATOR, "host", 90, 1, 1 << 30, 1 << 16);
  long budget = Long.MAX_VALUE;

  HostDevice(Map<String, Consumer<List<MemorySegment>>> kernels) {
    this.kernels = kernels;
  }

  private record Kernel(String name) implements DeviceKernel {}

  private final class Buffer implements DeviceBuffer {
    final MemorySegment memory;
    final String label;

    Buffer(long bytes, String label) {
      this.memory = Arena.ofAuto().allocate(bytes, 256);
      this.label = label;
      openThings.add(label);
    }

    @Override
    public long address() {
      return memory.address();
    }

    @Override
    public long bytes() {
      return memory.byteSize();
    }

    @Override
    public String label() {
      return label;
    }

    @Override
    public void close() {
      openThings.remove(label);
    }
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  @Override
  public DeviceModule load(String ptx, String label) {
    loadedPtx.add(ptx);
    openThings.add("module " + label);
    return new DeviceModule() {
      @Override
      public DeviceKernel kernel(String name) {
        if (!kernels.containsKey(name)) {
          throw new DeviceException("no kernel " + name);
        }
        return new Kernel(name);
      }

      @Override
      public void close() {
        openThings.remove("module " + label);
      }
    };
  }

  @Override
  public DeviceBuffer allocate(long bytes, String label) {
    budget -= bytes;
    if (budget < 0) {
      throw new DeviceException("no memory for " + label);
    }
    return new Buffer(bytes, label);
  }

  @Override
  public void upload(DeviceBuffer target, long targetOffset, MemorySegment source) {
    ((Buffer) target).memory.asSlice(targetOffset, source.byteSize()).copyFrom(source);
  }

  @Override
  public void download(DeviceBuffer source, long sourceOffset, MemorySegment target) {
    target.copyFrom(((Buffer) source).memory.asSlice(sourceOffset, target.byteSize()));
  }

  @Override
  public void launch(KernelLaunch launch) {
    programmatic.add(launch.programmatic());
    List<MemorySegment> arguments = new ArrayList<>();
    for (KernelArgument argument : launch.arguments()) {
      KernelArgument.Pointer pointer = (KernelArgument.Pointer) argument;
      arguments.add(((Buffer) pointer.buffer()).memory.asSlice(pointer.offset()));
    }
    kernels.get(launch.kernel().name()).accept(arguments);
  }

  @Override
  public LaunchSequence record(List<KernelLaunch> launches) {
    openThings.add("sequence");
    return new LaunchSequence() {
      private long nanos;

      @Override
      public void replay() {
        long start = System.nanoTime();
        launches.forEach(HostDevice.this::launch);
        nanos = System.nanoTime() - start;
      }

      @Override
      public long lastReplayNanos() {
        return nanos;
      }

      @Override
      public void close() {
        openThings.remove("sequence");
      }
    };
  }

  @Override
  public void synchronize() {}

  @Override
  public void close() {}
}
