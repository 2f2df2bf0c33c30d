package dev.tuckerc.training.finetune;

import dev.tuckerc.data.Dataset;
import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.training.data.Batch;
import dev.tuckerc.training.model.HostTensors;
import dev.tuckerc.training.model.Products;
import dev.tuckerc.training.model.TrainableModel;
import dev.tuckerc.training.model.TrainableModel.Mode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.ScalarTypeOptional;

/// Batch normalisation put back behind convolutions that it was folded into, as a compiler or a
/// decomposition leaves them. Without it a deep network diverges at rates at which it was trained.
///
/// A normalisation whose statistics are those of the convolution's output and whose scale and shift
/// undo them computes nothing; the model stays what it was until it learns.
public final class NormalizationUnfolding {
  private static final double EPSILON = 1e-5;

  /// Samples that the statistics are taken from.
  private static final int SAMPLES = 1000;

  /// Samples of one evaluation.
  private static final int BATCH = 50;

  private final Graph graph;
  private final Map<Value, Statistics> statistics;
  private final Map<Value, Tensor> constants = new IdentityHashMap<>();
  private final List<Node> nodes = new ArrayList<>();

  private NormalizationUnfolding(Graph graph, Map<Value, Statistics> statistics) {
    this.graph = graph;
    this.statistics = statistics;
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Constant constant) {
        constants.put(node.result(), constant.tensor());
      }
    }
  }

  /// A model with more layers of normalisation.
  ///
  /// @param layers how many were put in
  public record Result(Graph graph, int layers) {}

  /// Puts a normalisation behind every convolution that has none, but for those that only another
  /// convolution reads: the inner factors of a chain. A bias moves into it.
  ///
  /// @param graph of a classifier
  /// @param data the statistics are those of its first thousand samples
  /// @throws TrainingException when the model is no classifier of such samples
  public static Result of(Graph graph, Dataset data) {
    List<Value> bare = bare(graph);
    if (bare.isEmpty()) {
      return new Result(graph, 0);
    }
    NormalizationUnfolding unfolding =
        new NormalizationUnfolding(graph, statistics(graph, bare, data));
    return new Result(unfolding.build(), bare.size());
  }

  private static List<Value> bare(Graph graph) {
    Map<Value, List<Node>> readers = new IdentityHashMap<>();
    for (Node node : graph.nodes()) {
      node.op()
          .operands()
          .forEach(value -> readers.computeIfAbsent(value, _ -> new ArrayList<>()).add(node));
    }
    Set<Value> outputs = Collections.newSetFromMap(new IdentityHashMap<>());
    graph.outputs().forEach(output -> outputs.add(output.value()));
    Set<Value> constants = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Value> bare = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Constant) {
        constants.add(node.result());
      } else if (node.op() instanceof Convolution convolution
          && convolution.epilogue().isIdentity()) {
        List<Node> reading = readers.getOrDefault(node.result(), List.of());
        boolean inner =
            !outputs.contains(node.result())
                && reading.stream().allMatch(reader -> reader.op() instanceof Convolution);
        boolean normalized =
            reading.stream().anyMatch(reader -> reader.op() instanceof BatchNormalization);
        boolean movable = convolution.bias().map(constants::contains).orElse(true);
        if (!inner && !normalized && movable) {
          bare.add(node.result());
        }
      }
    }
    return bare;
  }

  private static Map<Value, Statistics> statistics(Graph graph, List<Value> wanted, Dataset data) {
    Map<Value, Statistics> all = new IdentityHashMap<>();
    for (Value value : wanted) {
      all.put(value, new Statistics(Math.toIntExact(value.shape().extent(1))));
    }
    int samples = Math.min(SAMPLES, data.size());
    try (TrainableModel model = TrainableModel.of(graph)) {
      Classifier classifier = new Classifier(model);
      for (int first = 0; first < samples; first += BATCH) {
        Tensor read = data.samples(first, Math.min(BATCH, samples - first));
        try (PointerScope _ = new PointerScope();
            NoGradGuard _ = new NoGradGuard()) {
          Batch batch = new Batch(read.shape(), read.toFloats(), new long[0]);
          List<org.bytedeco.pytorch.Tensor> results =
              classifier.evaluate(
                  classifier.input(batch), Mode.INFERENCE, Products.FP32, Map.of(), wanted);
          // The first is that of the scores.
          for (int i = 0; i < wanted.size(); i++) {
            Objects.requireNonNull(all.get(wanted.get(i))).add(results.get(i + 1));
          }
        }
      }
    }
    return all;
  }

  /// Of the channels of a convolution's output.
  private static final class Statistics {
    private final double[] sums;
    private final double[] squares;
    private long count;

    Statistics(int channels) {
      sums = new double[channels];
      squares = new double[channels];
    }

    /// @param output `[N, C, ...]`
    void add(org.bytedeco.pytorch.Tensor output) {
      add(sums, output);
      add(squares, output.square());
      count += output.numel() / output.size(1);
    }

    private static void add(double[] sums, org.bytedeco.pytorch.Tensor of) {
      long[] axes = LongStream.range(0, of.dim()).filter(axis -> axis != 1).toArray();
      Tensor sum = HostTensors.toHost(of.sum(axes, false, new ScalarTypeOptional()));
      for (int channel = 0; channel < sums.length; channel++) {
        sums[channel] += sum.getDouble(channel);
      }
    }

    double[] mean() {
      return DoubleStream.of(sums).map(sum -> sum / count).toArray();
    }

    double[] variance() {
      return IntStream.range(0, sums.length)
          .mapToDouble(c -> Math.max(squares[c] / count - sums[c] / count * (sums[c] / count), 0))
          .toArray();
    }
  }

  private Graph build() {
    for (Node node : graph.nodes()) {
      Statistics observed = statistics.get(node.result());
      if (observed != null && node.op() instanceof Convolution convolution) {
        normalized(node, convolution, observed);
      } else {
        nodes.add(node);
      }
    }
    Set<Value> read = Collections.newSetFromMap(new IdentityHashMap<>());
    nodes.forEach(node -> read.addAll(node.op().operands()));
    graph.outputs().forEach(output -> read.add(output.value()));
    nodes.removeIf(node -> node.op() instanceof Constant && !read.contains(node.result()));
    return new Graph(graph.name(), graph.inputs(), nodes, graph.outputs());
  }

  /// The normalisation takes over the result, so that nothing else changes.
  private void normalized(Node node, Convolution convolution, Statistics observed) {
    String base = node.result().name();
    Convolution plain =
        new Convolution(
            convolution.input(),
            convolution.weight(),
            Optional.empty(),
            convolution.window(),
            convolution.groups(),
            convolution.epilogue());
    Node convolved = Node.of(plain, base + ".convolved", node.location());
    double[] scale =
        DoubleStream.of(observed.variance()).map(v -> Math.sqrt(v + EPSILON)).toArray();
    double[] mean = observed.mean();
    convolution
        .bias()
        .ifPresent(bias -> {
          double[] moved = Objects.requireNonNull(constants.get(bias)).toDoubles();
          for (int channel = 0; channel < mean.length; channel++) {
            mean[channel] -= moved[channel];
          }
        });
    nodes.add(convolved);
    BatchNormalization normalization =
        new BatchNormalization(
            convolved.result(),
            constant(node, base + ".scale", scale),
            constant(node, base + ".shift", observed.mean()),
            constant(node, base + ".mean", mean),
            constant(node, base + ".variance", observed.variance()),
            EPSILON);
    nodes.add(new Node(normalization, node.result(), node.location()));
  }

  private Value constant(Node node, String label, double[] values) {
    Tensor tensor = Tensor.ofDoubles(List.of((long) values.length), values);
    Node made = Node.of(new Constant(label, tensor.convert(DataType.F32)), label, node.location());
    nodes.add(made);
    return made.result();
  }
}
