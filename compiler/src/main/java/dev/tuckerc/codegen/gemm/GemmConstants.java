package dev.tuckerc.codegen.gemm;

import dev.tuckerc.codegen.emit.IndexEmitter;
import dev.tuckerc.codegen.select.Extent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/// What the templates of implicit matrix products have in common: constants of the layer, and how
/// its input can be loaded.
public final class GemmConstants {
  /// Runs shorter than this waste much of a tile, so a row of the window is joined where possible.
  private static final int SHORT_RUN = 8;

  private GemmConstants() {}

  /// Shape parameters of a layer.
  ///
  /// @param wholeRow whether a run holds a whole row of the window
  /// @param vector elements of one load
  public static SequencedMap<String, Long> constants(
      GemmProblem problem, boolean wholeRow, int vector) {
    SequencedMap<String, Long> shape = new LinkedHashMap<>();
    GemmProblem.Taps window = problem.window();
    shape.put("ROWS", problem.rows());
    shape.put("CHANNELS", problem.channels());
    shape.put("FOLDED", isFolded(problem) ? 1L : 0L);
    spread(shape, "IN_", problem.inputExtents());
    spread(shape, "OUT_", problem.pixels().subList(1, 4));
    shape.put("STRIDE_N", problem.inputStrides().get(0));
    spread(shape, "STRIDE_", problem.inputStrides().subList(1, 4));
    spread(shape, "TAPS_", window.kernel());
    spread(shape, "STEP_", window.step());
    spread(shape, "DILATION_", window.dilation());
    spread(shape, "PAD_", window.padBefore());
    shape.put("PADDED", window.padded() ? 1L : 0L);
    shape.put("RUN", wholeRow ? problem.run() * window.kernel().getLast() : problem.run());
    if (wholeRow) {
      shape.put("TAPS_W", 1L);
    }
    shape.put("WHOLE_ROW", wholeRow ? 1L : 0L);
    shape.put("VECTOR", (long) vector);
    return shape;
  }

  /// A grid has at most this many blocks in z.
  private static final long MOST_IN_Z = 65535;

  private static boolean isFolded(GemmProblem problem) {
    return problem.batchCount() > MOST_IN_Z;
  }

  /// The grid of a kernel whose blocks compute a tile of one batch entry each.
  static Extent grid(GemmProblem problem, long tileRows, long tileChannels) {
    long rows = Math.ceilDiv(problem.rows(), tileRows);
    boolean folded = isFolded(problem);
    return new Extent(
        Math.toIntExact(folded ? rows * problem.batchCount() : rows),
        Math.toIntExact(Math.ceilDiv(problem.channels(), tileChannels)),
        folded ? 1 : Math.toIntExact(problem.batchCount()));
  }

  private static void spread(SequencedMap<String, Long> shape, String prefix, List<Long> dhw) {
    shape.put(prefix + "D", dhw.get(0));
    shape.put(prefix + "H", dhw.get(1));
    shape.put(prefix + "W", dhw.get(2));
  }

  /// Whether one row of the window is one run of memory: few channels, channels fastest, neighbours
  /// next to each other. Then the sum needs no padding of each tap to the tile.
  static boolean joinsRow(GemmProblem problem) {
    List<Long> strides = problem.inputStrides();
    return problem.weight().constant().isPresent()
        && problem.run() < SHORT_RUN
        && problem.window().kernel().getLast() > 1
        && strides.get(4) == 1
        && strides.get(3) == problem.run()
        && problem.window().dilation().getLast() == 1;
  }

  /// Elements of one load of the input: the most, up to a limit, to which every address is aligned.
  ///
  /// @param most a power of two
  public static int vector(GemmProblem problem, int most) {
    List<Long> strides = problem.inputStrides();
    if (strides.get(4) != 1) {
      return 1;
    }
    int vector = most;
    while (vector > 1 && !aligned(problem, vector)) {
      vector /= 2;
    }
    return vector;
  }

  private static boolean aligned(GemmProblem problem, int vector) {
    return problem.run() % vector == 0
        && problem.inputStrides().subList(0, 4).stream().allMatch(s -> s % vector == 0)
        && problem.inputBatch().stream().allMatch(s -> s % vector == 0);
  }

  /// Code of the hole `z`: where a batch entry's input and weight start.
  static String batchOffsets(GemmProblem problem, List<Long> weightStrides) {
    IndexEmitter index =
        new IndexEmitter(problem.batch(), List.of(problem.inputBatch(), weightStrides)).merged();
    if (index.count() == 1) {
      return "";
    }
    List<String> lines = new ArrayList<>();
    List<String> names = List.of("z");
    if (index.extents().size() > 1) {
      names = IntStream.range(0, index.extents().size()).mapToObj(i -> "b" + i).toList();
      lines.addAll(IndexEmitter.split("z", index.extents(), names));
    }
    lines.add("z_input = " + IndexEmitter.linear(names, index.strides().get(0)) + ";");
    lines.add("z_weight = " + IndexEmitter.linear(names, index.strides().get(1)) + ";");
    return String.join("\n", lines);
  }
}
