package dev.tuckerc.emulator;

import dev.tuckerc.emulator.machine.Counters;
import dev.tuckerc.emulator.machine.InstructionClass;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

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
/// @param mix warp instructions by class, classes without any left out (empty unless counting is
///   on)
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
    long atomics,
    Map<InstructionClass, Long> mix) {

  public KernelCounters {
    mix = Collections.unmodifiableMap(copy(mix));
  }

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
        counters.atomics,
        mix(counters.mix));
  }

  /// Every counter, what several launches did together.
  public KernelCounters plus(KernelCounters other) {
    EnumMap<InstructionClass, Long> both = copy(mix);
    other.mix.forEach((kind, count) -> both.merge(kind, count, Long::sum));
    return new KernelCounters(
        instructions + other.instructions,
        laneInstructions + other.laneInstructions,
        globalLoadBytes + other.globalLoadBytes,
        globalStoreBytes + other.globalStoreBytes,
        sharedLoadBytes + other.sharedLoadBytes,
        sharedStoreBytes + other.sharedStoreBytes,
        globalSectors + other.globalSectors,
        blockSectors + other.blockSectors,
        bankConflicts + other.bankConflicts,
        matrixMultiplyAdds + other.matrixMultiplyAdds,
        barriers + other.barriers,
        divergentBranches + other.divergentBranches,
        atomics + other.atomics,
        both);
  }

  /// The counters by name, in order; the classes of instructions last, such as
  /// `instructions.float`.
  public Map<String, Long> byName() {
    Map<String, Long> names = new LinkedHashMap<>();
    names.put("instructions", instructions);
    names.put("laneInstructions", laneInstructions);
    names.put("globalLoadBytes", globalLoadBytes);
    names.put("globalStoreBytes", globalStoreBytes);
    names.put("globalSectors", globalSectors);
    names.put("blockSectors", blockSectors);
    names.put("sharedLoadBytes", sharedLoadBytes);
    names.put("sharedStoreBytes", sharedStoreBytes);
    names.put("bankConflicts", bankConflicts);
    names.put("matrixMultiplyAdds", matrixMultiplyAdds);
    names.put("barriers", barriers);
    names.put("divergentBranches", divergentBranches);
    names.put("atomics", atomics);
    mix.forEach((kind, count) ->
        names.put("instructions." + kind.name().toLowerCase(Locale.ROOT).replace('_', '-'), count));
    return Collections.unmodifiableMap(names);
  }

  private static EnumMap<InstructionClass, Long> copy(Map<InstructionClass, Long> map) {
    EnumMap<InstructionClass, Long> copy = new EnumMap<>(InstructionClass.class);
    copy.putAll(map);
    return copy;
  }

  private static Map<InstructionClass, Long> mix(long[] counts) {
    EnumMap<InstructionClass, Long> map = new EnumMap<>(InstructionClass.class);
    for (InstructionClass kind : InstructionClass.values()) {
      if (counts[kind.ordinal()] != 0) {
        map.put(kind, counts[kind.ordinal()]);
      }
    }
    return map;
  }
}
