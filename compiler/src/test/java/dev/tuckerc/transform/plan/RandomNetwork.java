package dev.tuckerc.transform.plan;

import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.transform.region.StageCosts;
import dev.tuckerc.transform.testing.FakeKernels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/// A small network of convolutions, activations and shortcuts with random alternatives, errors and
/// kernels.
final class RandomNetwork {
  /// Errors are whole multiples of a part, so that sums are exact.
  static final double PART = 1.0 / 64;

  private static final int CHANNELS = 64;

  final Graph graph;
  final Map<Node, List<Alternative>> alternatives = new IdentityHashMap<>();
  final LayerCostModel model;
  private final SplittableRandom random;
  private final List<Node> nodes = new ArrayList<>();
  private final List<Node> layers = new ArrayList<>();

  /// @param mostLayers of those with alternatives
  /// @param mostPlans bounds the product of their numbers of alternatives
  RandomNetwork(long seed, int mostLayers, long mostPlans) {
    random = new SplittableRandom(seed);
    Value input = value(CHANNELS);
    Value last = input;
    List<Value> earlier = new ArrayList<>();
    int count = 1 + random.nextInt(mostLayers);
    long plans = 1;
    for (int i = 0; i < count; i++) {
      Node layer = convolution(last, CHANNELS, random.nextInt(3) > 0 ? 3 : 1);
      nodes.add(layer);
      layers.add(layer);
      int most = (int) Math.min(5, mostPlans / plans - 1);
      int extra = most < 1 ? 0 : random.nextInt(most + 1);
      alternatives.put(layer, alternatives(layer, extra));
      plans *= Objects.requireNonNull(alternatives.get(layer)).size();
      last = layer.result();
      earlier.add(last);
      // An activation, a shortcut from any earlier result, or nothing.
      int after = random.nextInt(3);
      if (after == 1) {
        last = pointwise(List.of(last), relu(new ScalarExpression.Operand(0)));
      } else if (after == 2 && earlier.size() > 1) {
        Value shortcut = earlier.get(random.nextInt(earlier.size() - 1));
        last =
            pointwise(
                List.of(last, shortcut),
                relu(
                    new ScalarExpression.Binary(
                        BinaryFunction.ADD,
                        new ScalarExpression.Operand(0),
                        new ScalarExpression.Operand(1))));
      }
      earlier.add(last);
      if (random.nextInt(4) == 0) {
        // The next layer branches off.
        last = earlier.get(random.nextInt(earlier.size()));
      }
    }
    List<Graph.Output> outputs = new ArrayList<>();
    for (Value value : earlier) {
      boolean read = nodes.stream().anyMatch(node -> node.op().operands().contains(value));
      if (!read || random.nextInt(8) == 0) {
        outputs.add(new Graph.Output("y" + outputs.size(), value));
      }
    }
    graph = new Graph("random", List.of(input), nodes, outputs);
    long salt = random.nextLong();
    Map<String, Double> kernels = new HashMap<>();
    model =
        new LayerCostModel() {
          @Override
          public Estimate estimate(Convolution convolution) {
            return FakeKernels.estimate(time(signature(convolution)));
          }

          @Override
          public Optional<Estimate> estimate(Region region) {
            List<Node> body = region.body().nodes();
            StringBuilder signature = new StringBuilder();
            body.forEach(node -> signature.append(signature(node.op())).append(';'));
            signature.append(region.resultTypes().size());
            // No kernel computes more than four stages: one that cannot be has no longer one.
            return body.size() > 4
                ? Optional.empty()
                : Optional.of(
                    FakeKernels.estimate(
                        time(
                            body.size() == 1
                                ? signature(body.getFirst().op())
                                : signature.toString())));
          }

          /// Whole numbers, so that sums are exact in any order.
          private double time(String signature) {
            synchronized (kernels) {
              return kernels.computeIfAbsent(
                  signature,
                  text -> 1.0 + new SplittableRandom(salt ^ text.hashCode() * 31L).nextInt(40));
            }
          }
        };
  }

  private static String signature(dev.tuckerc.ir.Op op) {
    return op.name()
        + op.operands().stream().map(operand -> operand.shape().toString()).toList()
        + op.resultType().shape();
  }

  private static ScalarExpression relu(ScalarExpression argument) {
    return new ScalarExpression.Unary(UnaryFunction.RELU, argument);
  }

  private Value pointwise(List<Value> operands, ScalarExpression body) {
    Pointwise op = new Pointwise(operands, body);
    Value result = new Value("p", op.resultType().withLayout(Layout.NHWC));
    nodes.add(new Node(op, result, Location.NONE));
    return result;
  }

  private List<Alternative> alternatives(Node layer, int extra) {
    Convolution dense = (Convolution) layer.op();
    long kernel = dense.window().kernel().getFirst();
    List<Alternative> made = new ArrayList<>(List.of(new Alternative(List.of(layer), 0)));
    List<String> known = new ArrayList<>();
    while (made.size() <= extra) {
      int in = 8 * (1 + random.nextInt(3));
      int out = 8 * (1 + random.nextInt(3));
      int form = kernel == 1 ? 0 : random.nextInt(3);
      String text = form + ":" + (form == 1 ? 0 : in) + ":" + (form == 2 || kernel == 1 ? 0 : out);
      if (known.contains(text)) {
        extra -= random.nextInt(2);
        continue;
      }
      known.add(text);
      double error = PART * random.nextInt(24);
      List<Node> steps = new ArrayList<>();
      if (kernel == 1) {
        steps.add(convolution(dense.input(), in, 1));
      } else {
        if (form != 1) {
          steps.add(convolution(dense.input(), in, 1));
        }
        Value read = steps.isEmpty() ? dense.input() : steps.getLast().result();
        if (form == 2) {
          steps.add(new Node(convolution(read, CHANNELS, 3).op(), layer.result(), Location.NONE));
          made.add(new Alternative(steps, error));
          continue;
        }
        steps.add(convolution(read, out, 3));
      }
      Value read = steps.getLast().result();
      steps.add(new Node(convolution(read, CHANNELS, 1).op(), layer.result(), Location.NONE));
      made.add(new Alternative(steps, error));
    }
    return made;
  }

  private static Value value(long channels) {
    return new Value("x", TensorType.of(DataType.F16, 1, channels, 8, 8).withLayout(Layout.NHWC));
  }

  private static Node convolution(Value input, long outputs, long kernel) {
    long pad = kernel / 2;
    Window window =
        new Window(
            List.of(kernel, kernel),
            List.of(1L, 1L),
            List.of(pad, pad),
            List.of(pad, pad),
            List.of(1L, 1L));
    Value weight =
        new Value(
            "w", TensorType.of(DataType.F16, outputs, input.shape().extent(1), kernel, kernel));
    return new Node(
        new Convolution(input, weight, Optional.empty(), window, 1, Epilogue.NONE),
        value(outputs),
        Location.NONE);
  }

  KernelCosts costs() {
    StageCosts costs = new StageCosts(model);
    return (List<Node> stages, Predicate<Value> stored) -> costs.microseconds(stages, stored);
  }

  /// All plans, each as one alternative for every layer.
  List<Map<Node, Integer>> plans() {
    List<Map<Node, Integer>> plans = new ArrayList<>(List.of(new IdentityHashMap<>()));
    for (Node layer : layers) {
      List<Map<Node, Integer>> longer = new ArrayList<>();
      for (Map<Node, Integer> plan : plans) {
        for (int i = 0; i < Objects.requireNonNull(alternatives.get(layer)).size(); i++) {
          Map<Node, Integer> next = new IdentityHashMap<>(plan);
          next.put(layer, i);
          longer.add(next);
        }
      }
      plans = longer;
    }
    return plans;
  }

  /// The network with the alternatives of a plan in the place of its layers.
  Graph with(Map<Node, Integer> plan) {
    List<Node> replaced = new ArrayList<>();
    for (Node node : nodes) {
      Integer choice = plan.get(node);
      if (choice == null) {
        replaced.add(node);
      } else {
        replaced.addAll(Objects.requireNonNull(alternatives.get(node)).get(choice).steps());
      }
    }
    return new Graph(graph.name(), graph.inputs(), replaced, graph.outputs());
  }

  double error(Map<Node, Integer> plan) {
    double sum = 0;
    for (Map.Entry<Node, Integer> choice : plan.entrySet()) {
      sum +=
          Objects.requireNonNull(alternatives.get(choice.getKey())).get(choice.getValue()).error();
    }
    return sum;
  }

  Map<Node, Integer> dense() {
    Map<Node, Integer> dense = new IdentityHashMap<>();
    layers.forEach(layer -> dense.put(layer, 0));
    return dense;
  }
}
