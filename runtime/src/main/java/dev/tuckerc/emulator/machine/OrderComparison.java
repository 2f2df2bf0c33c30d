package dev.tuckerc.emulator.machine;

import dev.tuckerc.device.DeviceException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Compares what a kernel writes in two orders of its warps and blocks.
///
/// Takes a copy of global memory, and exchanges it for what the first run made of it; the second
/// run begins from there, and in the end both results are at hand.
final class OrderComparison {
  private final List<Region> regions = new ArrayList<>();
  private final List<byte[]> copies = new ArrayList<>();

  /// Begins a comparison: the first run may follow.
  OrderComparison(GlobalMemory memory) {
    for (Region region : memory.regions()) {
      regions.add(region);
      copies.add(region.bytes.clone());
    }
  }

  /// Whether a kernel's result must not depend on the order: whether it has no atomics that make it
  /// so by themselves.
  static boolean applies(DecodedFunction function) {
    return !function.orderDependent && !function.warpOrderDependent;
  }

  /// Runs a launch twice, each time in another random order.
  static Counters run(Launch launch) {
    if (!applies(launch.function)) {
      return new GridRunner(launch).run(null, 1);
    }
    OrderComparison comparison = new OrderComparison(launch.memory);
    Counters counters = new GridRunner(launch).run(null, 1);
    comparison.again(launch);
    return counters;
  }

  /// Runs a launch again from the memory at the beginning, and compares.
  void again(Launch launch) {
    for (int r = 0; r < copies.size(); r++) {
      byte[] now = regions.get(r).bytes;
      byte[] before = copies.get(r);
      if (!Arrays.equals(now, before)) {
        exchange(now, before);
      }
    }
    launch.end();
    Launch second = launch.inAnotherOrder();
    try {
      new GridRunner(second).run(null, 1);
    } finally {
      second.end();
    }
    for (int r = 0; r < copies.size(); r++) {
      int at = Arrays.mismatch(copies.get(r), regions.get(r).bytes);
      if (at >= 0) {
        throw difference(launch, second, regions.get(r), copies.get(r), at);
      }
    }
  }

  /// Exchanges the content of two arrays, piece by piece: a third copy might not fit.
  private static void exchange(byte[] one, byte[] other) {
    byte[] piece = new byte[Math.min(one.length, 1 << 16)];
    for (int from = 0; from < one.length; from += piece.length) {
      int length = Math.min(piece.length, one.length - from);
      System.arraycopy(one, from, piece, 0, length);
      System.arraycopy(other, from, one, from, length);
      System.arraycopy(piece, 0, other, from, length);
    }
  }

  private static DeviceException difference(
      Launch first, Launch second, Region region, byte[] result, int at) {
    int from = at & -4;
    int differing = 0;
    for (int b = 0; b < result.length; b++) {
      differing += result[b] == region.bytes[b] ? 0 : 1;
    }
    return new DeviceException(
        "kernel "
            + first.function.name
            + ": the result depends on the order of warps and blocks"
            + (first.function.volatileAccesses
                ? ", or of the lanes of a warp, which keep no step at volatile accesses without"
                    + " __syncwarp()"
                : "")
            + ": buffer "
            + region.name
            + ", offset "
            + from
            + ": "
            + hex(result, from)
            + " in one order (seed "
            + first.seed
            + "), "
            + hex(region.bytes, from)
            + " in another (seed "
            + second.seed
            + "), "
            + differing
            + " bytes differ in that buffer; expected: the same bytes in every order, as the kernel"
            + " uses no atomics whose outcome depends on it");
  }

  private static String hex(byte[] bytes, int from) {
    StringBuilder text = new StringBuilder("0x");
    for (int b = Math.min(from + 4, bytes.length) - 1; b >= from; b--) {
      text.append("%02x".formatted(bytes[b]));
    }
    return text.toString();
  }
}
