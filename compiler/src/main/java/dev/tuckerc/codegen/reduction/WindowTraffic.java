package dev.tuckerc.codegen.reduction;

import dev.tuckerc.codegen.move.MapKernel;
import dev.tuckerc.cost.SectorSet;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import java.util.List;

/// Counts what neighbouring results of a sliding window touch of its input, in whole sectors.
final class WindowTraffic {
  /// Windows beyond this are looked at by fewer results.
  private static final long MOST_TAPS = 64;

  private WindowTraffic() {}

  /// Bytes that all blocks of some results read together.
  ///
  /// @param input channels on axis 1, as those of the result
  /// @param results of a block
  /// @param lanes neighbouring results that read neighbouring elements
  static double bytes(Value input, TensorType result, Window window, int results, int lanes) {
    long count = result.shape().elementCount();
    long blocks = Math.max(1, Math.ceilDiv(count, results));
    if (window.taps() > MOST_TAPS || count == 0) {
      // Such windows cover most of the input: blocks share little of it.
      return input.type().bytes();
    }
    Collector collector = collector(input, window, lanes);
    return blocks
        * SectorSet.mean(blocks, block -> block(result, block, results, lanes, collector));
  }

  /// Bytes that all blocks of `threads` results of a transposed convolution read together: for each
  /// result the pixels whose window holds it, all channels of its group, and their weights.
  static double bytes(ConvolutionTranspose op, TensorType result, int threads) {
    long blocks = Math.max(1, Math.ceilDiv(result.shape().elementCount(), (long) threads));
    return blocks
        * SectorSet.mean(
            blocks, block -> block(result, block, threads, 1, (at, to) -> collect(op, at, to)));
  }

  /// Notes what the result at some coordinates touches, and those beside it.
  private interface Collector {
    void collect(long[] at, SectorSet sectors);
  }

  private static double block(
      TensorType result, long block, int results, int lanes, Collector collector) {
    List<Long> extents = result.shape().extents();
    List<Integer> order = result.layout().orderFor(extents.size());
    SectorSet sectors = new SectorSet();
    long[] at = new long[extents.size()];
    long end = Math.min(result.shape().elementCount(), (block + 1) * results);
    for (long i = block * results; i < end; i += lanes) {
      long left = i;
      for (int axis = order.size() - 1; axis >= 0; axis--) {
        long extent = extents.get(order.get(axis));
        at[order.get(axis)] = left % extent;
        left /= extent;
      }
      collector.collect(at, sectors);
    }
    return sectors.distinct() * (double) SectorSet.BYTES;
  }

  private static void collect(ConvolutionTranspose op, long[] at, SectorSet sectors) {
    Window window = op.window();
    long[] x = MapKernel.strides(op.input());
    long[] w = MapKernel.strides(op.weight());
    int element = op.input().type().elementType().bytes();
    int weightElement = op.weight().type().elementType().bytes();
    // Weights lie far from the input.
    long weights = Math.ceilDiv(op.input().type().bytes(), 4096L) * 4096 + 4096;
    long outputs = op.weight().shape().extent(1);
    long inputs = op.input().shape().extent(1) / op.groups();
    for (long tap = 0; tap < window.taps(); tap++) {
      long left = tap;
      long pixel = at[0] * x[0];
      long weight = at[1] % outputs * w[1];
      boolean inside = true;
      for (int axis = window.rank() - 1; axis >= 0; axis--) {
        long own = left % window.kernel().get(axis);
        left /= window.kernel().get(axis);
        long stride = window.stride().get(axis);
        long shifted =
            at[axis + 2] + window.padBefore().get(axis) - own * window.dilation().get(axis);
        long place = shifted / stride;
        inside =
            inside
                && shifted >= 0
                && shifted % stride == 0
                && place < op.input().shape().extent(axis + 2);
        pixel += place * x[axis + 2];
        weight += own * w[axis + 2];
      }
      long first = at[1] / outputs * inputs;
      for (long c = first; inside && c < first + inputs; c++) {
        sectors.add((pixel + c * x[1]) * element, element);
        sectors.add(weights + (weight + c * w[0]) * weightElement, weightElement);
      }
    }
  }

  /// What a result of a window touches, with all extents as numbers: this is asked for every lane
  /// of many blocks.
  private static Collector collector(Value input, Window window, int lanes) {
    long[] strides = MapKernel.strides(input);
    int element = input.type().elementType().bytes();
    long taps = window.taps();
    int rank = window.rank();
    long[] kernel = numbers(window.kernel());
    long[] stride = numbers(window.stride());
    long[] pad = numbers(window.padBefore());
    long[] dilation = numbers(window.dilation());
    long[] extents = numbers(input.shape().extents());
    return (at, sectors) -> {
      for (long tap = 0; tap < taps; tap++) {
        long left = tap;
        long address = at[0] * strides[0] + at[1] * strides[1];
        boolean inside = true;
        for (int axis = rank - 1; axis >= 0; axis--) {
          long own = left % kernel[axis];
          left /= kernel[axis];
          long place = at[axis + 2] * stride[axis] - pad[axis] + own * dilation[axis];
          inside = inside && place >= 0 && place < extents[axis + 2];
          address += place * strides[axis + 2];
        }
        if (inside) {
          sectors.add(address * element, lanes * element);
        }
      }
    };
  }

  private static long[] numbers(List<Long> values) {
    return values.stream().mapToLong(Long::longValue).toArray();
  }
}
