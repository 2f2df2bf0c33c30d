package dev.tuckerc.codegen.gemm;

import dev.tuckerc.codegen.emit.IndexEmitter;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Transposed convolutions as matrix products, so that they have the kernels of convolutions.
///
/// With a stride of `s`, the results at `s*a + e` are, for each phase `e`, a convolution of stride
/// 1 with the taps that reach them (sub-pixel convolution: Shi et al., CVPR 2016, arXiv:1609.05158,
/// and arXiv:1609.07009). The phases are entries of the product's batch: all read the same input,
/// each has its own weight, and its results go to every `s`-th pixel, so that nothing is shuffled
/// afterwards. They share one window; taps that a phase lacks have weights of 0.
public final class TransposedProduct {
  /// Marks a tap that a phase lacks.
  private static final int NONE = -1;

  private TransposedProduct() {}

  /// The product; empty where the weight is not known at compile time, the stride does not divide
  /// the result, or there are more than three spatial axes.
  public static Optional<GemmProblem> of(ConvolutionTranspose op, LoweringContext context) {
    TensorType in = op.input().type();
    TensorType out = context.node().result().type();
    Optional<LoweringContext.KnownConstant> known = context.constant(op.weight());
    int rank = op.window().rank();
    boolean divides = true;
    for (int axis = 0; axis < rank; axis++) {
      divides &= out.shape().extent(axis + 2) % op.window().stride().get(axis) == 0;
    }
    if (rank > 3 || known.isEmpty() || !divides || out.shape().elementCount() == 0) {
      return Optional.empty();
    }
    List<Axis> spatial = new ArrayList<>();
    for (int axis = 0; axis < rank; axis++) {
      spatial.add(
          Axis.of(op.window(), axis, in.shape().extent(axis + 2), out.shape().extent(axis + 2)));
    }
    if (spatial.stream().anyMatch(axis -> axis.taps() == 1 && axis.padded())) {
      // Pixels beyond the input that only the output's padding asks for.
      return Optional.empty();
    }
    long groups = op.groups();
    long channels = op.weight().shape().extent(1);
    long run = in.shape().extent(1) / groups;
    long[] inStrides = in.layout().strides(in.shape().extents());
    List<Long> strides = new ArrayList<>(List.of(inStrides[0]));
    strides.addAll(GemmLifting.lifted(GemmLifting.longs(inStrides, 2), inStrides[0]));
    strides.add(inStrides[1]);
    List<Integer> shifted = new ArrayList<>();
    List<Long> batch = new ArrayList<>();
    List<Long> inputBatch = new ArrayList<>();
    for (int axis = 0; axis < rank; axis++) {
      if (spatial.get(axis).phases() > 1) {
        shifted.add(axis);
        batch.add((long) spatial.get(axis).phases());
        inputBatch.add(0L);
      }
    }
    batch.add(groups);
    inputBatch.add(run * inStrides[1]);
    // Seen along [phases, group; n, d, h, w; channel of the group].
    GemmLifting.Axes axes =
        (type, shape) -> {
          long[] s = IndexEmitter.broadcastStrides(type, shape);
          List<Long> entries = new ArrayList<>(shifted.stream().map(axis -> s[axis + 2]).toList());
          entries.add(s[1] * channels);
          List<Long> pixel = new ArrayList<>();
          for (int axis = 0; axis < rank; axis++) {
            pixel.add(s[axis + 2] * spatial.get(axis).phases());
          }
          List<Long> row = new ArrayList<>(List.of(s[0]));
          row.addAll(GemmLifting.lifted(pixel, 0));
          return new GemmLifting.Strides(entries, row, s[1]);
        };
    List<Long> pixels = new ArrayList<>(List.of(out.shape().extent(0)));
    pixels.addAll(GemmLifting.lifted(spatial.stream().map(Axis::pixels).toList(), 1));
    return Optional.of(
        GemmLifting.assemble(
            context,
            new GemmLifting.Sum(
                op.input(),
                op.bias(),
                GemmLifting.biasShape(rank + 2, groups * channels),
                Epilogue.NONE),
            axes,
            batch,
            pixels,
            channels,
            run,
            GemmLifting.lifted(in.shape().extents().subList(2, rank + 2), 1),
            strides,
            inputBatch,
            new GemmProblem.Taps(
                GemmLifting.lifted(spatial.stream().map(a -> (long) a.taps()).toList(), 1),
                List.of(1L, 1L, 1L),
                GemmLifting.lifted(spatial.stream().map(Axis::dilation).toList(), 1),
                GemmLifting.lifted(spatial.stream().map(Axis::padBefore).toList(), 0),
                spatial.stream().anyMatch(Axis::padded)),
            weight(op, known.get(), spatial)));
  }

  /// How the phases along a spatial axis read the input.
  ///
  /// @param kernel for each phase and tap of the common window, the tap of the kernel
  /// @param dilation of the common window
  /// @param padBefore of the common window; negative where it begins inside the input
  /// @param pixels results of a phase
  /// @param padded whether the window reaches outside the input
  private record Axis(int[][] kernel, long dilation, long padBefore, long pixels, boolean padded) {

    int phases() {
      return kernel.length;
    }

    int taps() {
      return kernel[0].length;
    }

    /// @param in extent of the input
    /// @param out extent of the result
    static Axis of(Window window, int axis, long in, long out) {
      int stride = Math.toIntExact(window.stride().get(axis));
      int size = Math.toIntExact(window.kernel().get(axis));
      long dilation = window.dilation().get(axis);
      long pad = window.padBefore().get(axis);
      if (stride == 1) {
        int[] turned = new int[size];
        for (int tap = 0; tap < size; tap++) {
          turned[tap] = size - 1 - tap;
        }
        return of(new int[][] {turned}, dilation, (size - 1) * dilation - pad, in, out);
      }
      // Tap t of result s*a + e reads pixel a + place, s*place = e + pad - t*dilation.
      long first = Long.MAX_VALUE;
      long last = Long.MIN_VALUE;
      for (int tap = 0; tap < size; tap++) {
        int phase = (int) Math.floorMod(tap * dilation - pad, (long) stride);
        long place = (phase + pad - tap * dilation) / stride;
        first = Math.min(first, place);
        last = Math.max(last, place);
      }
      int[][] kernel = new int[stride][(int) (last - first) + 1];
      for (int[] phase : kernel) {
        Arrays.fill(phase, NONE);
      }
      for (int tap = 0; tap < size; tap++) {
        int phase = (int) Math.floorMod(tap * dilation - pad, (long) stride);
        kernel[phase][(int) ((phase + pad - tap * dilation) / stride - first)] = tap;
      }
      return of(kernel, 1, -first, in, out);
    }

    private static Axis of(int[][] kernel, long dilation, long padBefore, long in, long out) {
      long pixels = out / kernel.length;
      long last = pixels - 1 + (kernel[0].length - 1) * dilation - padBefore;
      return new Axis(kernel, dilation, padBefore, pixels, padBefore > 0 || last >= in);
    }
  }

  /// The weight as `[phases, group, channel, run, taps]`.
  private static GemmProblem.Weight weight(
      ConvolutionTranspose op, LoweringContext.KnownConstant known, List<Axis> spatial) {
    long channels = op.weight().shape().extent(1);
    long run = op.weight().shape().extent(0) / op.groups();
    long taps = 1;
    List<Long> batchStrides = new ArrayList<>();
    for (Axis axis : spatial) {
      taps *= axis.taps();
    }
    long entry = op.groups() * channels * run * taps;
    batchStrides.add(channels * run * taps);
    for (Axis axis : spatial.reversed()) {
      if (axis.phases() > 1) {
        batchStrides.addFirst(entry);
        entry *= axis.phases();
      }
    }
    // Where only a price is asked for, the constant has no elements.
    Tensor tensor =
        known.tensor().size() == 0
            ? known.tensor()
            : phases(op, known.tensor(), spatial, Math.toIntExact(taps), entry);
    return new GemmProblem.Weight(
        op.weight(),
        Optional.of(new LoweringContext.KnownConstant(known.name() + "#phases", tensor)),
        batchStrides,
        run * taps,
        1,
        taps);
  }

  private static Tensor phases(
      ConvolutionTranspose op, Tensor weight, List<Axis> spatial, int taps, long size) {
    int channels = weight.dimension(1);
    int inputs = weight.dimension(0);
    int run = Math.toIntExact(inputs / op.groups());
    int own = Math.toIntExact(op.window().taps());
    Tensor result = Tensor.zeros(weight.type(), List.of(size));
    int groups = Math.toIntExact(op.groups());
    int entry = groups * channels * run * taps;
    for (int phase = 0; phase < size / entry; phase++) {
      for (int tap = 0; tap < taps; tap++) {
        int from = kernelTap(op.window(), spatial, phase, tap);
        for (int input = 0; input < inputs && from != NONE; input++) {
          for (int channel = 0; channel < channels; channel++) {
            int to =
                phase * entry
                    + ((input / run * channels + channel) * run + input % run) * taps
                    + tap;
            WeightPacking.copy(weight, (input * channels + channel) * own + from, result, to);
          }
        }
      }
    }
    return result;
  }

  /// The tap of the kernel that a phase has at a tap of the common window; both numbered row-major
  /// over the axes.
  private static int kernelTap(Window window, List<Axis> spatial, int phase, int tap) {
    int number = 0;
    int scale = 1;
    int restPhase = phase;
    int restTap = tap;
    for (int axis = spatial.size() - 1; axis >= 0; axis--) {
      Axis own = spatial.get(axis);
      int at = own.kernel()[restPhase % own.phases()][restTap % own.taps()];
      if (at == NONE) {
        return NONE;
      }
      number += at * scale;
      scale *= Math.toIntExact(window.kernel().get(axis));
      restPhase /= own.phases();
      restTap /= own.taps();
    }
    return number;
  }
}
