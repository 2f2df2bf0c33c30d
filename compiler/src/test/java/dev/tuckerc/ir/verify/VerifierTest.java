package dev.tuckerc.ir.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.RandomGraphs;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Softmax;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class VerifierTest {
  private static final Value X = new Value("x", TensorType.of(DataType.F32, 1, 2));
  private static final ScalarExpression X0 = new ScalarExpression.Operand(0);

  private static Graph graph(List<Node> nodes, Value output) {
    return new Graph("g", List.of(X), nodes, List.of(new Graph.Output("y", output)));
  }

  private static void refused(Graph graph, String... parts) {
    assertThatThrownBy(() -> Verifier.verify(graph))
        .isInstanceOf(IrException.class)
        .hasMessageStartingWith("graph 'g': ")
        .hasMessageContainingAll(parts);
  }

  @Property(tries = 100)
  void wellFormedGraphsPass(@ForAll long seed) {
    Graph graph = RandomGraphs.generate(seed, 12, true);
    // Random constants may share a label; all else is well formed.
    try {
      assertThat(Verifier.verify(graph)).isSameAs(graph);
    } catch (IrException e) {
      assertThat(e).hasMessageContaining("two different constants are labelled");
    }
  }

  @Test
  void usesBeforeDefinitions() {
    Node first = Node.of(new Relayout(X), "a", Location.of(3, "first", "Relu"));
    Node second = Node.of(new Relayout(first.result()), "b", Location.of(4, "second", "Add"));
    refused(
        graph(List.of(second, first), second.result()),
        "node 0, relayout '%b' from Add 'second' (node 4): uses %a: f32[1,2]");
    refused(graph(List.of(first), second.result()), "output 'y' is %b", "no node defines");
    refused(graph(List.of(first, first), X), "node 1", "defined a second time");
  }

  @Test
  void inputsAndOutputsAreNamedApart() {
    Value again = new Value("x", X.type());
    refused(new Graph("g", List.of(X, again), List.of(), List.of()), "two inputs are named 'x'");
    refused(
        new Graph(
            "g",
            List.of(X),
            List.of(),
            List.of(new Graph.Output("y", X), new Graph.Output("y", X))),
        "two outputs are named 'y'");
  }

  @Test
  void constantsOfOneLabelAreOne() {
    Node a = Node.of(new Constant("w", Tensor.ofLongs(List.of(1L), 1)), "a", Location.NONE);
    Node b = Node.of(new Constant("w", Tensor.ofLongs(List.of(1L), 2)), "b", Location.NONE);
    Node same = Node.of(new Constant("w", Tensor.ofLongs(List.of(1L), 1)), "c", Location.NONE);
    refused(graph(List.of(a, b), X), "node 1", "two different constants are labelled 'w'");
    Verifier.verify(graph(List.of(a, same), X));
  }

  @Test
  void functionsOnTypesTheyAreNotDefinedOn() {
    Value i = new Value("i", TensorType.of(DataType.I64, 2));
    Node sqrt =
        Node.of(
            new Pointwise(List.of(i), new ScalarExpression.Unary(UnaryFunction.SQRT, X0)),
            "s",
            Location.NONE);
    refused(new Graph("g", List.of(i), List.of(sqrt), List.of()), "sqrt is not defined on i64");
    Node and =
        Node.of(
            new Pointwise(List.of(X), new ScalarExpression.Binary(BinaryFunction.AND, X0, X0)),
            "s",
            Location.NONE);
    refused(graph(List.of(and), X), "and is not defined on f32");
    Node softmax = Node.of(new Softmax(i, 0, false), "s", Location.NONE);
    refused(
        new Graph("g", List.of(i), List.of(softmax), List.of()),
        "softmax needs floating-point operands, not i64");
  }

  @Test
  void operandsOfAConvolution() {
    Value x = new Value("x", TensorType.of(DataType.F32, 1, 2, 4));
    Value w = new Value("w", TensorType.of(DataType.F16, 3, 2, 1));
    Convolution mixed =
        new Convolution(x, w, Optional.empty(), Window.of(List.of(1L)), 1, Epilogue.NONE);
    refused(
        new Graph("g", List.of(x, w), List.of(Node.of(mixed, "c", Location.NONE)), List.of()),
        "conv of f32[1,2,4] and f16[3,2,1]: element types differ");
    Value same = new Value("w", TensorType.of(DataType.F32, 3, 2, 1));
    Convolution idle =
        new Convolution(
            x, same, Optional.empty(), Window.of(List.of(1L)), 1, new Epilogue(X0, List.of(same)));
    assertThatThrownBy(() -> Node.of(idle, "c", Location.NONE)).isInstanceOf(IrException.class);
  }
}
