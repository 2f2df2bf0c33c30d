package dev.tuckerc.ir;

/// For each output coordinate of one axis of a [Resize]: the input coordinates read and their
/// weights.
///
/// @param sources `sources[output][tap]`, clamped to the input
/// @param weights `weights[output][tap]`; they add up to 1
public record ResizeTaps(int[][] sources, double[][] weights) {

  /// The taps of one axis.
  ///
  /// @param input extent of the input's axis
  /// @param output extent of the result's axis
  public static ResizeTaps of(Resize resize, int axis, int input, int output) {
    int[][] sources = new int[output][];
    double[][] weights = new double[output][];
    for (int i = 0; i < output; i++) {
      if (resize.mode() == Resize.Mode.NEAREST) {
        sources[i] = new int[] {(int) resize.nearestSource(axis, i, input)};
        weights[i] = new double[] {1};
      } else {
        double at = resize.sourceCoordinate(axis, i, input);
        int base = (int) Math.floor(at);
        weights[i] = weights(resize, at - base, resize.scales().get(axis));
        int first = base - (weights[i].length / 2 - 1);
        sources[i] = place(resize, weights[i], first, input);
      }
    }
    return new ResizeTaps(sources, weights);
  }

  /// Whether the axis is left as it is.
  public boolean isIdentity(int extent) {
    for (int i = 0; i < sources.length; i++) {
      for (int tap = 0; tap < sources[i].length; tap++) {
        if (weights[i][tap] != (sources[i][tap] == i ? 1 : 0)) {
          return false;
        }
      }
    }
    return sources.length == extent;
  }

  /// Clamps the taps to the input; those outside lose their weight where the model says so.
  private static int[] place(Resize resize, double[] weight, int first, int input) {
    int[] source = new int[weight.length];
    double total = 0;
    for (int tap = 0; tap < weight.length; tap++) {
      if (resize.excludeOutside() && (first + tap < 0 || first + tap >= input)) {
        weight[tap] = 0;
      }
      total += weight[tap];
      source[tap] = Math.clamp(first + tap, 0, input - 1);
    }
    if (resize.excludeOutside()) {
      for (int tap = 0; tap < weight.length; tap++) {
        weight[tap] /= total;
      }
    }
    return source;
  }

  /// Weights of the neighbours of a point at distance `t` after the second-middle one; the cubic
  /// ones are Keys' (IEEE Trans. ASSP 29(6), 1981) with parameter `a`.
  private static double[] weights(Resize resize, double t, double scale) {
    if (resize.antialias() && scale < 1) {
      return stretched(resize, t, scale);
    }
    if (resize.mode() == Resize.Mode.LINEAR) {
      return new double[] {1 - t, t};
    }
    double a = resize.cubicCoefficient();
    return new double[] {far(a, t + 1), near(a, t), near(a, 1 - t), far(a, 2 - t)};
  }

  /// The filter stretched by `1/scale`, so that every input element has a part in a smaller result.
  private static double[] stretched(Resize resize, double t, double scale) {
    double a = resize.cubicCoefficient();
    int reach = resize.mode() == Resize.Mode.LINEAR ? 1 : 2;
    int first = (int) Math.floor(-reach / scale) + 1;
    double[] weights = new double[2 * (reach - first) - 2 * (reach - 1)];
    double total = 0;
    for (int i = 0; i < weights.length; i++) {
      double distance = Math.abs(scale * (first + i - t));
      if (reach == 1) {
        weights[i] = Math.max(0, 1 - distance);
      } else {
        weights[i] = distance <= 1 ? near(a, distance) : distance < 2 ? far(a, distance) : 0;
      }
      total += weights[i];
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] /= total;
    }
    return weights;
  }

  private static double near(double a, double t) {
    return ((a + 2) * t - (a + 3)) * t * t + 1;
  }

  private static double far(double a, double t) {
    return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
  }
}
