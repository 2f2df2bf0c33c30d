package dev.tuckerc.emulator.machine;

import dev.tuckerc.device.DeviceException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The report when threads wait for each other for ever.
final class Standstill {
  private static final int MOST_BLOCKS = 8;
  private static final int MOST_GROUPS = 40;

  private Standstill() {}

  /// The failure of a cluster in which no thread can go on.
  static DeviceException report(Launch launch, Block[] blocks) {
    return report(launch, blocks, "deadlock: no thread can go on. ");
  }

  /// A failure that says what each warp does.
  static DeviceException report(Launch launch, Block[] blocks, String what) {
    for (Block block : blocks) {
      for (Warp warp : block.warps()) {
        if (warp.state != Warp.State.DONE) {
          return WarpFailures.at(warp, warp.position(), -1, what + describe(blocks));
        }
      }
    }
    return new DeviceException("kernel " + launch.function.name + ": " + what.strip());
  }

  /// What the warps of some blocks do, in words: each warp that waits, and where.
  static String describe(Block[] blocks) {
    List<String> parts = new ArrayList<>();
    for (Block block : blocks) {
      if (block.done()) {
        continue;
      }
      if (parts.size() == MOST_BLOCKS) {
        parts.add("and so on");
        break;
      }
      parts.add((blocks.length > 1 ? "block " + block.coordinates() + ": " : "") + describe(block));
    }
    return String.join(". ", parts);
  }

  private static String describe(Block block) {
    Map<String, List<Integer>> groups = new LinkedHashMap<>();
    for (Warp warp : block.warps()) {
      groups.computeIfAbsent(warp.describe(), _ -> new ArrayList<>()).add(warp.index);
    }
    List<String> parts = new ArrayList<>(block.openBarriers());
    groups.entrySet().stream()
        .limit(MOST_GROUPS)
        .map(group -> warps(group.getValue()) + ": " + group.getKey())
        .forEach(parts::add);
    return String.join("; ", parts);
  }

  private static String warps(List<Integer> indices) {
    if (indices.size() == 1) {
      return "warp " + indices.getFirst();
    }
    return "warps " + indices.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  /// A mask of lanes in words.
  static String hex(int lanes) {
    return "0x%08x".formatted(lanes);
  }
}
