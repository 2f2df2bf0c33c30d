package dev.tuckerc.training.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FactorScalesTest {
  private final Random random = new Random(3);
  private final List<Node> nodes = new ArrayList<>();

  @Test
  void theModelComputesTheSameWithEqualNorms() {
    Value x = new Value("x", TensorType.of(DataType.F32, 2, 6, 5, 5));
    Value reduced = convolution("reduce", x, 0.01, 3, 6, 1, 1);
    Value core = convolution("core", reduced, 1, 4, 3, 3, 1);
    checkEqualNorms(convolution("expand", core, 30, 8, 4, 1, 1));
  }

  /// A CP decomposition: one kernel of taps for each term.
  @Test
  void depthwiseFactorsAreScaledToo() {
    Value x = new Value("x", TensorType.of(DataType.F32, 2, 6, 5, 5));
    Value reduced = convolution("reduce", x, 0.01, 3, 6, 1, 1);
    Value taps = convolution("depthwise", reduced, 1, 3, 1, 3, 3);
    checkEqualNorms(convolution("expand", taps, 30, 8, 3, 1, 1));
  }

  /// Two channels to a group, and three kernels for each of them: channels of the wide side are
  /// counted group by group.
  @Test
  void groupsAreScaledChannelByChannel() {
    Value x = new Value("x", TensorType.of(DataType.F32, 2, 6, 5, 5));
    Value first = convolution("first", x, 0.01, 4, 3, 1, 2);
    Value grouped = convolution("grouped", first, 1, 6, 2, 3, 2);
    checkEqualNorms(convolution("last", grouped, 30, 8, 6, 1, 1));
  }

  private void checkEqualNorms(Value y) {
    Value x = nodes.get(1).op().operands().getFirst();
    Graph graph = new Graph("chain", List.of(x), nodes, List.of(new Graph.Output("y", y)));
    Map<String, Tensor> inputs = Map.of("x", tensor(1, 2, 6, 5, 5));
    Tensor before = Interpreter.run(graph, inputs).get("y");
    Graph equal;
    try (TrainableModel model = TrainableModel.of(graph)) {
      assertThat(FactorScales.equalize(model)).isEqualTo(2);
      equal = model.graph();
    }
    Tensor after = Interpreter.run(equal, inputs).get("y");
    for (int i = 0; i < before.size(); i++) {
      assertThat(after.getDouble(i)).isCloseTo(before.getDouble(i), within(1e-4));
    }
    List<Tensor> weights =
        equal.nodes().stream()
            .filter(node -> node.op() instanceof Constant)
            .map(node -> ((Constant) node.op()).tensor())
            .toList();
    double first = norm(weights.get(0));
    assertThat(norm(weights.get(1))).isCloseTo(first, within(1e-3 * first));
    assertThat(norm(weights.get(2))).isCloseTo(first, within(1e-3 * first));
  }

  private static double norm(Tensor tensor) {
    double sum = 0;
    for (int i = 0; i < tensor.size(); i++) {
      sum += tensor.getDouble(i) * tensor.getDouble(i);
    }
    return Math.sqrt(sum);
  }

  private Value convolution(
      String name, Value input, double scale, long outputs, long inputs, long kernel, int groups) {
    Node weight =
        Node.of(
            new Constant(name, tensor(scale, outputs, inputs, kernel, kernel)),
            name,
            Location.NONE);
    nodes.add(weight);
    Convolution op =
        new Convolution(
            input,
            weight.result(),
            Optional.empty(),
            Window.of(List.of(kernel, kernel)),
            groups,
            Epilogue.NONE);
    Node node = Node.of(op, name + ".y", Location.NONE);
    nodes.add(node);
    return node.result();
  }

  private Tensor tensor(double scale, long... extents) {
    List<Long> shape = java.util.stream.LongStream.of(extents).boxed().toList();
    float[] values = new float[Tensor.elementCount(shape)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return Tensor.ofFloats(shape, values);
  }
}
