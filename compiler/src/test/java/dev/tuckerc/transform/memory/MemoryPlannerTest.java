package dev.tuckerc.transform.memory;

import static dev.tuckerc.transform.testing.Equivalence.assertEquivalent;
import static dev.tuckerc.transform.testing.Equivalence.operations;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.testing.GraphBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class MemoryPlannerTest {
  private final GraphBuilder builder = new GraphBuilder();

  @Test
  void chainsShareTwoBuffers() {
    Value value = builder.input("x", 100);
    for (int i = 0; i < 6; i++) {
      value = builder.relu(value, "v" + i);
    }

    MemoryPlan plan = MemoryPlanner.plan(builder.graph(value));

    assertThat(plan.arenaBytes()).isEqualTo(2 * 512);
    assertThat(plan.lowerBound()).isEqualTo(2 * 512);
    assertThat(plan.naiveBytes()).isEqualTo(5 * 512);
    assertThat(plan.placement(value)).isEqualTo(new Placement.Output(0));
    assertThat(plan.summary())
        .isEqualTo("arena 1,024 bytes (at least 1,024; 2,560 without sharing)");
  }

  @Test
  void scratchLivesInOneLaunch() {
    Value value = builder.input("x", 100);
    List<Value> all = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      value = builder.relu(value, "v" + i);
      all.add(value);
    }

    MemoryPlan plan =
        MemoryPlanner.plan(builder.graph(value), Map.of(all.get(0), 1000L, all.get(2), 700L));

    // The third launch needs its operand, its result and its scratch.
    assertThat(plan.arenaBytes()).isEqualTo(512 + 512 + 768);
    assertThat(plan.scratch().keySet()).containsExactlyInAnyOrder(all.get(0), all.get(2));
    Placement.Arena scratch = plan.scratch().get(all.get(2));
    assertThat(scratch).extracting(Placement.Arena::bytes).isEqualTo(700L);
    for (Value live : List.of(all.get(1), all.get(2))) {
      Placement.Arena other = (Placement.Arena) plan.placement(live);
      assertThat(
              other.offset() + other.bytes() <= scratch.offset()
                  || scratch.offset() + scratch.bytes() <= other.offset())
          .isTrue();
    }
  }

  @Test
  void placesInputsOutputsAndConstants() {
    Value x = builder.input("x", 4);
    Value c = builder.weight("c", 4);
    Value y = builder.binary(BinaryFunction.ADD, x, c, "y");

    MemoryPlan plan = MemoryPlanner.plan(builder.graph(y));

    assertThat(plan.placements())
        .containsExactly(
            Map.entry(x, new Placement.Input(0)),
            Map.entry(c, new Placement.Constant()),
            Map.entry(y, new Placement.Output(0)));
    assertThat(plan.arenaBytes()).isZero();
  }

  @Test
  void aliasesShareTheStorageOfTheirRoot() {
    Value x = builder.input("x", 2, 64);
    Value a = builder.relu(x, "a");
    Value flat = builder.add(new Reshape(a, Shape.of(128)), "flat");
    Value half = builder.add(new Slice(flat, List.of(64L), Shape.of(64), List.of(1L)), "half");
    Value unaligned = builder.add(new Slice(flat, List.of(3L), Shape.of(64), List.of(1L)), "u");
    Value y = builder.binary(BinaryFunction.ADD, half, unaligned, "y");

    MemoryPlan plan = MemoryPlanner.plan(builder.graph(y));

    assertThat(plan.placement(flat)).isEqualTo(new Placement.Alias(a, 0));
    assertThat(plan.placement(half)).isEqualTo(new Placement.Alias(a, 256));
    assertThat(plan.placement(unaligned)).isInstanceOf(Placement.Arena.class);
    MemoryPlan.Address address = plan.address(half);
    assertThat(address.buffer()).isEqualTo(plan.placement(a));
    assertThat(address.owner()).isSameAs(a);
    assertThat(address.byteOffset()).isEqualTo(plan.address(a).byteOffset() + 256);
  }

  @Test
  void findsMovesThatMoveNothing() {
    Value x = builder.input("x", 1, 6, 1, 1);
    Value image = builder.input("image", 2, 3, 4, 5);
    Graph graph = builder.graph();
    TensorType vector = x.type().withLayout(Layout.NHWC);
    TensorType nhwc = image.type().withLayout(Layout.NHWC);
    Node free = new Node(new Relayout(x), new Value("free", vector), Location.NONE);
    Node moved = new Node(new Relayout(image), new Value("moved", nhwc), Location.NONE);
    Node seen =
        Node.of(new Transpose(moved.result(), List.of(0L, 2L, 3L, 1L)), "seen", Location.NONE);
    Node flat = Node.of(new Reshape(moved.result(), Shape.of(120)), "flat", Location.NONE);

    Aliases aliases =
        Aliases.of(new Graph("test", graph.inputs(), List.of(free, moved, seen, flat), List.of()));

    assertThat(aliases.free()).containsExactly(free.result(), seen.result());
  }

  @Test
  void copiesOutputsWithoutStorageOfTheirOwn() {
    Value x = builder.input("x", 2, 3);
    Value y = builder.relu(x, "y");
    Value flat = builder.add(new Reshape(y, Shape.of(6)), "flat");
    Value c = builder.weight("c", 2);
    builder.output("a", y);
    builder.output("b", flat);
    builder.output("same", y);
    builder.output("input", x);
    builder.output("constant", c);
    Graph before = builder.graph();

    assertThatThrownBy(() -> MemoryPlanner.plan(before))
        .isInstanceOf(IrException.class)
        .hasMessageContaining("own-outputs");
    Graph after = new OwnOutputs().run(before, PassContext.of(Precision.FP32));

    assertEquivalent(before, after, 0);
    assertThat(operations(after))
        .containsExactly(
            "pointwise", "reshape", "pointwise", "pointwise", "pointwise", "pointwise");
    MemoryPlan plan = MemoryPlanner.plan(after);
    assertThat(after.outputs().stream().map(o -> plan.address(o.value()).buffer()).toList())
        .containsExactlyElementsOf(
            IntStream.range(0, 5).mapToObj(i -> (Placement) new Placement.Output(i)).toList());
  }

  @Test
  void anOutputMayBeAnAliasOfAComputedValue() {
    Value x = builder.input("x", 2, 3);
    Value y = builder.relu(x, "y");
    Value flat = builder.add(new Reshape(y, Shape.of(6)), "flat");
    Graph graph = builder.graph(flat);

    assertThat(new OwnOutputs().run(graph, PassContext.of(Precision.FP32))).isSameAs(graph);
    MemoryPlan plan = MemoryPlanner.plan(graph);
    assertThat(plan.placement(y)).isEqualTo(new Placement.Output(0));
    assertThat(plan.placement(flat)).isEqualTo(new Placement.Alias(y, 0));
  }

  /// Values that live at the same time never share a byte; the arena holds them all, needs at least
  /// the lower bound and at most the sum; everything is aligned.
  @Property(tries = 200)
  void noTwoLiveValuesOverlap(@ForAll long seed) {
    Graph graph =
        new OwnOutputs().run(randomGraph(new Random(seed)), PassContext.of(Precision.FP32));

    MemoryPlan plan = MemoryPlanner.plan(graph);

    assertThat(plan.lowerBound()).isLessThanOrEqualTo(plan.arenaBytes());
    assertThat(plan.arenaBytes()).isLessThanOrEqualTo(plan.naiveBytes());
    simulate(graph, plan);
  }

  /// Runs the plan with byte ranges in place of data: a value must still be in its bytes at every
  /// use.
  private static void simulate(Graph graph, MemoryPlan plan) {
    Map<Long, Value> ownerOfBlock = new HashMap<>();
    for (Node node : graph.nodes()) {
      boolean runs =
          !(node.op() instanceof Constant)
              && !(plan.placement(node.result()) instanceof Placement.Alias);
      if (!runs) {
        continue;
      }
      for (Value operand : node.op().operands()) {
        assertIntact(operand, plan, ownerOfBlock);
      }
      if (plan.placement(node.result()) instanceof Placement.Arena(long offset, long bytes)) {
        assertThat(offset % Aliases.ALIGNMENT).isZero();
        assertThat(offset + bytes).isLessThanOrEqualTo(plan.arenaBytes());
        for (long block = offset / 256; block * 256 < offset + bytes; block++) {
          ownerOfBlock.put(block, node.result());
        }
        // A kernel reads its operands while it writes its result.
        node.op().operands().forEach(operand -> assertIntact(operand, plan, ownerOfBlock));
      }
    }
  }

  private static void assertIntact(Value value, MemoryPlan plan, Map<Long, Value> ownerOfBlock) {
    MemoryPlan.Address address = plan.address(value);
    if (address.buffer() instanceof Placement.Arena(long offset, long bytes)) {
      for (long block = offset / 256; block * 256 < offset + bytes; block++) {
        assertThat(ownerOfBlock.get(block))
            .as("owner of block %d", block)
            .isSameAs(address.owner());
      }
    }
  }

  private static Graph randomGraph(Random random) {
    GraphBuilder builder = new GraphBuilder(random.nextLong());
    List<Value> values = new ArrayList<>();
    values.add(builder.input("x", DataType.F32, 64 * (1 + random.nextInt(20)), 2));
    int count = 2 + random.nextInt(40);
    for (int i = 0; i < count; i++) {
      Value operand = values.get(values.size() - 1 - random.nextInt(Math.min(values.size(), 6)));
      String name = "v" + i;
      long rows = operand.shape().extent(0);
      values.add(
          switch (random.nextInt(4)) {
            case 0 -> builder.unary(UnaryFunction.ABS, operand, name);
            case 1 -> builder.binary(BinaryFunction.ADD, operand, operand, name);
            case 2 -> builder.add(new Reshape(operand, operand.shape()), name);
            default ->
                rows < 2
                    ? builder.relu(operand, name)
                    : builder.add(
                        new Slice(
                            operand,
                            List.of(rows / 2, 0L),
                            Shape.of(rows - rows / 2, 2),
                            List.of(1L, 1L)),
                        name);
          });
    }
    builder.output("last", values.getLast());
    builder.output("any", values.get(random.nextInt(values.size())));
    return builder.graph();
  }
}
