package dev.tuckerc.device;

import java.util.List;

/// One kernel launch.
///
/// @param kernel what to run
/// @param grid blocks
/// @param block threads of a block
/// @param sharedBytes dynamic shared memory of a block, in bytes (static shared memory not counted)
/// @param arguments in the order of the kernel's parameters
/// @param programmatic whether the kernel may start before the launch before it has ended
///   (programmatic dependent launch). The kernel must then wait (`griddepcontrol.wait`) before it
///   touches what its predecessor wrote. A device that cannot do so, or that runs kernels one by
///   one, starts it afterwards, which is always right.
public record KernelLaunch(
    DeviceKernel kernel,
    Dim3 grid,
    Dim3 block,
    int sharedBytes,
    List<KernelArgument> arguments,
    boolean programmatic) {
  public KernelLaunch {
    arguments = List.copyOf(arguments);
    if (sharedBytes < 0) {
      throw new DeviceException(
          "negative shared memory size " + sharedBytes + " for " + kernel.name());
    }
  }

  /// A launch that starts when the one before it has ended.
  public KernelLaunch(
      DeviceKernel kernel, Dim3 grid, Dim3 block, int sharedBytes, List<KernelArgument> arguments) {
    this(kernel, grid, block, sharedBytes, arguments, false);
  }
}
