package dev.tuckerc.tests.training;

import dev.tuckerc.cli.tensors.NpyFile;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.onnx.exporter.OnnxExporter;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// A small classifier of pictures, and samples for it.
final class SmallModel {
  private static final int CHANNELS = 32;
  private static final long EXTENT = 32;
  private static final int SAMPLES = 16;
  private static final Random RANDOM = new Random(4);

  private SmallModel() {}

  /// Writes `dense.onnx`, `x.npy` and `y.npy`.
  static void write(Path folder) {
    NpyFile.write(folder.resolve("x.npy"), normal(1, SAMPLES, 3, EXTENT, EXTENT));
    long[] labels = RANDOM.longs(SAMPLES, 0, 4).toArray();
    NpyFile.write(folder.resolve("y.npy"), Tensor.ofLongs(List.of((long) SAMPLES), labels));
    OnnxExporter.write(network(), folder.resolve("dense.onnx"));
  }

  private static Tensor normal(double deviation, long... extents) {
    List<Long> shape = java.util.stream.LongStream.of(extents).boxed().toList();
    float[] values = new float[Tensor.elementCount(shape)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * RANDOM.nextGaussian());
    }
    return Tensor.ofFloats(shape, values);
  }

  private static Graph network() {
    List<Node> nodes = new ArrayList<>();
    Shape shape =
        new Shape(List.of(new Dim.Symbolic("N"), Dim.of(3), Dim.of(EXTENT), Dim.of(EXTENT)));
    Value input = new Value("x", TensorType.of(DataType.F32, shape));
    Value x = convolution(nodes, "first", input, 3);
    x = convolution(nodes, "second", x, CHANNELS);
    x = add(nodes, new Reduce(Reduce.Kind.MEAN, x, List.of(2L, 3L), false), "mean", "ReduceMean");
    Value matrix = add(nodes, new Constant("matrix", normal(1, CHANNELS, 4)), "matrix", "Constant");
    x = add(nodes, new MatMul(x, matrix, Epilogue.NONE), "scores", "MatMul");
    return new Graph("small", List.of(input), nodes, List.of(new Graph.Output("scores", x)));
  }

  private static Value convolution(List<Node> nodes, String name, Value x, int channels) {
    Tensor weight = normal(Math.sqrt(2.0 / (9 * channels)), CHANNELS, channels, 3, 3);
    Value w = add(nodes, new Constant(name + ".weight", weight), name + ".weight", "Constant");
    List<Long> ones = List.of(1L, 1L);
    Window window = new Window(List.of(3L, 3L), ones, ones, ones, ones);
    Value y =
        add(nodes, new Convolution(x, w, Optional.empty(), window, 1, Epilogue.NONE), name, "Conv");
    ScalarExpression relu =
        new ScalarExpression.Unary(UnaryFunction.RELU, new ScalarExpression.Operand(0));
    return add(nodes, new Pointwise(List.of(y), relu), name + ".relu", "Relu");
  }

  private static Value add(List<Node> nodes, Op op, String name, String operator) {
    Node node = Node.of(op, name, Location.of(nodes.size(), name, operator));
    nodes.add(node);
    return node.result();
  }
}
