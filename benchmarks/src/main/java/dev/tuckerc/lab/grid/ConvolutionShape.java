package dev.tuckerc.lab.grid;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import java.util.List;
import java.util.Optional;

/// A two-dimensional convolution with a bias, described in one line.
///
/// @param type of the input, the weight and the result; the bias is f32
/// @param layout of the input and the result
/// @param in input channels
/// @param out output channels
/// @param height of the input
/// @param width of the input
/// @param kernel taps of both spatial axes
/// @param before padding before, of both axes
/// @param after padding after, of both axes
/// @param finish what follows the sum
public record ConvolutionShape(
    DataType type,
    Layout layout,
    long batch,
    long in,
    long out,
    long height,
    long width,
    long kernel,
    long stride,
    long before,
    long after,
    long dilation,
    long groups,
    Finish finish) {

  /// What is done to the sum before it is stored.
  public enum Finish {
    /// The bias is added.
    BIAS,
    /// Then a rectifier.
    RELU,
    /// The bias and a tensor of the result's shape are added, then a rectifier.
    RESIDUAL_RELU,
    /// The bias is added, then `x * sigmoid(x)`.
    SWISH
  }

  /// A channels-last convolution of stride 1 whose result has the size of its input (for an odd
  /// kernel).
  public static ConvolutionShape of(DataType type, long in, long out, long size, long kernel) {
    long pad = kernel / 2;
    Layout last = Layout.NHWC;
    return new ConvolutionShape(
        type, last, 1, in, out, size, size, kernel, 1, pad, pad, 1, 1, Finish.BIAS);
  }

  public ConvolutionShape stored(Layout l) {
    return with(l, batch, height, width, stride, before, after, dilation, groups, finish);
  }

  public ConvolutionShape times(long b) {
    return with(layout, b, height, width, stride, before, after, dilation, groups, finish);
  }

  public ConvolutionShape sized(long h, long w) {
    return with(layout, batch, h, w, stride, before, after, dilation, groups, finish);
  }

  public ConvolutionShape step(long s) {
    return with(layout, batch, height, width, s, before, after, dilation, groups, finish);
  }

  public ConvolutionShape padded(long b, long a) {
    return with(layout, batch, height, width, stride, b, a, dilation, groups, finish);
  }

  public ConvolutionShape dilated(long d) {
    return with(layout, batch, height, width, stride, before, after, d, groups, finish);
  }

  public ConvolutionShape grouped(long g) {
    return with(layout, batch, height, width, stride, before, after, dilation, g, finish);
  }

  public ConvolutionShape finished(Finish f) {
    return with(layout, batch, height, width, stride, before, after, dilation, groups, f);
  }

  public ConvolutionShape withResidual() {
    return finished(Finish.RESIDUAL_RELU);
  }

  private ConvolutionShape with(
      Layout l, long n, long h, long w, long s, long b, long a, long d, long g, Finish f) {
    return new ConvolutionShape(type, l, n, in, out, h, w, kernel, s, b, a, d, g, f);
  }

  /// Multiply-adds.
  public long multiplyAdds() {
    Window window = window();
    long pixels = 1;
    for (int axis = 0; axis < 2; axis++) {
      long extent = axis == 0 ? height : width;
      pixels *=
          (extent + before + after - window.dilation().get(axis) * (kernel - 1) - 1) / stride + 1;
    }
    return batch * pixels * out * (in / groups) * kernel * kernel;
  }

  /// The convolution's place in a case's name, such as `13x7-3to5-k3-s2-d2-g1-n2-residual_relu`.
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(height).append('x').append(width);
    text.append('-').append(in).append("to").append(out).append("-k").append(kernel);
    append(text, "s", stride, 1);
    append(text, "d", dilation, 1);
    append(text, "g", groups, 1);
    append(text, "n", batch, 1);
    if (before != kernel / 2 || after != kernel / 2) {
      text.append("-p").append(before).append('_').append(after);
    }
    if (!layout.equals(Layout.NHWC)) {
      text.append("-rows");
    }
    if (finish != Finish.BIAS) {
      text.append('-').append(finish.name().toLowerCase(java.util.Locale.ROOT));
    }
    return text.toString();
  }

  private static void append(StringBuilder text, String label, long value, long usual) {
    if (value != usual) {
      text.append('-').append(label).append(value);
    }
  }

  private Window window() {
    return new Window(
        List.of(kernel, kernel),
        List.of(stride, stride),
        List.of(before, before),
        List.of(after, after),
        List.of(dilation, dilation));
  }

  /// A graph of this convolution alone.
  public Graph build(CaseBuilder b) {
    return b.graph(add(b, b.input(type, layout, batch, in, height, width)));
  }

  /// Adds this convolution, with random weights, to a graph.
  ///
  /// @return its result
  public Value add(CaseBuilder b, Value x) {
    Value w = b.constant(type, out, in / groups, kernel, kernel);
    Optional<Value> bias = Optional.of(b.constant(DataType.F32, out));
    Convolution plain = new Convolution(x, w, bias, window(), groups, Epilogue.NONE);
    Epilogue epilogue =
        switch (finish) {
          case BIAS -> Epilogue.NONE;
          case RELU -> new Epilogue(new Unary(UnaryFunction.RELU, new Operand(0)), List.of());
          case SWISH ->
              new Epilogue(
                  new Binary(
                      BinaryFunction.MULTIPLY,
                      new Operand(0),
                      new Unary(UnaryFunction.SIGMOID, new Operand(0))),
                  List.of());
          case RESIDUAL_RELU -> {
            List<Long> shape = plain.resultType().shape().extents();
            Value skip = b.input(type, layout, shape.stream().mapToLong(Long::longValue).toArray());
            yield new Epilogue(
                new Unary(
                    UnaryFunction.RELU,
                    new Binary(BinaryFunction.ADD, new Operand(0), new Operand(1))),
                List.of(skip));
          }
        };
    return b.add(new Convolution(x, w, bias, window(), groups, epilogue), layout);
  }
}
