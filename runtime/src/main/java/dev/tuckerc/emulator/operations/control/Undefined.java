package dev.tuckerc.emulator.operations.control;

import dev.tuckerc.emulator.machine.Block;
import dev.tuckerc.emulator.machine.Warp;

/// Values that a GPU does not define.
final class Undefined {
  private static final long STEP = 0x9e3779b97f4a7c15L;

  private Undefined() {}

  /// Bits that depend on the launch's seed, the thread, and how far its warp is; never zero.
  static int bits(Warp warp, int lane) {
    Block block = warp.block;
    long mixed = block.launch.seed;
    for (long part :
        new long[] {block.x, block.y, block.z, warp.index * 32L + lane, warp.instructions}) {
      mixed = mix(mixed * STEP + part);
    }
    return (int) mixed | 1;
  }

  /// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
  private static long mix(long value) {
    long z = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
