package dev.tuckerc.transform.calibrate;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Draws samples of a layer: the patch of its input that an output position reads, taps outer and
/// channels inner, and the outputs at that position. Each group of a convolution has patches and
/// outputs of its own, at the same positions. The rows of a matrix product are patches of one tap.
final class PatchSampler {
  /// Patches of all batches together; enough for the covariance of some thousand numbers.
  private static final int MOST_PATCHES = 50_000;

  /// Numbers kept in patches of all batches and groups together: half a gigabyte.
  private static final long MOST_NUMBERS = 1L << 27;

  /// Samples of one batch.
  ///
  /// @param patches of each group, `[rows, width]`
  /// @param images of each row
  /// @param positions of each row
  record Block(float[][] patches, int[] images, int[] positions) {
    int rows() {
      return images.length;
    }
  }

  private final int images;
  private final int groups;

  /// Channels of a group.
  private final int channels;

  private final int inputSize;
  private final int positions;

  /// Of every tap in turn, the offset that an output position reads, or -1 in the padding.
  private final int[] offsets;

  private final int taps;

  /// @param input a batch of the layer's input
  /// @param output a batch of its output
  PatchSampler(Op op, Tensor input, Tensor output) {
    if (op instanceof MatMul) {
      groups = 1;
      channels = input.dimension(input.rank() - 1);
      images = input.size() / channels;
      inputSize = 1;
      positions = 1;
      taps = 1;
      offsets = new int[] {0};
      return;
    }
    Convolution convolution = (Convolution) op;
    Window window = convolution.window();
    groups = Math.toIntExact(convolution.groups());
    images = input.dimension(0);
    channels = input.dimension(1) / groups;
    List<Long> inputExtents = input.shape().subList(2, input.rank());
    List<Long> outputExtents = output.shape().subList(2, output.rank());
    inputSize = Tensor.elementCount(inputExtents);
    positions = Tensor.elementCount(outputExtents);
    taps = Math.toIntExact(window.taps());
    offsets = offsets(window, inputExtents, outputExtents);
  }

  int groups() {
    return groups;
  }

  /// Numbers of a group's patch.
  int width() {
    return taps * channels;
  }

  /// The share of samples to draw from each image of so many.
  int perImage(long allImages) {
    long most = Math.min(MOST_PATCHES, MOST_NUMBERS / groups / width());
    return (int) Math.clamp((most + allImages - 1) / allImages, 1, positions);
  }

  /// Images of a batch that hold real samples.
  int realImages(CalibrationBatch batch) {
    return batch.realImages(images);
  }

  private int[] offsets(Window window, List<Long> inputExtents, List<Long> outputExtents) {
    int rank = window.rank();
    int[] result = new int[taps * positions];
    for (int tap = 0; tap < taps; tap++) {
      for (int p = 0; p < positions; p++) {
        long offset = 0;
        long stride = 1;
        int tapRest = tap;
        int positionRest = p;
        for (int axis = rank - 1; axis >= 0; axis--) {
          int kernel = Math.toIntExact(window.kernel().get(axis));
          int extent = Math.toIntExact(outputExtents.get(axis));
          long coordinate =
              positionRest % extent * window.stride().get(axis)
                  + tapRest % kernel * window.dilation().get(axis)
                  - window.padBefore().get(axis);
          tapRest /= kernel;
          positionRest /= extent;
          if (coordinate < 0 || coordinate >= inputExtents.get(axis)) {
            offset = -1;
            break;
          }
          offset += coordinate * stride;
          stride *= inputExtents.get(axis);
        }
        result[tap * positions + p] = (int) offset;
      }
    }
    return result;
  }

  /// Draws from one batch.
  ///
  /// @param realImages the first images, which are real samples
  /// @param seed gives the same positions again
  Block draw(Tensor input, int realImages, int perImage, long seed) {
    float[] x = input.toFloats();
    int rows = realImages * perImage;
    float[][] patches = new float[groups][rows * width()];
    int[] rowImages = new int[rows];
    int[] rowPositions = new int[rows];
    SplittableRandom random = new SplittableRandom(seed);
    int row = 0;
    for (int image = 0; image < realImages; image++) {
      int[] chosen = choose(perImage, random);
      for (int position : chosen) {
        rowImages[row] = image;
        rowPositions[row] = position;
        for (int group = 0; group < groups; group++) {
          int first = (image * groups + group) * channels * inputSize;
          gather(x, first, position, patches[group], row * width());
        }
        row++;
      }
    }
    return new Block(patches, rowImages, rowPositions);
  }

  /// @param first element of a group's channels in an image
  private void gather(float[] x, int first, int position, float[] into, int at) {
    int to = at;
    for (int tap = 0; tap < taps; tap++) {
      int offset = offsets[tap * positions + position];
      if (offset >= 0) {
        int from = first + offset;
        for (int c = 0; c < channels; c++) {
          into[to + c] = x[from + c * inputSize];
        }
      }
      to += channels;
    }
  }

  /// Different positions, ascending.
  private int[] choose(int count, SplittableRandom random) {
    int[] all = new int[positions];
    Arrays.setAll(all, i -> i);
    for (int i = 0; i < count && count < positions; i++) {
      int other = i + random.nextInt(positions - i);
      int kept = all[i];
      all[i] = all[other];
      all[other] = kept;
    }
    int[] chosen = Arrays.copyOf(all, count);
    Arrays.sort(chosen);
    return chosen;
  }

  /// The outputs of each group at a block's positions, `[rows, outputs]`.
  double[][] outputs(Tensor output, Block block) {
    int outputs = output.size() / (images * positions) / groups;
    double[][] result = new double[groups][block.rows() * outputs];
    for (int row = 0; row < block.rows(); row++) {
      for (int group = 0; group < groups; group++) {
        int first = (block.images()[row] * groups + group) * outputs;
        for (int o = 0; o < outputs; o++) {
          result[group][row * outputs + o] =
              output.getDouble((first + o) * positions + block.positions()[row]);
        }
      }
    }
    return result;
  }
}
