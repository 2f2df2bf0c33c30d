package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/// Convolution of any rank as a product of the weights with the unfolded input, and its transpose.
final class Convolutions {
  private Convolutions() {}

  /// `y[n,o,p] = bias[o] + sum_{i,t} x[n,i,p*stride + t*dilation - pad] * w[o,i,t]`, no epilogue.
  static Tensor forward(
      Convolution conv, List<Tensor> operands, List<Long> shape, Accumulation accumulation) {
    Tensor x = operands.get(0);
    Tensor w = operands.get(1);
    Unfolding unfolding =
        new Unfolding(
            conv.window(), x.shape().subList(2, x.rank()), shape.subList(2, shape.size()));
    int groups = Math.toIntExact(conv.groups());
    Problem problem =
        new Problem(
            x.dimension(0),
            groups,
            x.dimension(1) / groups,
            w.dimension(0) / groups,
            unfolding.inputSize(),
            unfolding.taps(),
            unfolding.positions());
    if (!x.type().isFloat()) {
      long[] y = integers(problem, unfolding.offsets(), x.toLongs(), w.toLongs());
      conv.bias().ifPresent(_ -> addBias(y, problem, operands.get(2).toLongs()));
      return Elements.ofLongs(x.type(), shape, y);
    }
    if (accumulation == Accumulation.FAST && x.type() != DataType.F64) {
      float[] y =
          NativeConvolution.pays(conv.window(), groups, problem.multiplications())
              ? byNd4j(x, w, conv.window(), problem.outputSize())
              : floats(problem, unfolding, x.toFloats(), w.toFloats());
      conv.bias().ifPresent(_ -> addBias(y, problem, operands.get(2).toFloats()));
      return Elements.ofFloats(shape, y).convert(x.type());
    }
    double[] y = doubles(problem, unfolding, x.toDoubles(), w.toDoubles());
    conv.bias().ifPresent(_ -> addBias(y, problem, operands.get(2).toDoubles()));
    return Elements.ofDoubles(x.type(), shape, y);
  }

  private static float[] byNd4j(Tensor x, Tensor w, Window window, int size) {
    try {
      return NativeConvolution.forward(
          x.toFloats(), x.shape(), w.toFloats(), w.shape(), window, size);
    } catch (NoClassDefFoundError e) {
      IrException missing =
          new IrException(
              "float32 convolutions of this size are computed by ND4J, which this installation"
                  + " leaves out; evaluate in float64, or use an installation with ND4J");
      missing.initCause(e);
      throw missing;
    }
  }

  /// Extents of a convolution; channels are those of one group, input size and positions those of
  /// one channel.
  private record Problem(
      int images, int groups, int inputs, int outputs, int inputSize, int taps, int positions) {
    int terms() {
      return Math.multiplyExact(inputs, taps);
    }

    double multiplications() {
      return (double) outputSize() * terms();
    }

    int inputIndex(int image, int group) {
      return (image * groups + group) * inputs * inputSize;
    }

    int outputIndex(int image, int group) {
      return (image * groups + group) * outputs * positions;
    }

    int outputSize() {
      return Math.multiplyExact(images * groups * outputs, positions);
    }
  }

  /// Images are independent, so their order does not change a bit.
  private static void forEachImage(Problem p, IntConsumer work) {
    IntStream images = IntStream.range(0, p.images());
    if (p.images() > 1 && p.multiplications() >= 1 << 18) {
      images.parallel().forEach(work);
    } else {
      images.forEach(work);
    }
  }

  private static double[] doubles(Problem p, Unfolding unfolding, double[] x, double[] w) {
    double[] y = new double[p.outputSize()];
    boolean direct = unfolding.isIdentity();
    int[] offsets = direct ? new int[0] : unfolding.offsets();
    int columnsSize = direct ? 0 : Math.multiplyExact(p.terms(), p.positions());
    forEachImage(
        p,
        image -> {
          double[] columns = new double[columnsSize];
          for (int group = 0; group < p.groups(); group++) {
            int from = p.inputIndex(image, group);
            if (!direct) {
              Unfolding.gather(x, from, p.inputSize(), p.inputs(), offsets, columns);
            }
            MatrixProducts.multiply(
                p.outputs(),
                p.positions(),
                p.terms(),
                w,
                group * p.outputs() * p.terms(),
                direct ? x : columns,
                direct ? from : 0,
                y,
                p.outputIndex(image, group));
          }
        });
    return y;
  }

  private static float[] floats(Problem p, Unfolding unfolding, float[] x, float[] w) {
    float[] y = new float[p.outputSize()];
    boolean direct = unfolding.isIdentity();
    int[] offsets = direct ? new int[0] : unfolding.offsets();
    int columnsSize = direct ? 0 : Math.multiplyExact(p.terms(), p.positions());
    forEachImage(
        p,
        image -> {
          float[] columns = new float[columnsSize];
          for (int group = 0; group < p.groups(); group++) {
            int from = p.inputIndex(image, group);
            if (!direct) {
              Unfolding.gather(x, from, p.inputSize(), p.inputs(), offsets, columns);
            }
            MatrixProducts.multiply(
                p.outputs(),
                p.positions(),
                p.terms(),
                w,
                group * p.outputs() * p.terms(),
                direct ? x : columns,
                direct ? from : 0,
                y,
                p.outputIndex(image, group));
          }
        });
    return y;
  }

  private static long[] integers(Problem p, int[] offsets, long[] x, long[] w) {
    long[] y = new long[p.outputSize()];
    long[] columns = new long[Math.multiplyExact(p.terms(), p.positions())];
    for (int image = 0; image < p.images(); image++) {
      for (int group = 0; group < p.groups(); group++) {
        Unfolding.gather(
            x, p.inputIndex(image, group), p.inputSize(), p.inputs(), offsets, columns);
        MatrixProducts.multiply(
            p.outputs(),
            p.positions(),
            p.terms(),
            w,
            group * p.outputs() * p.terms(),
            columns,
            0,
            y,
            p.outputIndex(image, group));
      }
    }
    return y;
  }

  private static void addBias(double[] y, Problem p, double[] bias) {
    for (int i = 0; i < y.length; i++) {
      y[i] += bias[i / p.positions() % bias.length];
    }
  }

  private static void addBias(float[] y, Problem p, float[] bias) {
    for (int row = 0; row < p.images() * bias.length; row++) {
      float addend = bias[row % bias.length];
      for (int i = row * p.positions(); i < (row + 1) * p.positions(); i++) {
        y[i] += addend;
      }
    }
  }

  private static void addBias(long[] y, Problem p, long[] bias) {
    for (int i = 0; i < y.length; i++) {
      y[i] += bias[i / p.positions() % bias.length];
    }
  }

  /// Every input element adds its multiple of the kernel to the output: `y[n,o,i*stride +
  /// t*dilation - pad] += x[n,c,i] * w[c,o,t]`, in float64.
  static Tensor transposed(
      ConvolutionTranspose conv,
      List<Tensor> operands,
      List<Long> shape,
      Accumulation accumulation) {
    Tensor x = operands.get(0);
    Tensor w = operands.get(1);
    // The convolution whose gradient this is reads the output's positions at the input's.
    Unfolding unfolding =
        new Unfolding(
            conv.window(), shape.subList(2, shape.size()), x.shape().subList(2, x.rank()));
    int[] offsets = unfolding.offsets();
    int groups = Math.toIntExact(conv.groups());
    int inputs = x.dimension(1) / groups;
    int outputs = w.dimension(1);
    int positions = unfolding.positions();
    int outputSize = unfolding.inputSize();
    int rows = Math.multiplyExact(outputs, unfolding.taps());
    double[] xs = x.toDoubles();
    double[] ws = w.toDoubles();
    double[] y = new double[Tensor.elementCount(shape)];
    double[] columns = new double[Math.multiplyExact(rows, positions)];
    double[] transposed = new double[Math.multiplyExact(rows, inputs)];
    for (int image = 0; image < x.dimension(0); image++) {
      for (int group = 0; group < groups; group++) {
        for (int c = 0; c < inputs; c++) {
          for (int row = 0; row < rows; row++) {
            transposed[row * inputs + c] = ws[(group * inputs + c) * rows + row];
          }
        }
        Arrays.fill(columns, 0);
        int from = (image * groups + group) * inputs * positions;
        MatrixProducts.multiply(rows, positions, inputs, transposed, 0, xs, from, columns, 0);
        int to = (image * groups + group) * outputs * outputSize;
        for (int i = 0; i < columns.length; i++) {
          int offset = offsets[i % offsets.length];
          if (offset >= 0) {
            y[to + i / offsets.length * outputSize + offset] += columns[i];
          }
        }
      }
    }
    if (conv.bias().isPresent()) {
      double[] bias = operands.get(2).toDoubles();
      for (int i = 0; i < y.length; i++) {
        y[i] += bias[i / outputSize % bias.length];
      }
    }
    return Elements.ofDoubles(x.type(), shape, y);
  }
}
