package dev.tuckerc.emulator;

import static dev.tuckerc.emulator.Kernels.size;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.emulator.check.Check;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Launches like those of ResNet-18, and others that need much memory beside their buffers, on a
/// Java virtual machine with little memory. Run by [MemoryUseTest].
final class MemoryUse {
  /// ResNet-18 in fp32: weights and activations.
  static final long WEIGHTS = 47L << 20;

  static final long ACTIVATIONS = 13L << 20;

  private MemoryUse() {}

  /// @param arguments file with the PTX of `memory_use.cu`, worker threads, checks
  public static void main(String[] arguments) throws IOException {
    String ptx = Files.readString(Path.of(arguments[0]));
    int threads = Integer.parseInt(arguments[1]);
    EmulatorOptions options =
        EmulatorOptions.DEFAULT.withThreads(threads).withChecks(Check.parse(arguments[2]));
    try (Kernels kernels = new Kernels(options)) {
      DeviceModule module = kernels.device.load(ptx, "memory_use.cu");
      DeviceBuffer weights = kernels.device.allocate(WEIGHTS, "weights");
      DeviceBuffer activations = kernels.device.allocate(ACTIVATIONS, "activations");
      DeviceBuffer flags = kernels.device.allocate(4096 * 4, "flags");
      run(kernels, module, "layer", size(49, 4), size(256), 64 << 10, activations, weights);
      run(kernels, module, "layer", size(24, 2), size(1024), 160 << 10, activations, weights);
      run(kernels, module, "clusters", size(128), size(512), 128 << 10, activations, weights);
      run(kernels, module, "locals", size(16), size(1024), 0, activations, weights);
      run(kernels, module, "wait_for_all", size(256), size(256), 32 << 10, activations, flags);
      kernels.device.synchronize();
    }
    Runtime runtime = Runtime.getRuntime();
    System.out.println("done with at most " + (runtime.maxMemory() >> 20) + " MiB");
  }

  private static void run(
      Kernels kernels,
      DeviceModule module,
      String kernel,
      Dim3 grid,
      Dim3 block,
      int shared,
      DeviceBuffer out,
      DeviceBuffer in) {
    long start = System.nanoTime();
    kernels.run(module, kernel, grid, block, shared, out, in);
    System.out.println(kernel + " " + (System.nanoTime() - start) / 1_000_000 + " ms");
  }
}
