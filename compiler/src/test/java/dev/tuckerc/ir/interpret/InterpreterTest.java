package dev.tuckerc.ir.interpret;

import static dev.tuckerc.ir.interpret.Operands.shape;
import static dev.tuckerc.ir.interpret.Operands.tensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InterpreterTest {
  private static final Value INPUT =
      new Value(
          "x", TensorType.of(DataType.F32, new Shape(List.of(new Dim.Symbolic("N"), Dim.of(2)))));

  private static Graph graph(UnaryFunction function) {
    Node first =
        Node.of(
            new Pointwise(
                List.of(INPUT),
                new ScalarExpression.Unary(function, new ScalarExpression.Operand(0))),
            "a",
            Location.of(0, "activation", "Relu"));
    Node second =
        Node.of(
            new Reduce(Reduce.Kind.SUM, first.result(), List.of(1L), false),
            "b",
            Location.of(1, "sum", "ReduceSum"));
    return new Graph(
        "g",
        List.of(INPUT),
        List.of(first, second),
        List.of(new Graph.Output("total", second.result()), new Graph.Output("same", INPUT)));
  }

  @Test
  void runsASymbolicGraphAndShowsEveryValue() {
    Tensor x = tensor(DataType.F32, shape(2, 2), 1, -2, 3, 4);
    List<String> seen = new ArrayList<>();
    Map<String, Tensor> outputs =
        Interpreter.run(
            graph(UnaryFunction.RELU),
            Map.of("x", x),
            Accumulation.FAST,
            (node, value) -> seen.add(node.result().name() + value.shape()));
    assertThat(outputs.keySet()).containsExactly("total", "same");
    assertThat(outputs.get("total").toDoubles()).containsExactly(1, 7);
    assertThat(outputs.get("same")).isSameAs(x);
    assertThat(seen).containsExactly("a[2, 2]", "b[2]");
  }

  @Test
  void badInputsAreNamed() {
    Graph graph = graph(UnaryFunction.RELU);
    assertThatThrownBy(() -> Interpreter.run(graph, Map.of()))
        .isInstanceOf(IrException.class)
        .hasMessage("graph 'g' needs input 'x': f32[N,2]");
    Tensor wrong = tensor(DataType.F32, shape(2, 3));
    assertThatThrownBy(() -> Interpreter.run(graph, Map.of("x", wrong)))
        .isInstanceOf(IrException.class)
        .hasMessageContaining("input 'x' has to be f32[N,2], not f32[2, 3]");
  }

  @Test
  void failuresNameTheNode() {
    Tensor x = tensor(DataType.F32, shape(1, 2));
    assertThatThrownBy(() -> Interpreter.run(graph(UnaryFunction.BITWISE_NOT), Map.of("x", x)))
        .isInstanceOf(IrException.class)
        .hasMessageContaining("Relu 'activation' (node 0)")
        .hasMessageContaining("bitwise_not is not defined on f32");
  }
}
