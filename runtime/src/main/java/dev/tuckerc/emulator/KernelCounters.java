package dev.tuckerc.emulator;

import dev.tuckerc.emulator.machine.Counters;

/// What a kernel launch did.
///
/// @param instructions warp instructions
/// @param laneInstructions instructions times active threads
/// @param globalLoadBytes bytes asked for by loads from global memory
/// @param globalStoreBytes bytes written to global memory
/// @param sharedLoadBytes bytes asked for by loads from shared memory
/// @param sharedStoreBytes bytes written to shared memory
/// @param globalSectors 32-byte sectors touched, counted per warp access (0 unless counting is on)
/// @param blockSectors 32-byte sectors, each counted once for every block that touches it: what
///   moves where a first-level cache keeps everything (0 unless counting is on)
/// @param bankConflicts extra shared-memory passes (0 unless counting is on)
/// @param matrixMultiplyAdds multiply-adds of matrix instructions
/// @param barriers arrivals of warps at barriers
/// @param divergentBranches branches where a warp split
/// @param atomics atomic lane operations
public record KernelCounters(
    long instructions,
    long laneInstructions,
    long globalLoadBytes,
    long globalStoreBytes,
    long sharedLoadBytes,
    long sharedStoreBytes,
    long globalSectors,
    long blockSectors,
    long bankConflicts,
    long matrixMultiplyAdds,
    long barriers,
    long divergentBranches,
    long atomics) {

  static KernelCounters of(Counters counters) {
    return new KernelCounters(
        counters.instructions,
        counters.laneInstructions,
        counters.globalLoadBytes,
        counters.globalStoreBytes,
        counters.sharedLoadBytes,
        counters.sharedStoreBytes,
        counters.globalSectors,
        counters.blockSectors,
        counters.bankConflicts,
        counters.matrixMultiplyAdds,
        counters.barriers,
        counters.divergentBranches,
        counters.atomics);
  }
}
