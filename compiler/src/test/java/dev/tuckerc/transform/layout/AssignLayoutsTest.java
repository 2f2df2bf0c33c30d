package dev.tuckerc.transform.layout;

import static dev.tuckerc.transform.testing.Equivalence.assertEquivalent;
import static dev.tuckerc.transform.testing.Equivalence.operations;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.memory.Aliases;
import dev.tuckerc.transform.testing.GraphBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

class AssignLayoutsTest {
  private final GraphBuilder builder = new GraphBuilder();
  private final PassContext context = PassContext.of(Precision.FP32);

  private Graph checked(Value... results) {
    Graph before = builder.graph(results);
    Graph after = new AssignLayouts().run(before, context);
    assertEquivalent(before, after, 0);
    assertThat(after.outputs()).allMatch(o -> o.value().type().layout().isRowMajor());
    assertThat(operations(new AssignLayouts().run(after, context)))
        .as("the pass is idempotent")
        .isEqualTo(operations(after));
    return after;
  }

  @Test
  void keepsConvolutionRegionsChannelsLast() {
    Value x = builder.input("x", 1, 3, 8, 8);
    Value a = builder.relu(builder.conv(x, 4, 3, "a"), "relu");
    Value b = builder.conv(a, 4, 3, "b");
    Value c = builder.add(new Concat(List.of(a, b), 1), "c");
    Value pool =
        builder.add(
            new Pool(Pool.Kind.MAXIMUM, c, GraphBuilder.window(2, 2, 2, 0), false, false), "pool");

    Graph after = checked(builder.conv(pool, 2, 1, "y"));

    assertThat(operations(after))
        .containsExactly(
            "relayout", "conv", "pointwise", "conv", "concat", "pool", "conv", "relayout");
    assertThat(after.nodes().stream().filter(n -> n.result().shape().rank() == 4).toList())
        .filteredOn(n -> !n.op().name().equals("constant") && !n.result().name().equals("y_rm"))
        .allMatch(n -> n.result().type().layout().equals(Layout.NHWC));
  }

  @Test
  void pointwiseWorkChangesTheLayoutOnTheWay() {
    Value x = builder.input("x", 1, 3, 8, 8);
    Value scaled = builder.binary(BinaryFunction.MULTIPLY, x, builder.weight("s", 3, 1, 1), "s");
    Value conv = builder.conv(scaled, 4, 3, "conv");

    Graph after = checked(builder.relu(conv, "y"));

    assertThat(operations(after)).containsExactly("pointwise", "conv", "pointwise");
  }

  @Test
  void relayoutsInFrontOfReshapes() {
    Value x = builder.input("x", 1, 3, 8, 8);
    Value conv = builder.conv(x, 4, 3, "conv");
    Value flat = builder.add(new Reshape(conv, Shape.of(1, 256)), "flat");

    Graph after = checked(flat, conv);

    assertThat(operations(after)).containsExactly("relayout", "conv", "relayout", "reshape");
  }

  @Test
  void movesNothingWhereOneLayoutIsTheOther() {
    Value x = builder.input("x", 1, 1, 8, 8);
    Value conv = builder.conv(x, 4, 3, "conv");
    Value mean = builder.add(new Reduce(Reduce.Kind.MEAN, conv, List.of(2L, 3L), true), "mean");
    Value flat = builder.add(new Reshape(mean, Shape.of(1, 4)), "flat");

    Graph after = checked(flat);

    List<Value> aliases = List.copyOf(Aliases.of(after).free());
    assertThat(after.nodes().stream().filter(n -> n.op().name().equals("relayout")).toList())
        .isNotEmpty()
        .allMatch(n -> aliases.contains(n.result()));
  }

  @Test
  void aTransposedImageIsChannelsLastAlready() {
    Value image = builder.input("image", 1, 8, 8, 3);
    Value x = builder.add(new Transpose(image, List.of(0L, 3L, 1L, 2L)), "x");

    Graph after = checked(builder.conv(x, 4, 3, "conv"));

    assertThat(operations(after)).containsExactly("transpose", "conv", "relayout");
    assertThat(Aliases.of(after).free()).extracting(Value::name).containsExactly("x");
  }

  @Test
  void graphsWithoutConvolutionsStayRowMajor() {
    Value x = builder.input("x", 1, 3, 8, 8);
    Graph graph = builder.graph(builder.relu(x, "y"));

    assertThat(new AssignLayouts().run(graph, context)).isSameAs(graph);
  }

  @Test
  void oneRelayoutServesSeveralUsers() {
    Value x = builder.input("x", 1, 3, 8, 8);
    Value a = builder.conv(x, 4, 3, "a");
    Value b = builder.conv(x, 4, 1, "b");

    Graph after =
        checked(
            builder.add(new Reshape(a, Shape.of(256)), "u"),
            builder.add(new Reshape(b, Shape.of(256)), "v"));

    assertThat(operations(after))
        .containsExactly("relayout", "conv", "conv", "relayout", "reshape", "relayout", "reshape");
  }
}
