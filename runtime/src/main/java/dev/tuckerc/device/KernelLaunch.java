package dev.tuckerc.device;

import java.util.List;

/// One kernel launch.
///
/// @param kernel what to run
/// @param grid blocks
/// @param block threads of a block
/// @param sharedBytes dynamic shared memory of a block, in bytes (static shared memory not counted)
/// @param arguments in the order of the kernel's parameters
public record KernelLaunch(
    DeviceKernel kernel, Dim3 grid, Dim3 block, int sharedBytes, List<KernelArgument> arguments) {
  public KernelLaunch {
    arguments = List.copyOf(arguments);
    if (sharedBytes < 0) {
      throw new DeviceException(
          "negative shared memory size " + sharedBytes + " for " + kernel.name());
    }
  }
}
