package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.Window;
import java.util.Arrays;
import java.util.List;

/// Which input element every tap of a window reads at every output position ("im2col").
///
/// @param window the window
/// @param input spatial extents of the input
/// @param output spatial extents of the output
record Unfolding(Window window, List<Long> input, List<Long> output) {

  /// Number of output positions.
  int positions() {
    return Elements.product(output, 0, output.size());
  }

  /// Number of input elements of one channel.
  int inputSize() {
    return Elements.product(input, 0, input.size());
  }

  /// Number of taps.
  int taps() {
    return Math.toIntExact(window.taps());
  }

  /// For every tap in turn, row-major, the input's spatial offset at each output position, or -1 in
  /// the padding.
  int[] offsets() {
    int positions = positions();
    int[] offsets = new int[Math.multiplyExact(taps(), positions)];
    long[] strides = Elements.strides(input);
    Grid taps = new Grid(window.kernel());
    Grid outputs = new Grid(output);
    int at = 0;
    for (int tap = 0; tap < taps.size(); tap++, taps.advance()) {
      for (int p = 0; p < positions; p++, outputs.advance()) {
        offsets[at++] = offset(taps.position(), outputs.position(), strides);
      }
    }
    return offsets;
  }

  private int offset(int[] tap, int[] position, long[] strides) {
    long offset = 0;
    for (int axis = 0; axis < window.rank(); axis++) {
      long coordinate =
          position[axis] * window.stride().get(axis)
              + tap[axis] * window.dilation().get(axis)
              - window.padBefore().get(axis);
      if (coordinate < 0 || coordinate >= input.get(axis)) {
        return -1;
      }
      offset += coordinate * strides[axis];
    }
    return (int) offset;
  }

  /// Copies `channels` channels of `x`, from index `from` on, into columns `[channel, tap,
  /// position]`, padding as 0.
  static void gather(
      double[] x, int from, int inputSize, int channels, int[] offsets, double[] columns) {
    for (int c = 0; c < channels; c++) {
      int base = from + c * inputSize;
      int to = c * offsets.length;
      for (int i = 0; i < offsets.length; i++) {
        int offset = offsets[i];
        columns[to + i] = offset < 0 ? 0 : x[base + offset];
      }
    }
  }

  /// As for doubles.
  static void gather(
      float[] x, int from, int inputSize, int channels, int[] offsets, float[] columns) {
    for (int c = 0; c < channels; c++) {
      int base = from + c * inputSize;
      int to = c * offsets.length;
      for (int i = 0; i < offsets.length; i++) {
        int offset = offsets[i];
        columns[to + i] = offset < 0 ? 0 : x[base + offset];
      }
    }
  }

  /// As for doubles.
  static void gather(
      long[] x, int from, int inputSize, int channels, int[] offsets, long[] columns) {
    for (int c = 0; c < channels; c++) {
      int base = from + c * inputSize;
      int to = c * offsets.length;
      for (int i = 0; i < offsets.length; i++) {
        int offset = offsets[i];
        columns[to + i] = offset < 0 ? 0 : x[base + offset];
      }
    }
  }

  /// Whether the columns are the input itself: one tap, reading every element in order.
  boolean isIdentity() {
    return window.isPointwise() && Arrays.equals(input.toArray(), output.toArray());
  }
}
