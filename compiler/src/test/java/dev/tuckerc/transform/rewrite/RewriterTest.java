package dev.tuckerc.transform.rewrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.Remark;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RewriterTest {
  private final Value x = new Value("x", TensorType.of(DataType.F32, 2, 3));
  private final List<Node> nodes = new ArrayList<>();

  @Test
  void appliesRulesToAFixpointAndFusesLocations() {
    Value a = unary(UnaryFunction.RELU, x, "a");
    Value b = unary(UnaryFunction.RELU, a, "b");
    Value c = unary(UnaryFunction.RELU, b, "c");
    PassContext context = PassContext.of(Precision.FP32);

    Graph result = new Rewriter("test", List.of(new ReluOfRelu())).run(graph(c), context);

    assertThat(result.nodes()).hasSize(1);
    Node only = result.nodes().getFirst();
    assertThat(only.op().operands()).containsExactly(x);
    assertThat(only.location().origins()).extracting(Location.Origin::name).contains("a", "c");
    assertThat(result.outputs().getFirst().value()).isSameAs(only.result());
    assertThat(result.outputs().getFirst().name()).isEqualTo("y");
    assertThat(context.remarks()).extracting(Remark::rule).containsOnly("ReluOfRelu");
  }

  @Test
  void keepsTheGraphWhenNothingApplies() {
    Graph graph = graph(unary(UnaryFunction.ABS, x, "a"));

    assertThat(new Rewriter("test", List.of(new ReluOfRelu())).run(graph, context()))
        .isSameAs(graph);
  }

  @Test
  void keepsWhatHasOtherUses() {
    Value a = unary(UnaryFunction.RELU, x, "a");
    Value b = unary(UnaryFunction.RELU, a, "b");
    Value sum = binary(a, b, "sum");

    Graph result = new Rewriter("test", List.of(new ReluOfRelu())).run(graph(sum), context());

    assertThat(result.nodes())
        .extracting(node -> node.result().name())
        .containsExactly("a", "b", "sum");
    assertThat(result.nodes().get(1).op().operands()).containsExactly(x);
  }

  @Test
  void removesDeadNodes() {
    Value a = unary(UnaryFunction.RELU, x, "a");
    unary(UnaryFunction.ABS, a, "dead");

    Graph result = Rewriter.removeDeadNodes(graph(a));

    assertThat(result.nodes()).extracting(Node::result).containsExactly(a);
  }

  @Test
  void reportsWhyARuleDidNotApply() {
    Graph graph = graph(unary(UnaryFunction.ABS, x, "a"));
    PassContext context = context();
    RewriteRule shy = (node, site) -> site.missed("not today");

    new Rewriter("test", List.of(shy)).run(graph, context);

    assertThat(context.remarks()).extracting(Remark::message).containsExactly("not today");
  }

  @Test
  void stopsRulesThatRunInACircle() {
    Graph graph = graph(unary(UnaryFunction.ABS, x, "a"));
    RewriteRule circle = (node, site) -> Optional.of(site.emit(node.op()));

    assertThatThrownBy(() -> new Rewriter("test", List.of(circle)).run(graph, context()))
        .isInstanceOf(IrException.class)
        .hasMessageContaining("pass test does not end");
  }

  /// relu(relu(x)) => relu(x)
  private static final class ReluOfRelu implements RewriteRule {
    @Override
    public Optional<Value> apply(Node node, RewriteContext context) {
      if (!isRelu(node)) {
        return Optional.empty();
      }
      return context
          .definition(node.op().operands().getFirst())
          .filter(ReluOfRelu::isRelu)
          .map(inner -> context.emit(inner.op(), inner));
    }

    private static boolean isRelu(Node node) {
      return node.op() instanceof Pointwise(var operands, ScalarExpression.Unary(var f, _))
          && operands.size() == 1
          && f == UnaryFunction.RELU;
    }
  }

  private PassContext context() {
    return PassContext.of(Precision.FP32);
  }

  private Value unary(UnaryFunction function, Value operand, String name) {
    return add(List.of(operand), new ScalarExpression.Unary(function, new Operand(0)), name);
  }

  private Value binary(Value a, Value b, String name) {
    return add(
        List.of(a, b),
        new ScalarExpression.Binary(BinaryFunction.ADD, new Operand(0), new Operand(1)),
        name);
  }

  private Value add(List<Value> operands, ScalarExpression body, String name) {
    Location location = Location.of(nodes.size(), name, "Test");
    nodes.add(Node.of(new Pointwise(operands, body), name, location));
    return nodes.getLast().result();
  }

  private Graph graph(Value output) {
    return new Graph("test", List.of(x), nodes, List.of(new Graph.Output("y", output)));
  }
}
