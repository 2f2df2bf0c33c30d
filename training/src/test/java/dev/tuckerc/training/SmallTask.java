package dev.tuckerc.training;

import dev.tuckerc.data.Dataset;
import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.BinaryFunction;
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
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;

/// A network and a task that a test can train within seconds: pictures of 8x8 pixels, each the
/// pattern of its class under noise.
public final class SmallTask {
  public static final int CLASSES = 4;
  public static final int CHANNELS = 16;

  private final List<Node> nodes = new ArrayList<>();
  private final Random random = new Random(7);
  private boolean normalized = true;

  private SmallTask() {}

  /// Two convolutions with batch normalisation, a mean over the positions, a product.
  public static Graph network() {
    return network(new Dim.Symbolic("N"));
  }

  /// The same network for one batch.
  public static Graph network(Dim batch) {
    return new SmallTask().build(batch);
  }

  /// The same network without batch normalisation, so that no sample depends on others.
  public static Graph plainNetwork() {
    SmallTask task = new SmallTask();
    task.normalized = false;
    return task.build(new Dim.Symbolic("N"));
  }

  private Graph build(Dim batch) {
    Shape shape = new Shape(List.of(batch, Dim.of(3), Dim.of(8), Dim.of(8)));
    Value x = new Value("x", TensorType.of(DataType.F32, shape));
    Value first = block("conv1", x, 3);
    Value second = block("conv2", first, CHANNELS);
    Value pooled =
        add(new Reduce(Reduce.Kind.MEAN, second, List.of(2L, 3L), false), "pooled", "ReduceMean");
    Value weight = weight("fc.weight", CHANNELS, CLASSES);
    Value product = add(new MatMul(pooled, weight, Epilogue.NONE), "fc", "MatMul");
    Value bias = constant("fc.bias", Tensor.ofFloats(List.of((long) CLASSES), new float[CLASSES]));
    ScalarExpression sum =
        new ScalarExpression.Binary(BinaryFunction.ADD, new Operand(0), new Operand(1));
    Value scores = add(new Pointwise(List.of(product, bias), sum), "scores", "Add");
    return new Graph("small", List.of(x), nodes, List.of(new Graph.Output("scores", scores)));
  }

  private Value block(String name, Value input, int channels) {
    Value weight = weight(name + ".weight", CHANNELS, channels, 3, 3);
    List<Long> ones = List.of(1L, 1L);
    Window window = new Window(List.of(3L, 3L), ones, ones, ones, ones);
    Value convolved =
        add(
            new Convolution(input, weight, Optional.empty(), window, 1, Epilogue.NONE),
            name,
            "Conv");
    Value normal = normalized ? normal(name, convolved) : convolved;
    return add(
        new Pointwise(
            List.of(normal), new ScalarExpression.Unary(UnaryFunction.RELU, new Operand(0))),
        name + ".relu",
        "Relu");
  }

  private Value normal(String name, Value convolved) {
    Value scale = constant(name + ".scale", filled(1));
    Value shift = constant(name + ".shift", filled(0));
    Value mean = constant(name + ".mean", filled(0));
    Value variance = constant(name + ".variance", filled(1));
    return add(
        new BatchNormalization(convolved, scale, shift, mean, variance, 1e-5),
        name + ".bn",
        "BatchNormalization");
  }

  private static Tensor filled(float value) {
    float[] values = new float[CHANNELS];
    java.util.Arrays.fill(values, value);
    return Tensor.ofFloats(List.of((long) CHANNELS), values);
  }

  private Value weight(String name, long... extents) {
    List<Long> shape = java.util.stream.LongStream.of(extents).boxed().toList();
    float[] values = new float[Tensor.elementCount(shape)];
    double deviation = Math.sqrt(2.0 / (values.length / (double) extents[0]));
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * deviation);
    }
    return constant(name, Tensor.ofFloats(shape, values));
  }

  private Value constant(String name, Tensor tensor) {
    return add(new Constant(name, tensor), name, "Constant");
  }

  private Value add(Op op, String name, String operator) {
    Node node = Node.of(op, name, Location.of(nodes.size(), name, operator));
    nodes.add(node);
    return node.result();
  }

  /// Samples with labels.
  ///
  /// @param seed of the noise; the patterns of the classes are always the same
  public static Dataset samples(int count, long seed) {
    Random patterns = new Random(3);
    float[][] pattern = new float[CLASSES][3 * 64];
    for (float[] one : pattern) {
      for (int i = 0; i < one.length; i++) {
        one[i] = (float) patterns.nextGaussian();
      }
    }
    Random noise = new Random(seed);
    float[][] pictures = new float[count][3 * 64];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = noise.nextInt(CLASSES);
      for (int j = 0; j < pictures[i].length; j++) {
        pictures[i][j] = pattern[labels[i]][j] + (float) noise.nextGaussian();
      }
    }
    return new Dataset() {
      @Override
      public int size() {
        return count;
      }

      @Override
      public List<Long> sampleShape() {
        return List.of(3L, 8L, 8L);
      }

      @Override
      public Tensor samples(int first, int number) {
        float[] values = new float[number * 3 * 64];
        for (int i = 0; i < number; i++) {
          System.arraycopy(pictures[first + i], 0, values, i * 3 * 64, 3 * 64);
        }
        return Tensor.ofFloats(List.of((long) number, 3L, 8L, 8L), values);
      }

      @Override
      public OptionalInt label(int sample) {
        return OptionalInt.of(labels[sample]);
      }
    };
  }
}
