package dev.tuckerc.emulator.machine;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.ptx.SourcePosition;

/// Failures of a kernel: they name the function, the position, the block and the thread.
final class WarpFailures {
  private WarpFailures() {}

  /// A failure at a place of a warp.
  ///
  /// @param lane the lane that failed, or -1 where it is not that of one lane
  static DeviceException at(Warp warp, SourcePosition position, int lane, String message) {
    return new DeviceException(where(warp, position, lane) + ": " + message);
  }

  /// A failure of an operation of a warp.
  static DeviceException of(Warp warp, Fault fault, SourcePosition position) {
    return new DeviceException(where(warp, position, fault.lane) + ": " + fault.getMessage());
  }

  /// A failure that a kernel cannot cause.
  static DeviceException internal(Warp warp, SourcePosition position, RuntimeException inside) {
    return new DeviceException(
        where(warp, position, -1) + ": internal error of the emulator", inside);
  }

  /// A warp has executed more instructions than it may.
  static DeviceException overBudget(Warp warp, SourcePosition position) {
    return at(
        warp,
        position,
        -1,
        "warp "
            + warp.index
            + " executed more than "
            + warp.block.launch.instructionBudget
            + " instructions; an endless loop? (the budget is an option of the emulator)");
  }

  private static String where(Warp warp, SourcePosition position, int lane) {
    Block block = warp.block;
    StringBuilder text = new StringBuilder("kernel ").append(block.launch.function.name);
    if (warp.frame.caller != null) {
      text.append(", function ").append(warp.frame.function.name);
    }
    text.append(", ").append(position).append(", block ").append(block.coordinates());
    if (lane >= 0) {
      text.append(", thread ").append(block.threadCoordinates(warp.index * 32 + lane));
    }
    return text.toString();
  }
}
