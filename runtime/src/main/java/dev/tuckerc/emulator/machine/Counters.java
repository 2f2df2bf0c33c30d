package dev.tuckerc.emulator.machine;

import dev.tuckerc.device.Dim3;
import org.jspecify.annotations.Nullable;

/// What a kernel did, summed over its warps. One object per worker; sums do not depend on order.
public final class Counters {
  /// Warp instructions.
  public long instructions;

  /// Instructions times active lanes.
  public long laneInstructions;

  /// Bytes that loads asked for in global memory.
  public long globalLoadBytes;

  /// Bytes that stores wrote to global memory.
  public long globalStoreBytes;

  /// Bytes that loads asked for in shared memory.
  public long sharedLoadBytes;

  /// Bytes that stores wrote to shared memory.
  public long sharedStoreBytes;

  /// 32-byte sectors of global memory touched by warp accesses.
  public long globalSectors;

  /// 32-byte sectors of global memory, each counted once for every block that touches it.
  public long blockSectors;

  /// Extra shared-memory passes because lanes hit different words of one bank.
  public long bankConflicts;

  /// Multiply-adds of matrix instructions.
  public long matrixMultiplyAdds;

  /// Warp arrivals at barriers.
  public long barriers;

  /// Branches where a warp split.
  public long divergentBranches;

  /// Lane operations on memory that are atomic.
  public long atomics;

  /// Warp instructions by [InstructionClass], where counting is on.
  public final long[] mix = new long[InstructionClass.values().length];

  private @Nullable SectorSet touched;

  /// Notes that a block touches a sector.
  ///
  /// @param sector address divided by 32
  public void touch(Block block, long sector) {
    Dim3 grid = block.launch.grid;
    long number = ((long) block.z * grid.y() + block.y) * grid.x() + block.x;
    SectorSet set = touched;
    if (set == null) {
      set = new SectorSet();
      touched = set;
    }
    if (set.add(number, sector)) {
      blockSectors++;
    }
  }

  void addMix(int[] block) {
    for (int c = 0; c < block.length; c++) {
      mix[c] += block[c];
    }
  }

  /// Adds another worker's counts.
  public void add(Counters other) {
    instructions += other.instructions;
    laneInstructions += other.laneInstructions;
    globalLoadBytes += other.globalLoadBytes;
    globalStoreBytes += other.globalStoreBytes;
    sharedLoadBytes += other.sharedLoadBytes;
    sharedStoreBytes += other.sharedStoreBytes;
    globalSectors += other.globalSectors;
    blockSectors += other.blockSectors;
    bankConflicts += other.bankConflicts;
    matrixMultiplyAdds += other.matrixMultiplyAdds;
    barriers += other.barriers;
    divergentBranches += other.divergentBranches;
    atomics += other.atomics;
    for (int c = 0; c < mix.length; c++) {
      mix[c] += other.mix[c];
    }
  }
}
