package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.enums.WeightsFormat;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.Conv2D;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/// Large two-dimensional float32 convolutions by ND4J (oneDNN underneath), which is started when
/// first needed and takes a second or two.
final class NativeConvolution {
  /// Multiplications from which a convolution is handed over: batches of a data set, not single
  /// small images, for which starting ND4J takes longer than everything else.
  private static final double THRESHOLD = 1 << 26;

  /// Images handed over at a time.
  private static final int CHUNK = 25;

  private NativeConvolution() {}

  /// Whether ND4J can compute this convolution and it is worth it. Depends on nothing but the
  /// problem, so that the same graph always gives the same bits. Only ungrouped, undilated
  /// convolutions (oneDNN refuses dilated ones) with equal pads on both sides: `PaddingMode.VALID`
  /// with explicit pads is ONNX's meaning, `SAME` differs at stride 2.
  static boolean pays(Window window, long groups, double multiplications) {
    return window.rank() == 2
        && groups == 1
        && window.dilation().stream().allMatch(dilation -> dilation == 1)
        && window.padBefore().equals(window.padAfter())
        && multiplications >= THRESHOLD;
  }

  /// `x` is `[N, I, H, W]`, `w` is `[O, I, kH, kW]`, both row-major.
  ///
  /// @return `[N, O, H', W']`, row-major
  static float[] forward(
      float[] x,
      List<Long> inputShape,
      float[] w,
      List<Long> weightShape,
      Window window,
      int size) {
    int images = Math.toIntExact(inputShape.getFirst());
    int inputSize = x.length / images;
    int outputSize = size / images;
    float[] y = new float[size];
    // Started here, by one thread.
    Nd4j.getBackend();
    IntStream.range(0, (images + CHUNK - 1) / CHUNK)
        .parallel()
        .forEach(chunk -> {
          int from = chunk * CHUNK;
          int to = Math.min(images, from + CHUNK);
          List<Long> shape = new ArrayList<>(inputShape);
          shape.set(0, (long) (to - from));
          float[] part =
              chunk(
                  Arrays.copyOfRange(x, from * inputSize, to * inputSize),
                  shape,
                  w,
                  weightShape,
                  config(window));
          System.arraycopy(part, 0, y, from * outputSize, part.length);
        });
    return y;
  }

  private static float[] chunk(
      float[] x, List<Long> inputShape, float[] w, List<Long> weightShape, Conv2DConfig config) {
    // A setting of the calling thread. OpenMP's own threads spin while they wait for each other,
    // which on a busy machine costs more than they gain.
    NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(1);
    try (INDArray input = array(x, inputShape);
        INDArray weight = array(w, weightShape);
        INDArray output = Nd4j.exec(new Conv2D(input, weight, null, config))[0];
        INDArray rowMajor = output.dup('c')) {
      return rowMajor.data().asFloat();
    }
  }

  private static Conv2DConfig config(Window window) {
    return Conv2DConfig.builder()
        .kH(window.kernel().get(0))
        .kW(window.kernel().get(1))
        .sH(window.stride().get(0))
        .sW(window.stride().get(1))
        .pH(window.padBefore().get(0))
        .pW(window.padBefore().get(1))
        .dH(window.dilation().get(0))
        .dW(window.dilation().get(1))
        .paddingMode(PaddingMode.VALID)
        .dataFormat("NCHW")
        .weightsFormat(WeightsFormat.OIYX)
        .build();
  }

  private static INDArray array(float[] values, List<Long> shape) {
    return Nd4j.create(values, shape.stream().mapToLong(Long::longValue).toArray(), 'c');
  }
}
