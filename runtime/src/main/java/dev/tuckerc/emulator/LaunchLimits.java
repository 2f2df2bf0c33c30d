package dev.tuckerc.emulator;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.emulator.machine.DecodedFunction;

/// What a launch on the emulated device may ask for.
final class LaunchLimits {
  /// Most shared memory of a block, as on sm_90.
  static final int MOST_SHARED_BYTES = 227 * 1024;

  private static final int MOST_THREADS = 1024;

  private LaunchLimits() {}

  /// Checks block, grid, shared memory and number of arguments.
  ///
  /// @throws DeviceException naming what is too much
  static void check(DecodedFunction function, KernelLaunch launch) {
    Dim3 block = launch.block();
    Dim3 grid = launch.grid();
    String name = function.name;
    if (block.count() > MOST_THREADS || block.z() > 64) {
      throw new DeviceException(
          "kernel "
              + name
              + ": a block of "
              + block.count()
              + " threads; at most "
              + MOST_THREADS
              + " (64 in z) are possible");
    }
    if (function.mostThreads > 0 && block.count() > function.mostThreads) {
      throw new DeviceException(
          "kernel "
              + name
              + ": a block of "
              + block.count()
              + " threads, but the kernel was compiled for at most "
              + function.mostThreads);
    }
    if (grid.y() > 65535 || grid.z() > 65535) {
      throw new DeviceException(
          "kernel " + name + ": grid " + grid + " is more than 65535 in y or z");
    }
    long shared = (long) function.sharedBytes + launch.sharedBytes();
    if (shared > MOST_SHARED_BYTES) {
      throw new DeviceException(
          "kernel "
              + name
              + ": "
              + shared
              + " bytes of shared memory; at most "
              + MOST_SHARED_BYTES
              + " are possible");
    }
    if (launch.arguments().size() != function.parameters.size()) {
      throw new DeviceException(
          "kernel "
              + name
              + " takes "
              + function.parameters.size()
              + " arguments, "
              + launch.arguments().size()
              + " were given");
    }
  }
}
