package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Window;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Padding of windows.
final class Pads {
  private Pads() {}

  /// Whether a pad adds elements along spatial axes only, and removes none.
  static boolean areSpatial(Pad pad) {
    return IntStream.range(0, pad.before().size())
        .allMatch(axis ->
            axis < 2
                ? pad.before().get(axis) == 0 && pad.after().get(axis) == 0
                : pad.before().get(axis) >= 0 && pad.after().get(axis) >= 0);
  }

  /// Whether a window has no padding.
  static boolean areNone(Window window) {
    return Stream.concat(window.padBefore().stream(), window.padAfter().stream())
        .allMatch(n -> n == 0);
  }

  /// The window with a pad's spatial padding added to its own.
  static Window added(Window window, Pad pad) {
    return new Window(
        window.kernel(),
        window.stride(),
        sum(window.padBefore(), pad.before()),
        sum(window.padAfter(), pad.after()),
        window.dilation());
  }

  private static List<Long> sum(List<Long> own, List<Long> pad) {
    return IntStream.range(0, own.size()).mapToObj(i -> own.get(i) + pad.get(i + 2)).toList();
  }
}
