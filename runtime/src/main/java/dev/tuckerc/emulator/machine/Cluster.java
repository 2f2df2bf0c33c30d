package dev.tuckerc.emulator.machine;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.Dim3;

/// The blocks of a cluster, which run together on one thread.
final class Cluster {
  /// Failed tests of an `mbarrier` without any other change, until they count as waiting for ever.
  private static final int FAILED_TESTS = 1 << 14;

  private final Launch launch;
  private final Block[] blocks;
  private long barrierChanges = -1;

  Cluster(Launch launch, Counters counters) {
    this.launch = launch;
    int[] size = launch.function.clusterDimensions;
    blocks = new Block[size[0] * size[1] * size[2]];
    try {
      for (int rank = 0; rank < blocks.length; rank++) {
        blocks[rank] = new Block(launch, counters, rank);
      }
    } catch (OutOfMemoryError full) {
      throw new DeviceException(
          "kernel "
              + launch.function.name
              + ": out of memory for the registers, shared and local memory of "
              + blocks.length
              + (blocks.length == 1 ? " block" : " blocks")
              + ", "
              + bytes(launch)
              + " bytes ("
              + launch.function.localBytes
              + " bytes of local memory for each thread); give the JVM more with -Xmx",
          full);
    }
  }

  /// Bytes that the registers and memories of a cluster of this launch take.
  static long bytes(Launch launch) {
    DecodedFunction function = launch.function;
    int[] registers = function.registers;
    long lanes =
        144L * (registers[Home.INT.ordinal()] + registers[Home.FLOAT.ordinal()])
            + 272L * (registers[Home.LONG.ordinal()] + registers[Home.DOUBLE.ordinal()])
            + 32L * function.localBytes;
    int[] size = function.clusterDimensions;
    long block =
        function.sharedBytes
            + launch.dynamicSharedBytes
            + (launch.blockSize.count() + 31) / 32 * (lanes + 2048);
    return block * size[0] * size[1] * size[2];
  }

  void start(long index) {
    ClusterBarrier barrier = new ClusterBarrier(blocks);
    for (Block block : blocks) {
      block.join(blocks, barrier);
    }
    int[] size = launch.function.clusterDimensions;
    Dim3 grid = launch.grid;
    int across = grid.x() / size[0];
    int down = grid.y() / size[1];
    int cx = (int) (index % across);
    int cy = (int) (index / across % down);
    int cz = (int) (index / across / down);
    for (int rank = 0; rank < blocks.length; rank++) {
      blocks[rank].start(
          cx * size[0] + rank % size[0],
          cy * size[1] + rank / size[0] % size[1],
          cz * size[2] + rank / size[0] / size[1]);
    }
    barrierChanges = -1;
  }

  boolean done() {
    for (Block block : blocks) {
      if (!block.done()) {
        return false;
      }
    }
    return true;
  }

  /// Instructions of the warps that still run.
  long instructions() {
    long sum = 0;
    for (Block block : blocks) {
      for (Warp warp : block.warps()) {
        sum += warp.instructions;
      }
    }
    return sum;
  }

  /// Gives every ready warp a turn.
  ///
  /// @return whether any could run; if not, all that have not exited wait for other launches
  boolean step(Schedule schedule) {
    boolean ran = false;
    for (int rank : schedule.turns(blocks.length)) {
      ran |= blocks[rank].step(schedule);
    }
    if (done()) {
      return false;
    }
    if (ran && !onlyPolling()) {
      return true;
    }
    // Lanes that a waiting warp has left behind may be those that all wait for: on their way to the
    // barrier, or out of the kernel.
    boolean changed = false;
    for (Block block : blocks) {
      changed |= block.scheduleIndependently();
    }
    if (changed) {
      return true;
    }
    for (Block block : blocks) {
      if (block.suspended()) {
        return false;
      }
    }
    throw Standstill.report(launch, blocks);
  }

  /// Whether every warp waits or tests an `mbarrier` over and over that nobody will complete.
  private boolean onlyPolling() {
    for (Block block : blocks) {
      if (!block.onlyPolling(FAILED_TESTS)) {
        return false;
      }
    }
    long changes = 0;
    for (Block block : blocks) {
      changes += block.barrierChanges;
    }
    if (changes == barrierChanges) {
      return true;
    }
    barrierChanges = changes;
    for (Block block : blocks) {
      for (Warp warp : block.warps()) {
        warp.failedTests.clear();
      }
    }
    return false;
  }

  /// Whether every block has let dependent launches begin, or has ended.
  boolean triggered() {
    for (Block block : blocks) {
      if (!block.done() && !block.triggered) {
        return false;
      }
    }
    return true;
  }

  Block[] blocks() {
    return blocks;
  }
}
