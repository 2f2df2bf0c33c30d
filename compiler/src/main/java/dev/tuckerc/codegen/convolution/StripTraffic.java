package dev.tuckerc.codegen.convolution;

import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.cost.SectorSet;
import java.util.List;

/// Counts what a block of a depthwise convolution touches of the input, in whole sectors and each
/// once: its threads take `vector` channels of a strip of one row each, channels first.
final class StripTraffic {
  private final GemmProblem problem;
  private final DepthwiseConfig config;
  private final List<Long> pixels;
  private final List<Long> extents;
  private final List<Long> kernel;
  private final List<Long> strides;
  private final int element;

  StripTraffic(GemmProblem problem, DepthwiseConfig config) {
    this.problem = problem;
    this.config = config;
    this.pixels = problem.pixels();
    this.extents = problem.inputExtents();
    this.kernel = problem.window().kernel();
    this.strides = problem.inputStrides();
    this.element = problem.sumType().bytes();
  }

  /// Bytes that a block moves in, on average.
  double inputBytes(long blocks) {
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
            collect(strip, first, last - first, sectors);
          }
          return sectors.distinct() * (double) SectorSet.BYTES;
        });
  }

  private void collect(long strip, long channel, long channels, SectorSet sectors) {
    long strips = Math.ceilDiv(pixels.get(3), (long) config.strip());
    long w = place(strip % strips * config.strip(), 0, 2);
    long h = strip / strips % pixels.get(2);
    long d = strip / (strips * pixels.get(2)) % pixels.get(1);
    long n = strip / (strips * pixels.get(2) * pixels.get(1));
    for (long tapD = 0; tapD < kernel.get(0); tapD++) {
      for (long tapH = 0; tapH < kernel.get(1); tapH++) {
        long z = place(d, tapD, 0);
        long y = place(h, tapH, 1);
        if (z < 0 || y < 0 || z >= extents.get(0) || y >= extents.get(1)) {
          continue;
        }
        for (long x = Math.max(0, w); x < Math.min(extents.get(2), w + config.span()); x++) {
          long pixel =
              n * strides.get(0) + z * strides.get(1) + y * strides.get(2) + x * strides.get(3);
          sectors.add((pixel + channel) * element, channels * element);
        }
      }
    }
  }

  private long place(long pixel, long tap, int axis) {
    GemmProblem.Taps window = problem.window();
    return pixel * window.step().get(axis)
        + tap * window.dilation().get(axis)
        - window.padBefore().get(axis);
  }
}
