package dev.tuckerc.device;

import java.util.Map;

/// What the kernel compiler made of one source.
///
/// @param ptx PTX text, without trailing NUL
/// @param cubin machine code for the architecture compiled for
/// @param resources by entry-point name
/// @param log compiler log
public record CompiledKernel(
    String ptx, byte[] cubin, Map<String, Resources> resources, String log) {

  /// Its code for a device.
  ///
  /// @param architecture what it was compiled for
  public KernelCode code(String architecture) {
    return new KernelCode(ptx, architecture, cubin);
  }

  /// ptxas' resource report of one entry point.
  ///
  /// @param registers per thread
  /// @param sharedBytes static shared memory of a block
  /// @param spillStoreBytes register spill stores
  /// @param spillLoadBytes register spill loads
  /// @param stackBytes stack frame
  public record Resources(
      int registers, int sharedBytes, int spillStoreBytes, int spillLoadBytes, int stackBytes) {}
}
