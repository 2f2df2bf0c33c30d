package dev.tuckerc.emulator.machine;

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
