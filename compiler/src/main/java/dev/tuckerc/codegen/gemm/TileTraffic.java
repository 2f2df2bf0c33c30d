package dev.tuckerc.codegen.gemm;

import dev.tuckerc.cost.SectorSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Counts what a tile of neighbouring output pixels touches of the input, in whole sectors and each
/// once, for the first-level cache serves what is read again.
final class TileTraffic {
  /// Terms that are loaded at a time.
  private static final long CHUNK = 8;

  private final GemmProblem problem;
  private final Map<Long, Double> known = new ConcurrentHashMap<>();
  private final Map<List<Long>, Double> knownSlices = new ConcurrentHashMap<>();

  TileTraffic(GemmProblem problem) {
    this.problem = problem;
  }

  /// Bytes of the input that a block moves in, on average.
  ///
  /// @param tileRows output pixels of a tile
  double inputBytes(long tileRows) {
    return known.computeIfAbsent(tileRows, this::measure);
  }

  /// The same for a block that adds up a slice of the terms only.
  ///
  /// @param slices of all terms, which are the taps' runs one after the other, each in whole chunks
  /// @param terms of a slice
  double inputBytes(long tileRows, long slices, long terms) {
    return slices == 1
        ? inputBytes(tileRows)
        : knownSlices.computeIfAbsent(
            List.of(tileRows, terms), _ -> measureSlices(tileRows, slices, terms));
  }

  /// Bytes of a branch that a block moves in, on average: its slice of each of its pixels.
  double branchBytes(long tileRows, long slices) {
    return problem
        .branch()
        .map(branch -> {
          long steps = branch.strides().subList(0, 4).stream().reduce(0L, (a, b) -> a | b);
          double sectors = SectorSet.expected(2.0 * branch.run(), 2 * Long.lowestOneBit(steps));
          return problem.meanRows(tileRows) / slices * SectorSet.BYTES * sectors;
        })
        .orElse(0.0);
  }

  private double measureSlices(long tileRows, long slices, long terms) {
    long rows = problem.rows();
    return SectorSet.mean(
        Math.ceilDiv(rows, tileRows) * slices,
        block -> {
          long tile = block / slices;
          long from = block % slices * terms;
          SectorSet sectors = new SectorSet();
          for (long pixel = tile * tileRows; pixel < Math.min(rows, (tile + 1) * tileRows); ) {
            collect(pixel++, from, from + terms, sectors);
          }
          return sectors.distinct() * (double) SectorSet.BYTES;
        });
  }

  private double measure(long tileRows) {
    long rows = problem.rows();
    return SectorSet.mean(
        Math.ceilDiv(rows, tileRows),
        tile -> bytes(tile * tileRows, Math.min(rows, (tile + 1) * tileRows)));
  }

  /// What the pixels `[from, to)` touch.
  private double bytes(long from, long to) {
    List<Long> strides = problem.inputStrides();
    int element = problem.sumType().bytes();
    boolean together = strides.get(4) == 1;
    long run = (together ? problem.run() : 1) * element;
    // Where runs begin and end with sectors, one of them stands for all of a run.
    boolean whole =
        run % SectorSet.BYTES == 0
            && strides.subList(0, 4).stream().allMatch(s -> s * element % SectorSet.BYTES == 0);
    SectorSet sectors = new SectorSet();
    for (long pixel = from; pixel < to; pixel++) {
      collect(pixel, whole ? 1 : run, sectors);
    }
    double each = whole ? run : SectorSet.BYTES;
    // Channels that lie apart touch as much as one of them.
    return sectors.distinct() * each * (together ? 1 : problem.run());
  }

  /// What one pixel touches.
  ///
  /// @param bytes of each tap's run
  private void collect(long pixel, long bytes, SectorSet sectors) {
    forEachTap(pixel, (tap, address) -> sectors.add(address, bytes));
  }

  /// The same of the terms `[from, to)`.
  private void collect(long pixel, long from, long to, SectorSet sectors) {
    int element = problem.sumType().bytes();
    long padded = Math.ceilDiv(problem.run(), CHUNK) * CHUNK;
    forEachTap(
        pixel,
        (tap, address) -> {
          long first = Math.max(0, from - tap * padded);
          long end = Math.min(problem.run(), to - tap * padded);
          if (first < end) {
            sectors.add(address + first * element, (end - first) * element);
          }
        });
  }

  /// What is done for a tap inside the input.
  private interface TapVisitor {
    void visit(long tap, long address);
  }

  private void forEachTap(long pixel, TapVisitor visitor) {
    GemmProblem.Taps window = problem.window();
    List<Long> out = problem.pixels();
    List<Long> in = problem.inputExtents();
    long w = pixel % out.get(3);
    long h = pixel / out.get(3) % out.get(2);
    long d = pixel / (out.get(3) * out.get(2)) % out.get(1);
    long n = pixel / (out.get(3) * out.get(2) * out.get(1));
    long kw = window.kernel().get(2);
    long kh = window.kernel().get(1);
    for (long tap = 0; tap < window.count(); tap++) {
      long x = place(w, tap % kw, 2);
      long y = place(h, tap / kw % kh, 1);
      long z = place(d, tap / (kw * kh), 0);
      if (x >= 0 && y >= 0 && z >= 0 && x < in.get(2) && y < in.get(1) && z < in.get(0)) {
        visitor.visit(tap, address(n, z, y, x));
      }
    }
  }

  private long place(long pixel, long tap, int axis) {
    GemmProblem.Taps window = problem.window();
    return pixel * window.step().get(axis)
        + tap * window.dilation().get(axis)
        - window.padBefore().get(axis);
  }

  /// Byte address of an input pixel's first channel.
  private long address(long n, long d, long h, long w) {
    List<Long> strides = problem.inputStrides();
    return (n * strides.get(0) + d * strides.get(1) + h * strides.get(2) + w * strides.get(3))
        * problem.sumType().bytes();
  }

  /// Bytes of the input that a block of a depthwise convolution moves in, on average: its threads
  /// take `vector` channels of a strip of one row each, channels first.
  double depthwiseBytes(DepthwiseConfig config, long blocks) {
    return SectorSet.mean(
        blocks,
        block -> {
          SectorSet sectors = new SectorSet();
          long from = block * config.threads();
          long to = Math.min(config.count(), from + config.threads());
          long vectors = config.vectors();
          for (long strip = from / vectors; strip <= (to - 1) / vectors; strip++) {
            long first = Math.max(0, from - strip * vectors) * config.vector();
            long last = Math.min(vectors, to - strip * vectors) * config.vector();
            collectStrip(strip, first, last - first, config, sectors);
          }
          return sectors.distinct() * (double) SectorSet.BYTES;
        });
  }

  private void collectStrip(
      long strip, long channel, long channels, DepthwiseConfig config, SectorSet sectors) {
    GemmProblem.Taps window = problem.window();
    List<Long> out = problem.pixels();
    List<Long> in = problem.inputExtents();
    int element = problem.sumType().bytes();
    long strips = Math.ceilDiv(out.get(3), (long) config.strip());
    long w = place(strip % strips * config.strip(), 0, 2);
    long h = strip / strips % out.get(2);
    long d = strip / (strips * out.get(2)) % out.get(1);
    long n = strip / (strips * out.get(2) * out.get(1));
    for (long tapD = 0; tapD < window.kernel().get(0); tapD++) {
      for (long tapH = 0; tapH < window.kernel().get(1); tapH++) {
        long z = place(d, tapD, 0);
        long y = place(h, tapH, 1);
        if (z < 0 || y < 0 || z >= in.get(0) || y >= in.get(1)) {
          continue;
        }
        for (long x = Math.max(0, w); x < Math.min(in.get(2), w + config.span()); x++) {
          sectors.add(address(n, z, y, x) + channel * element, channels * element);
        }
      }
    }
  }
}
