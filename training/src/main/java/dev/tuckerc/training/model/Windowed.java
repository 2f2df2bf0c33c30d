package dev.tuckerc.training.model;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Window;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// Convolutions and pools. libtorch pads both sides alike; where a window does not, or where an
/// average must know what is padding, the padding is made first.
final class Windowed {
  private Windowed() {}

  static Tensor convolve(Convolution op, Tensor input, Tensor weight, Optional<Tensor> bias) {
    Window window = op.window();
    boolean even = window.padBefore().equals(window.padAfter());
    Tensor padded =
        channelsLast(even ? input : pad(input, window.padBefore(), window.padAfter(), 0));
    long[] none = new long[window.rank()];
    return torch.convolution(
        padded,
        weight,
        bias.map(TensorOptional::new).orElseGet(TensorOptional::new),
        array(window.stride()),
        even ? array(window.padBefore()) : none,
        array(window.dilation()),
        false,
        none,
        op.groups());
  }

  /// Pictures with their channels side by side in memory, where oneDNN's convolutions are faster;
  /// what follows a convolution keeps the order, so that only the first one of a model copies.
  private static Tensor channelsLast(Tensor images) {
    return images.dim() == 4 ? images.contiguous(torch.MemoryFormat.ChannelsLast) : images;
  }

  /// @param op over two spatial axes, an average without dilation
  static Tensor pool(Pool op, Tensor input) {
    Tensor pooled =
        switch (op.kind()) {
          case MAXIMUM -> {
            Tensor padded = pad(input, op.window(), Double.NEGATIVE_INFINITY);
            yield torch.max_pool2d(
                padded,
                array(op.window().kernel()),
                array(op.window().stride()),
                new long[2],
                array(op.window().dilation()),
                op.ceil());
          }
          case AVERAGE -> {
            long[] extents = input.shape();
            Tensor inside =
                torch.ones(1, 1, extents[extents.length - 2], extents[extents.length - 1]);
            Tensor counted = pad(inside, op.window(), op.countPadding() ? 1 : 0);
            yield sum(op, pad(input, op.window(), 0)).div(sum(op, counted));
          }
        };
    // Rounded up, a window may start beyond the input, which libtorch cannot tell from its padding.
    return trimmed(pooled, op.resultType().shape());
  }

  private static Tensor sum(Pool op, Tensor padded) {
    return torch.avg_pool2d(
        padded,
        array(op.window().kernel()),
        array(op.window().stride()),
        new long[2],
        op.ceil(),
        true,
        new LongOptional(1));
  }

  private static Tensor trimmed(Tensor pooled, Shape shape) {
    Tensor result = pooled;
    for (int axis = 2; axis < shape.rank(); axis++) {
      if (shape.dim(axis) instanceof Dim.Known(long extent) && extent < result.size(axis)) {
        result = result.narrow(axis, 0, extent);
      }
    }
    return result;
  }

  private static Tensor pad(Tensor input, Window window, double value) {
    return pad(input, window.padBefore(), window.padAfter(), value);
  }

  /// Pads (or, where negative, cuts) the last axes.
  static Tensor pad(Tensor input, List<Long> before, List<Long> after, double value) {
    long[] amounts = new long[2 * before.size()];
    boolean any = false;
    for (int i = 0; i < before.size(); i++) {
      // libtorch names the last axis first.
      int axis = before.size() - 1 - i;
      amounts[2 * i] = before.get(axis);
      amounts[2 * i + 1] = after.get(axis);
      any |= amounts[2 * i] != 0 || amounts[2 * i + 1] != 0;
    }
    return any ? torch.constant_pad_nd(input, amounts, new Scalar(value)) : input;
  }

  static long[] array(List<Long> values) {
    return values.stream().mapToLong(Long::longValue).toArray();
  }
}
