package dev.tuckerc.bundle;

import java.util.List;

/// What to run, in order, on which memory.
///
/// @param arenaBytes size of the scratch memory
/// @param arena the values that lie in it
/// @param weightBytes size of the constants' memory
/// @param weights where each tensor of `weights.safetensors` that is used lies in it
/// @param launches in order
/// @param faults what each flag says that a launch sets, in place of a trap, where the model's
///   input asks for what does not exist: node and cause
public record Plan(
    long arenaBytes,
    List<ArenaValue> arena,
    long weightBytes,
    List<WeightPlacement> weights,
    List<PlannedLaunch> launches,
    List<String> faults) {
  public Plan {
    arena = List.copyOf(arena);
    weights = List.copyOf(weights);
    launches = List.copyOf(launches);
    faults = List.copyOf(faults);
    if (arenaBytes < 0 || weightBytes < 0) {
      throw new IllegalArgumentException(
          "arena of " + arenaBytes + " and weights of " + weightBytes + " bytes");
    }
  }

  /// Size of the counters that the launches share.
  public long counterBytes() {
    return launches.stream()
        .flatMap(launch -> launch.arguments().stream())
        .filter(reference -> reference.space() == BufferReference.Space.COUNTERS)
        .mapToLong(BufferReference::end)
        .max()
        .orElse(0);
  }

  /// A plan whose launches set no flags.
  public Plan(
      long arenaBytes,
      List<ArenaValue> arena,
      long weightBytes,
      List<WeightPlacement> weights,
      List<PlannedLaunch> launches) {
    this(arenaBytes, arena, weightBytes, weights, launches, List.of());
  }
}
