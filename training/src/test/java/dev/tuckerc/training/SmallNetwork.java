package dev.tuckerc.training;

import dev.tuckerc.data.Dataset;
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
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.training.finetune.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;

/// Builds classifiers node by node, with data for them.
public final class SmallNetwork {
  private final Random random;
  private final Value input;
  private final List<Node> nodes = new ArrayList<>();

  public SmallNetwork(long seed, Dim batch, long channels, long extent) {
    random = new Random(seed);
    input =
        new Value(
            "x",
            TensorType.of(
                DataType.F32,
                new Shape(List.of(batch, Dim.of(channels), Dim.of(extent), Dim.of(extent)))));
  }

  public Value input() {
    return input;
  }

  /// The nodes so far.
  public List<Node> nodes() {
    return nodes;
  }

  public Random random() {
    return random;
  }

  public Value add(Op op, String name, String operator) {
    Node node = Node.of(op, name, Location.of(nodes.size(), name, operator));
    nodes.add(node);
    return node.result();
  }

  public Value constant(String name, Tensor tensor) {
    return add(new Constant(name, tensor), name, "Constant");
  }

  /// Numbers of a normal distribution.
  public Tensor normal(double deviation, long... shape) {
    List<Long> extents = new ArrayList<>();
    for (long extent : shape) {
      extents.add(extent);
    }
    float[] values = new float[Tensor.elementCount(extents)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return Tensor.ofFloats(extents, values);
  }

  /// A convolution with "same" padding.
  public Value convolution(String name, Value x, Tensor weight, long stride) {
    long pad = weight.dimension(2) / 2;
    Window window =
        new Window(
            List.of((long) weight.dimension(2), (long) weight.dimension(3)),
            List.of(stride, stride),
            List.of(pad, pad),
            List.of(pad, pad),
            List.of(1L, 1L));
    Value w = constant(name + ".weight", weight);
    return add(new Convolution(x, w, Optional.empty(), window, 1, Epilogue.NONE), name, "Conv");
  }

  public Value relu(Value x) {
    return add(
        new Pointwise(
            List.of(x),
            new ScalarExpression.Unary(UnaryFunction.RELU, new ScalarExpression.Operand(0))),
        "relu" + nodes.size(),
        "Relu");
  }

  public Value sum(Value a, Value b) {
    return add(
        new Pointwise(
            List.of(a, b),
            new ScalarExpression.Binary(
                BinaryFunction.ADD,
                new ScalarExpression.Operand(0),
                new ScalarExpression.Operand(1))),
        "sum" + nodes.size(),
        "Add");
  }

  /// Mean over the picture, then a linear layer.
  public Graph classifier(Value x, long classes) {
    Value mean = add(new Reduce(Reduce.Kind.MEAN, x, List.of(2L, 3L), false), "mean", "ReduceMean");
    Value matrix = constant("fc.weight", normal(1, x.shape().extent(1), classes));
    Value product = add(new MatMul(mean, matrix, Epilogue.NONE), "fc", "MatMul");
    Value scores = sum(product, constant("fc.bias", normal(0.5, classes)));
    return new Graph("small", List.of(input), nodes, List.of(new Graph.Output("scores", scores)));
  }

  /// Settings of a short run, in batches of 32.
  public static Settings settings(int epochs, double rate) {
    Settings usual = Settings.USUAL;
    return new Settings(
        epochs,
        32,
        rate,
        usual.schedule(),
        usual.algorithm(),
        usual.momentum(),
        usual.weightDecay(),
        usual.products(),
        usual.clip(),
        usual.average(),
        usual.synchronizedStatistics(),
        usual.labelSmoothing(),
        usual.distillation(),
        usual.temperature(),
        usual.augmentation(),
        usual.seed(),
        usual.readers(),
        usual.budget());
  }

  /// Random pictures with random labels.
  public static Dataset data(long seed, int size, List<Long> sample, int classes) {
    Random random = new Random(seed);
    float[] values = new float[size * Tensor.elementCount(sample)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    int[] labels = random.ints(size, 0, classes).toArray();
    return new Dataset() {
      @Override
      public int size() {
        return size;
      }

      @Override
      public List<Long> sampleShape() {
        return sample;
      }

      @Override
      public Tensor samples(int first, int count) {
        int one = Tensor.elementCount(sample);
        List<Long> shape = new ArrayList<>(sample);
        shape.addFirst((long) count);
        return Tensor.ofFloats(
            shape, java.util.Arrays.copyOfRange(values, first * one, (first + count) * one));
      }

      @Override
      public OptionalInt label(int i) {
        return OptionalInt.of(labels[i]);
      }
    };
  }
}
