package dev.tuckerc.codegen.gemm;

import dev.tuckerc.cost.SectorSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;

/// Counts what a tile of neighbouring output pixels touches of the input, in whole sectors and each
/// once, for the first-level cache serves what is read again.
public final class TileTraffic {
  /// Terms that are loaded at a time.
  private static final long CHUNK = 8;

  /// Answers are kept beyond a problem, for those of a search differ in little else than their
  /// channels; beyond so many they are forgotten.
  private static final int MOST_KNOWN = 1 << 14;

  private static final Map<Question, Double> KNOWN = new ConcurrentHashMap<>();

  /// What an answer depends on.
  ///
  /// @param strides of the input along `[n, d, h, w]`, in bytes
  /// @param run bytes of a tap that a pixel reads in one piece
  /// @param slices of all terms; 1 where a block adds up all
  /// @param terms of a slice, with all taps' runs in whole chunks
  private record Question(
      List<Long> pixels,
      List<Long> inputExtents,
      List<Long> strides,
      GemmProblem.Taps window,
      long run,
      int element,
      long tileRows,
      long slices,
      long terms) {}

  private final GemmProblem problem;

  /// Extents `[n, d, h, w]` of the output.
  private final long[] pixels;

  /// Extents `[d, h, w]` of the input.
  private final long[] extents;

  /// Strides `[n, d, h, w]` of the input, in bytes.
  private final long[] strides;

  private final long[] kernel;
  private final long[] step;
  private final long[] dilation;
  private final long[] padBefore;
  private final int taps;
  private final int element;

  /// Counts for one problem.
  public TileTraffic(GemmProblem problem) {
    this.problem = problem;
    element = problem.sumType().bytes();
    pixels = array(problem.pixels());
    extents = array(problem.inputExtents());
    strides = array(problem.inputStrides().subList(0, 4));
    for (int axis = 0; axis < strides.length; axis++) {
      strides[axis] *= element;
    }
    kernel = array(problem.window().kernel());
    step = array(problem.window().step());
    dilation = array(problem.window().dilation());
    padBefore = array(problem.window().padBefore());
    taps = Math.toIntExact(problem.window().count());
  }

  private static long[] array(List<Long> values) {
    return values.stream().mapToLong(value -> value).toArray();
  }

  /// Bytes of the input that a block moves in, on average.
  ///
  /// @param tileRows output pixels of a tile
  public double inputBytes(long tileRows) {
    boolean together = problem.inputStrides().get(4) == 1;
    long run = (together ? problem.run() : 1) * element;
    // Channels that lie apart touch as much as one of them.
    long runs = together ? 1 : problem.run();
    return isWhole(run)
        // Then each input pixel moves in whole, wherever it lies and however many channels it has.
        ? known(question(dense(), 1, tileRows, 1, 0)) / SectorSet.BYTES * run * runs
        : known(question(strides, run, tileRows, 1, 0)) * runs;
  }

  /// The same for a block that adds up a slice of the terms only.
  ///
  /// @param slices of all terms, which are the taps' runs one after the other, each in whole chunks
  /// @param terms of a slice
  double inputBytes(long tileRows, long slices, long terms) {
    return slices == 1
        ? inputBytes(tileRows)
        : known(question(strides, problem.run() * element, tileRows, slices, terms));
  }

  /// Bytes of a branch that a block moves in, on average: its slice of each of its pixels.
  double branchBytes(long tileRows, long slices) {
    return problem
        .branch()
        .map(branch -> {
          double sectors = SectorSet.expected(2.0 * branch.run(), 2 * branch.alignment());
          return problem.meanRows(tileRows) / slices * SectorSet.BYTES * sectors;
        })
        .orElse(0.0);
  }

  /// Whether runs begin and end with sectors.
  private boolean isWhole(long run) {
    boolean whole = run % SectorSet.BYTES == 0;
    for (long stride : strides) {
      whole &= stride % SectorSet.BYTES == 0;
    }
    return whole;
  }

  /// The strides of an input of one sector a pixel: the same pixels are distinct in it.
  private long[] dense() {
    long[] one = new long[4];
    one[3] = SectorSet.BYTES;
    one[2] = one[3] * extents[2];
    one[1] = one[2] * extents[1];
    one[0] = one[1] * extents[0];
    return one;
  }

  private Question question(long[] bytes, long run, long tileRows, long slices, long terms) {
    return new Question(
        problem.pixels(),
        problem.inputExtents(),
        LongStream.of(bytes).boxed().toList(),
        problem.window(),
        run,
        element,
        tileRows,
        slices,
        terms);
  }

  private double known(Question question) {
    Double known = KNOWN.get(question);
    if (known == null) {
      known = measure(question);
      if (KNOWN.size() >= MOST_KNOWN) {
        KNOWN.clear();
      }
      KNOWN.put(question, known);
    }
    return known;
  }

  /// Bytes of the sectors that a tile touches, on average.
  private double measure(Question question) {
    long rows = problem.rows();
    long tileRows = question.tileRows();
    long slices = question.slices();
    long[] bytes = array(question.strides());
    return SectorSet.mean(
        Math.ceilDiv(rows, tileRows) * slices,
        block -> {
          long tile = block / slices;
          long end = Math.min(rows, (tile + 1) * tileRows);
          SectorSet sectors = new SectorSet();
          for (long pixel = tile * tileRows; pixel < end; pixel++) {
            if (slices == 1) {
              collect(pixel, bytes, 0, question.run(), 0, sectors);
            } else {
              long from = block % slices * question.terms() * element;
              long padded = Math.ceilDiv(problem.run(), CHUNK) * CHUNK * element;
              collect(pixel, bytes, from, from + question.terms() * element, padded, sectors);
            }
          }
          return sectors.distinct() * (double) SectorSet.BYTES;
        });
  }

  /// What one pixel touches.
  ///
  /// @param bytes strides
  /// @param from first byte of the terms, the taps' runs one after the other
  /// @param to first byte behind them
  /// @param padded bytes from one tap's run to the next among the terms; 0 where each tap reads
  ///   these same bytes of its run
  private void collect(
      long pixel, long[] bytes, long from, long to, long padded, SectorSet sectors) {
    long w = pixel % pixels[3];
    long h = pixel / pixels[3] % pixels[2];
    long d = pixel / (pixels[3] * pixels[2]) % pixels[1];
    long n = pixel / (pixels[3] * pixels[2] * pixels[1]);
    for (int tap = 0; tap < taps; tap++) {
      long x = place(w, tap % kernel[2], 2);
      long y = place(h, tap / kernel[2] % kernel[1], 1);
      long z = place(d, tap / (kernel[2] * kernel[1]), 0);
      boolean inside =
          x >= 0 && y >= 0 && z >= 0 && x < extents[2] && y < extents[1] && z < extents[0];
      long first = Math.max(0, from - tap * padded);
      long end = padded == 0 ? to : Math.min(problem.run() * element, to - tap * padded);
      if (inside && first < end) {
        sectors.add(n * bytes[0] + z * bytes[1] + y * bytes[2] + x * bytes[3] + first, end - first);
      }
    }
  }

  private long place(long pixel, long tap, int axis) {
    return pixel * step[axis] + tap * dilation[axis] - padBefore[axis];
  }
}
