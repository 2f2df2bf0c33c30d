package dev.tuckerc.bundle;

import java.util.List;

/// What to run, in order, on which memory.
///
/// @param arenaBytes size of the scratch memory
/// @param arena the values that lie in it
/// @param weightBytes size of the constants' memory
/// @param weights where each tensor of `weights.safetensors` that is used lies in it
/// @param launches in order
public record Plan(
    long arenaBytes,
    List<ArenaValue> arena,
    long weightBytes,
    List<WeightPlacement> weights,
    List<PlannedLaunch> launches) {
  public Plan {
    arena = List.copyOf(arena);
    weights = List.copyOf(weights);
    launches = List.copyOf(launches);
    if (arenaBytes < 0 || weightBytes < 0) {
      throw new IllegalArgumentException(
          "arena of " + arenaBytes + " and weights of " + weightBytes + " bytes");
    }
  }
}
