package dev.tuckerc.zoo;

import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Resize;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Puts a network together layer by layer, with weights that keep activations in range.
///
/// Convolutions are initialised after He et al. (2015). The mean square of every activation is
/// followed through the network, and the statistics of a batch normalisation are drawn around what
/// its input will really have, so that a network of any depth neither fades nor overflows.
final class NetworkBuilder {
  private static final double EPSILON = 1e-5;

  private final String network;
  private final Weights weights;
  private final Value input;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Value, Double> meanSquares = new IdentityHashMap<>();
  private int index;

  /// @param batch with the other three the shape of the input
  NetworkBuilder(String network, long seed, Dim batch, long channels, long height, long width) {
    this.network = network;
    weights = new Weights(seed);
    Shape shape = new Shape(List.of(batch, Dim.of(channels), Dim.of(height), Dim.of(width)));
    input = new Value("input", TensorType.of(DataType.F32, shape));
    meanSquares.put(input, 1.0);
  }

  Value input() {
    return input;
  }

  /// The finished classifier.
  Graph graph(Value logits) {
    return graph("logits", logits);
  }

  /// The finished network.
  Graph graph(String output, Value result) {
    return new Graph(network, List.of(input), nodes, List.of(new Graph.Output(output, result)));
  }

  /// A square convolution; `name` is that of the layer.
  Value conv(
      String name,
      Value x,
      long outputs,
      long kernel,
      long stride,
      long pad,
      long groups,
      boolean bias) {
    long inputs = x.shape().extent(1) / groups;
    long fanIn = inputs * kernel * kernel;
    Value weight =
        constant(
            name + ".weight",
            weights.normal(
                name + ".weight",
                List.of(outputs, inputs, kernel, kernel),
                0,
                Math.sqrt(2.0 / fanIn)));
    Optional<Value> biasValue =
        bias ? Optional.of(vector(name + ".bias", outputs, 0, 0.05)) : Optional.empty();
    Convolution conv =
        new Convolution(x, weight, biasValue, window(kernel, stride, pad), groups, Epilogue.NONE);
    return add(conv, name, "Conv", 2 * meanSquare(x));
  }

  Value conv(String name, Value x, long outputs, long kernel, long stride, long pad) {
    return conv(name, x, outputs, kernel, stride, pad, 1, false);
  }

  /// A transposed convolution with bias that doubles height and width.
  Value doubling(String name, Value x, long outputs) {
    long inputs = x.shape().extent(1);
    // Every output is the product with one tap.
    Value weight =
        constant(
            name + ".weight",
            weights.normal(
                name + ".weight", List.of(inputs, outputs, 2L, 2L), 0, Math.sqrt(1.0 / inputs)));
    Optional<Value> bias = Optional.of(vector(name + ".bias", outputs, 0, 0.05));
    ConvolutionTranspose op =
        new ConvolutionTranspose(x, weight, bias, window(2, 2, 0), List.of(0L, 0L), 1);
    return add(op, name, "ConvTranspose", meanSquare(x));
  }

  Value batchNorm(String name, Value x) {
    long channels = x.shape().extent(1);
    double variance = meanSquare(x);
    Value scale =
        constant(name + ".weight", weights.uniform(name + ".weight", List.of(channels), 0.8, 1.2));
    Value bias = vector(name + ".bias", channels, 0, 0.1);
    Value mean = vector(name + ".running_mean", channels, 0, 0.1 * Math.sqrt(variance));
    Value spread =
        constant(
            name + ".running_var",
            weights.uniform(
                name + ".running_var", List.of(channels), 0.8 * variance, 1.2 * variance));
    return add(
        new BatchNormalization(x, scale, bias, mean, spread, EPSILON),
        name,
        "BatchNormalization",
        1);
  }

  /// `(x - mean) / sqrt(variance + epsilon) * scale + bias`, mean and variance over height and
  /// width of each channel of each image.
  Value instanceNorm(String name, Value x) {
    List<Long> channels = List.of(x.shape().extent(1), 1L, 1L);
    Value scale = constant(name + ".weight", weights.uniform(name + ".weight", channels, 0.8, 1.2));
    Value bias = constant(name + ".bias", weights.normal(name + ".bias", channels, 0, 0.1));
    Value mean = spatialMean(name + ".mean", x, meanSquare(x));
    Value centred = difference(name + ".centred", x, mean);
    Value square =
        pointwise(
            name + ".square",
            "Mul",
            meanSquare(x) * meanSquare(x),
            BinaryFunction.MULTIPLY,
            centred,
            centred);
    Value variance = spatialMean(name + ".variance", square, meanSquare(x));
    ScalarExpression deviation =
        new ScalarExpression.Unary(
            UnaryFunction.SQRT,
            new ScalarExpression.Binary(
                BinaryFunction.ADD,
                new ScalarExpression.Operand(0),
                ScalarExpression.Literal.real(DataType.F32, EPSILON)));
    Value spread =
        add(
            new Pointwise(List.of(variance), deviation),
            name + ".deviation",
            "Sqrt",
            meanSquare(variance));
    Value unit = pointwise(name + ".normalised", "Div", 1, BinaryFunction.DIVIDE, centred, spread);
    Value scaled = pointwise(name + ".scaled", "Mul", 1, BinaryFunction.MULTIPLY, unit, scale);
    return pointwise(name, "Add", 1, BinaryFunction.ADD, scaled, bias);
  }

  private Value spatialMean(String name, Value x, double meanSquare) {
    return add(
        new Reduce(Reduce.Kind.MEAN, x, List.of(2L, 3L), true), name, "ReduceMean", meanSquare);
  }

  Value relu(String name, Value x) {
    return unary(name, "Relu", UnaryFunction.RELU, x);
  }

  Value tanh(String name, Value x) {
    return unary(name, "Tanh", UnaryFunction.TANH, x);
  }

  /// Of a symmetric distribution; both functions about halve the mean square.
  private Value unary(String name, String operator, UnaryFunction function, Value x) {
    ScalarExpression body = new ScalarExpression.Unary(function, new ScalarExpression.Operand(0));
    return add(new Pointwise(List.of(x), body), name, operator, meanSquare(x) / 2);
  }

  /// `min(max(x, 0), 6)`
  Value relu6(String name, Value x) {
    ScalarExpression body =
        new ScalarExpression.Binary(
            BinaryFunction.MINIMUM,
            new ScalarExpression.Unary(UnaryFunction.RELU, new ScalarExpression.Operand(0)),
            ScalarExpression.Literal.real(DataType.F32, 6));
    return add(new Pointwise(List.of(x), body), name, "Clip", meanSquare(x) / 2);
  }

  Value sum(String name, Value a, Value b) {
    return pointwise(name, "Add", meanSquare(a) + meanSquare(b), BinaryFunction.ADD, a, b);
  }

  Value difference(String name, Value a, Value b) {
    return pointwise(name, "Sub", meanSquare(a) + meanSquare(b), BinaryFunction.SUBTRACT, a, b);
  }

  private Value pointwise(
      String name, String operator, double meanSquare, BinaryFunction function, Value a, Value b) {
    return add(new Pointwise(List.of(a, b), binary(function)), name, operator, meanSquare);
  }

  /// `[N, C*f*f, H, W]` to `[N, C, f*H, f*W]`: every pixel's channels become a block of pixels.
  Value pixelShuffle(String name, Value x, long factor) {
    Dim batch = x.shape().dim(0);
    long channels = x.shape().extent(1) / (factor * factor);
    long height = x.shape().extent(2);
    long width = x.shape().extent(3);
    Shape apart = shape(batch, channels, factor, factor, height, width);
    Value blocks = add(new Reshape(x, apart), name + ".apart", "Reshape", meanSquare(x));
    Transpose swap = new Transpose(blocks, List.of(0L, 1L, 4L, 2L, 5L, 3L));
    Value swapped = add(swap, name + ".swapped", "Transpose", meanSquare(x));
    Shape joined = shape(batch, channels, height * factor, width * factor);
    return add(new Reshape(swapped, joined), name, "Reshape", meanSquare(x));
  }

  /// Every pixel repeated `factor` times in both directions.
  Value enlarge(String name, Value x, long factor) {
    Shape shape =
        shape(
            x.shape().dim(0),
            x.shape().extent(1),
            x.shape().extent(2) * factor,
            x.shape().extent(3) * factor);
    Resize resize =
        new Resize(
            x,
            shape,
            List.of(1.0, 1.0, (double) factor, (double) factor),
            Resize.Mode.NEAREST,
            Resize.Coordinates.ASYMMETRIC,
            Resize.Nearest.FLOOR,
            -0.75,
            false);
    return add(resize, name, "Resize", meanSquare(x));
  }

  /// `pad` mirrored pixels on every side.
  Value reflect(String name, Value x, long pad) {
    List<Long> pads = List.of(0L, 0L, pad, pad);
    return add(new Pad(x, pads, pads, Pad.Mode.REFLECT, 0), name, "Pad", meanSquare(x));
  }

  Value concat(String name, List<Value> values) {
    double total = 0;
    double channels = 0;
    for (Value value : values) {
      total += meanSquare(value) * value.shape().extent(1);
      channels += value.shape().extent(1);
    }
    return add(new Concat(values, 1), name, "Concat", total / channels);
  }

  Value maxPool(String name, Value x, long kernel, long stride, long pad, boolean ceil) {
    Pool pool = new Pool(Pool.Kind.MAXIMUM, x, window(kernel, stride, pad), ceil, false);
    return add(pool, name, "MaxPool", meanSquare(x));
  }

  Value averagePool(String name, Value x, long kernel, long stride) {
    Pool pool = new Pool(Pool.Kind.AVERAGE, x, window(kernel, stride, 0), false, false);
    return add(pool, name, "AveragePool", meanSquare(x));
  }

  /// Mean over height and width: `[N, C, H, W]` to `[N, C]`.
  Value globalAverage(String name, Value x) {
    Reduce mean = new Reduce(Reduce.Kind.MEAN, x, List.of(2L, 3L), false);
    return add(mean, name, "ReduceMean", meanSquare(x));
  }

  /// `[N, C, H, W]` to `[N, C*H*W]`.
  Value flatten(String name, Value x) {
    long features = x.shape().extent(1) * x.shape().extent(2) * x.shape().extent(3);
    Shape shape = new Shape(List.of(x.shape().dim(0), Dim.of(features)));
    return add(new Reshape(x, shape), name, "Reshape", meanSquare(x));
  }

  /// A fully connected layer on `[N, K]`.
  Value linear(String name, String result, Value x, long outputs) {
    long inputs = x.shape().extent(1);
    Value weight =
        constant(
            name + ".weight",
            weights.normal(name + ".weight", List.of(inputs, outputs), 0, Math.sqrt(2.0 / inputs)));
    Value product = add(new MatMul(x, weight, Epilogue.NONE), name, "MatMul", 2 * meanSquare(x));
    Value bias = vector(name + ".bias", outputs, 0, 0.05);
    return add(
        new Pointwise(List.of(product, bias), binary(BinaryFunction.ADD)),
        result,
        "Add",
        meanSquare(product));
  }

  /// Every second row and column, with zero channels added on both sides: the shortcut without
  /// parameters ("option A") of He et al. (2016).
  Value subsampleAndWiden(String name, Value x, long outputs) {
    long height = (x.shape().extent(2) + 1) / 2;
    long width = (x.shape().extent(3) + 1) / 2;
    Shape sizes = x.shape().with(2, Dim.of(height)).with(3, Dim.of(width));
    Slice slice = new Slice(x, List.of(0L, 0L, 0L, 0L), sizes, List.of(1L, 1L, 2L, 2L));
    Value half = add(slice, name + ".slice", "Slice", meanSquare(x));
    long inputs = x.shape().extent(1);
    long before = (outputs - inputs) / 2;
    Pad pad =
        new Pad(
            half,
            List.of(0L, before, 0L, 0L),
            List.of(0L, outputs - inputs - before, 0L, 0L),
            Pad.Mode.CONSTANT,
            0);
    return add(pad, name + ".pad", "Pad", meanSquare(x) * inputs / outputs);
  }

  private double meanSquare(Value value) {
    return meanSquares.getOrDefault(value, 1.0);
  }

  private Value vector(String name, long size, double mean, double deviation) {
    return constant(name, weights.normal(name, List.of(size), mean, deviation));
  }

  private Value constant(String name, Tensor data) {
    Node node = Node.of(new Constant(name, data), name, Location.NONE);
    nodes.add(node);
    return node.result();
  }

  private Value add(Op op, String name, String operator, double meanSquare) {
    Node node = Node.of(op, name, Location.of(index++, name, operator));
    nodes.add(node);
    meanSquares.put(node.result(), meanSquare);
    return node.result();
  }

  private static ScalarExpression binary(BinaryFunction function) {
    return new ScalarExpression.Binary(
        function, new ScalarExpression.Operand(0), new ScalarExpression.Operand(1));
  }

  private static Shape shape(Dim batch, long... extents) {
    List<Dim> dims = new ArrayList<>(List.of(batch));
    for (long extent : extents) {
      dims.add(Dim.of(extent));
    }
    return new Shape(dims);
  }

  private static Window window(long kernel, long stride, long pad) {
    return new Window(
        List.of(kernel, kernel),
        List.of(stride, stride),
        List.of(pad, pad),
        List.of(pad, pad),
        List.of(1L, 1L));
  }
}
