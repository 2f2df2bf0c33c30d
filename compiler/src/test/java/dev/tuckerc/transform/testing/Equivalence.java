package dev.tuckerc.transform.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.ir.verify.Verifier;
import dev.tuckerc.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Checks that two graphs compute the same.
public final class Equivalence {
  private Equivalence() {}

  /// Fails unless both graphs give the same outputs on random inputs.
  ///
  /// @param tolerance largest error, relative to the largest magnitude of each output
  public static void assertEquivalent(Graph expected, Graph actual, double tolerance) {
    Verifier.verify(actual);
    Map<String, Tensor> inputs = randomInputs(expected, 7);
    Map<String, Tensor> before = Interpreter.run(expected, inputs);
    Map<String, Tensor> after = Interpreter.run(actual, inputs);
    assertThat(after.keySet()).containsExactlyElementsOf(before.keySet());
    before.forEach((name, tensor) -> assertClose(name, tensor, after.get(name), tolerance));
  }

  public static void assertClose(String name, Tensor expected, Tensor actual, double tolerance) {
    assertThat(actual.type()).as(name).isEqualTo(expected.type());
    assertThat(actual.shape()).as(name).isEqualTo(expected.shape());
    double range = 0;
    for (int i = 0; i < expected.size(); i++) {
      range = Math.max(range, Math.abs(expected.getDouble(i)));
    }
    for (int i = 0; i < expected.size(); i++) {
      double error = Math.abs(expected.getDouble(i) - actual.getDouble(i));
      if (!(error <= tolerance * range)) {
        throw new AssertionError(
            name
                + "["
                + i
                + "]: expected "
                + expected.getDouble(i)
                + ", was "
                + actual.getDouble(i)
                + " (range "
                + range
                + ")");
      }
    }
  }

  public static Map<String, Tensor> randomInputs(Graph graph, long seed) {
    Random random = new Random(seed);
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    for (Value input : graph.inputs()) {
      long[] extents = input.shape().extents().stream().mapToLong(n -> n).toArray();
      inputs.put(input.name(), RandomTensors.normal(random, input.type().elementType(), extents));
    }
    return inputs;
  }

  /// Names of the operations, constants left out.
  public static List<String> operations(Graph graph) {
    return graph.nodes().stream()
        .map(node -> node.op().name())
        .filter(name -> !name.equals("constant"))
        .toList();
  }
}
