package dev.tuckerc.emulator;

/// What all launches of a kernel did together.
///
/// @param kernel entry point
/// @param launches how many
/// @param counters their sum
public record KernelProfile(String kernel, int launches, KernelCounters counters) {
  KernelProfile plus(KernelProfile other) {
    return new KernelProfile(kernel, launches + other.launches, counters.plus(other.counters));
  }
}
