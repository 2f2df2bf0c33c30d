package dev.tuckerc.emulator.check;

/// Who did an access, when and where, in 62 bits: 24 for the warp, 6 for the lane, 18 for the time
/// of the warp and 14 for the instruction. Never zero or negative.
final class Stamp {
  /// Instead of a lane: all 32 of the warp.
  static final int ALL_LANES = 32;

  /// Warps from here on are no warps but asynchronous copies, one for each memory barrier.
  static final int FIRST_AGENT = 1 << 23;

  static final int MOST_WARPS = FIRST_AGENT;
  static final int MOST_AGENTS = 1 << 23;
  static final int MOST_TIME = (1 << 18) - 1;
  static final int MOST_SITES = (1 << 14) - 1;

  private static final int LANE_SHIFT = 32;

  private Stamp() {}

  static long of(int warp, int lane, int time, int site) {
    return (long) warp << 38 | (long) lane << LANE_SHIFT | (long) time << 14 | site;
  }

  static int warp(long stamp) {
    return (int) (stamp >>> 38);
  }

  static int lane(long stamp) {
    return (int) (stamp >>> LANE_SHIFT) & 63;
  }

  static int time(long stamp) {
    return (int) (stamp >>> 14) & MOST_TIME;
  }

  static int site(long stamp) {
    return (int) stamp & MOST_SITES;
  }

  static long withLane(long stamp, int lane) {
    return stamp & ~(63L << LANE_SHIFT) | (long) lane << LANE_SHIFT;
  }

  /// Lanes as a bit set.
  static int mask(long stamp) {
    int lane = lane(stamp);
    return lane == ALL_LANES ? -1 : 1 << lane;
  }

  /// Whether two stamps are of the same moment of the same warp.
  static boolean sameTime(long one, long other) {
    return (one ^ other) >>> 38 == 0 && time(one) == time(other);
  }
}
