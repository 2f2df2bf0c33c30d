package dev.tuckerc.bundle;

import dev.tuckerc.device.Dim3;
import java.util.List;

/// One kernel launch of a plan. Generated kernels take only pointers: sizes are constants in their
/// source.
///
/// @param kernel name of a [KernelRecord]
/// @param grid blocks
/// @param block threads of a block
/// @param sharedBytes dynamic shared memory of a block, in bytes
/// @param arguments one pointer each, in the order of the kernel's parameters
/// @param programmatic whether it may begin before the launch before it has ended; its kernel then
///   waits (`griddepcontrol.wait`) before it touches what that one wrote
public record PlannedLaunch(
    String kernel,
    Dim3 grid,
    Dim3 block,
    int sharedBytes,
    List<BufferReference> arguments,
    boolean programmatic) {
  private static final int MOST_THREADS = 1024;
  private static final int MOST_BLOCK_Z = 64;
  private static final int MOST_GRID_YZ = 65535;

  /// 227 KiB: what the largest architecture grants a block.
  private static final int MOST_SHARED_BYTES = 227 << 10;

  public PlannedLaunch {
    arguments = List.copyOf(arguments);
    if (block.count() > MOST_THREADS || block.z() > MOST_BLOCK_Z) {
      throw new IllegalArgumentException("a block of " + block + " is beyond 1024 threads (z 64)");
    }
    if (grid.y() > MOST_GRID_YZ || grid.z() > MOST_GRID_YZ) {
      throw new IllegalArgumentException("a grid of " + grid + " is beyond 65535 in y or z");
    }
    if (sharedBytes < 0 || sharedBytes > MOST_SHARED_BYTES) {
      throw new IllegalArgumentException(
          sharedBytes + " bytes of shared memory, not 0 to " + MOST_SHARED_BYTES);
    }
  }

  /// A launch that begins when the one before it has ended.
  public PlannedLaunch(
      String kernel, Dim3 grid, Dim3 block, int sharedBytes, List<BufferReference> arguments) {
    this(kernel, grid, block, sharedBytes, arguments, false);
  }
}
