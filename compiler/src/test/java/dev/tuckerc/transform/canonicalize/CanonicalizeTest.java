package dev.tuckerc.transform.canonicalize;

import static dev.tuckerc.transform.testing.Equivalence.assertEquivalent;
import static dev.tuckerc.transform.testing.Equivalence.operations;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Broadcast;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Literal;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.testing.GraphBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Rules of the canonical form; those on scales are in [FoldScalesTest].
class CanonicalizeTest extends CanonicalizeSetup {
  @Test
  void foldsConstantsButNoHugeOnes() {
    Value x = builder.input("x", 1, 4);
    Value folded = builder.relu(builder.weight("w", 1, 4), "folded");
    Value huge =
        builder.add(new Broadcast(builder.weight("c", 1, 4), Shape.of(200_000, 4)), "huge");
    Value row =
        builder.add(new Slice(huge, List.of(5L, 0L), Shape.of(1, 4), List.of(1L, 1L)), "row");
    Value sum = builder.binary(BinaryFunction.ADD, x, folded, "sum");

    Graph after = checked(builder.binary(BinaryFunction.ADD, sum, row, "y"));

    assertThat(operations(after)).containsExactly("broadcast", "slice", "pointwise", "pointwise");
    assertThat(context.remarks()).anyMatch(r -> r.message().contains("3200000 bytes"));
  }

  @Test
  void foldsWeightsOfAnySize() {
    Value x = builder.input("x", 1, 600);
    Value row = builder.weight("row", 600, 1);
    Value wide = builder.add(new Broadcast(row, Shape.of(600, 500)), "wide");
    Value turned = builder.add(new Transpose(wide, List.of(1L, 0L)), "turned");
    Value back = builder.add(new Transpose(turned, List.of(1L, 0L)), "back");

    Graph after = checked(builder.add(new MatMul(x, back, Epilogue.NONE), "y"));

    assertThat(operations(after)).containsExactly("matmul");
  }

  @Test
  void removesIdentities() {
    Value x = builder.input("x", 1, 2, 4, 4);
    Value a = builder.add(new Reshape(x, Shape.of(1, 2, 4, 4)), "reshape");
    Value b = builder.add(new Transpose(a, List.of(0L, 1L, 2L, 3L)), "transpose");
    Value c =
        builder.add(
            new Slice(b, List.of(0L, 0L, 0L, 0L), Shape.of(1, 2, 4, 4), List.of(-1L, 1L, 1L, 1L)),
            "slice");
    List<Long> zeros = List.of(0L, 0L, 0L, 0L);
    Value d = builder.add(new Pad(c, zeros, zeros, Pad.Mode.CONSTANT, 3), "pad");
    Value e = builder.add(new Concat(List.of(d), 1), "concat");
    Value f = builder.pointwise(new Convert(DataType.F32, new Operand(0)), "cast", e);
    Value g =
        builder.add(
            new Pool(Pool.Kind.AVERAGE, f, GraphBuilder.window(2, 1, 1, 0), false, false), "pool");
    Value h = builder.add(new Reduce(Reduce.Kind.SUM, g, List.of(0L), true), "reduce");
    Value one = builder.constant("one", Tensor.scalar(DataType.F32, 1));
    Value zero = builder.constant("zero", Tensor.zeros(DataType.F32, List.of(2L, 1L, 1L)));
    Value i = builder.binary(BinaryFunction.MULTIPLY, one, h, "times");
    Value j = builder.binary(BinaryFunction.ADD, i, zero, "plus");

    Graph after = checked(j);

    assertThat(after.nodes()).isEmpty();
    assertThat(after.outputs()).containsExactly(new Graph.Output("plus", x));
  }

  @Test
  void keepsTheShapeAnIdentityHadBroadcast() {
    Value x = builder.input("x", 1, 3);
    Value zero = builder.constant("zero", Tensor.zeros(DataType.F32, List.of(4L, 1L)));

    Graph after = checked(builder.binary(BinaryFunction.ADD, x, zero, "sum"));

    assertThat(after.outputs().getFirst().value().shape()).isEqualTo(Shape.of(4, 3));
  }

  @Test
  void composesReshapesAndTransposes() {
    Value x = builder.input("x", 2, 3, 4);
    Value a = builder.add(new Reshape(x, Shape.of(6, 4)), "a");
    Value b = builder.add(new Reshape(a, Shape.of(3, 8)), "b");
    Value c = builder.add(new Transpose(x, List.of(2L, 0L, 1L)), "c");
    Value d = builder.add(new Transpose(c, List.of(1L, 0L, 2L)), "d");
    Value e = builder.add(new Transpose(c, List.of(1L, 2L, 0L)), "e");

    Graph after = checked(b, d, e);

    assertThat(operations(after)).containsExactly("reshape", "transpose");
    assertThat(after.outputs().getLast().value()).isSameAs(x);
  }

  @Test
  void composesSlices() {
    Value x = builder.input("x", 9, 8);
    Value a = builder.add(new Slice(x, List.of(7L, 1L), Shape.of(4, 6), List.of(-2L, 1L)), "a");
    Value b = builder.add(new Slice(a, List.of(1L, 4L), Shape.of(2, 2), List.of(2L, -3L)), "b");

    Graph after = checked(b);

    assertThat(operations(after)).containsExactly("slice");
    assertThat(after.nodes().getFirst().op())
        .isEqualTo(new Slice(x, List.of(5L, 5L), Shape.of(2, 2), List.of(-4L, -3L)));
  }

  @Test
  void transposeOfUnitAxesIsAReshape() {
    Value x = builder.input("x", 1, 3, 1, 4);

    Graph after = checked(builder.add(new Transpose(x, List.of(1L, 0L, 3L, 2L)), "y"));

    assertThat(operations(after)).containsExactly("reshape");
  }

  @Test
  void flattensConcats() {
    Value x = builder.input("x", 1, 2);
    Value y = builder.input("y", 1, 3);
    Value empty = builder.input("empty", 1, 0);
    Value inner = builder.add(new Concat(List.of(x, y), 1), "inner");
    Value outer = builder.add(new Concat(List.of(inner, empty, x), -1), "outer");

    Graph after = checked(outer);

    assertThat(after.nodes()).hasSize(1);
    assertThat(after.nodes().getFirst().op().operands()).containsExactly(x, y, x);
  }

  @Test
  void foldsZeroPadsIntoWindows() {
    Value x = builder.input("x", 1, 2, 5, 5);
    List<Long> before = List.of(0L, 0L, 1L, 0L);
    List<Long> after = List.of(0L, 0L, 0L, 2L);
    Value padded = builder.add(new Pad(x, before, after, Pad.Mode.CONSTANT, 0), "pad");
    Value conv = builder.conv(padded, 3, 3, 2, 1, 1, "conv");
    Value pool =
        builder.add(
            new Pool(Pool.Kind.AVERAGE, padded, GraphBuilder.window(2, 3, 2, 0), false, false),
            "pool");

    Graph result = checked(conv, pool);

    assertThat(operations(result)).containsExactly("conv", "pool");
  }

  @Test
  void keepsPadsThatWindowsCannotExpress() {
    Value x = builder.input("x", 1, 2, 5, 5);
    List<Long> ones = List.of(0L, 0L, 1L, 1L);
    Value edge = builder.add(new Pad(x, ones, ones, Pad.Mode.EDGE, 0), "edge");
    Value zero = builder.add(new Pad(x, ones, ones, Pad.Mode.CONSTANT, 0), "zero");
    Value average =
        builder.add(
            new Pool(Pool.Kind.AVERAGE, zero, GraphBuilder.window(2, 3, 2, 1), false, false),
            "average");
    Value maximum =
        builder.add(
            new Pool(Pool.Kind.MAXIMUM, zero, GraphBuilder.window(2, 3, 2, 0), false, false),
            "maximum");

    Graph result = checked(builder.conv(edge, 3, 3, "conv"), average, maximum);

    assertThat(operations(result)).containsExactly("pad", "pad", "pool", "pool", "conv");
  }

  @Test
  void foldsInfinitePadIntoMaximumPool() {
    Value x = builder.input("x", 1, 2, 5, 5);
    List<Long> ones = List.of(0L, 0L, 1L, 1L);
    Value pad =
        builder.add(new Pad(x, ones, ones, Pad.Mode.CONSTANT, Double.NEGATIVE_INFINITY), "pad");
    Value pool =
        builder.add(
            new Pool(Pool.Kind.MAXIMUM, pad, GraphBuilder.window(2, 3, 2, 0), false, false),
            "pool");

    assertThat(operations(checked(pool))).containsExactly("pool");
  }

  @Test
  void writesUniformConstantsIntoTheBody() {
    Value x = builder.input("x", 2, 3);
    Tensor sixes = Tensor.ofFloats(List.of(1L, 3L), 6, 6, 6);
    Value y = builder.binary(BinaryFunction.MAXIMUM, builder.constant("c", sixes), x, "y");

    Graph after = checked(y);

    assertThat(after.nodes()).hasSize(1);
    assertThat(after.nodes().getFirst().op().attributes().body("body"))
        .isEqualTo(
            new Binary(BinaryFunction.MAXIMUM, Literal.real(DataType.F32, 6), new Operand(0)));
  }

  @Test
  void listsOperandsOnce() {
    Value x = builder.input("x", 2, 3);

    Graph after = checked(builder.binary(BinaryFunction.MULTIPLY, x, x, "square"));

    assertThat(after.nodes().getFirst().op().operands()).containsExactly(x);
  }

  @Test
  void readsWhatWasBroadcast() {
    Value x = builder.input("x", 2, 3);
    Value y = builder.input("y", 3);
    Value broadcast = builder.add(new Broadcast(y, Shape.of(2, 3)), "broadcast");

    Graph after = checked(builder.binary(BinaryFunction.ADD, x, broadcast, "sum"));

    assertThat(after.nodes().getFirst().op().operands()).containsExactly(x, y);
  }

  @Test
  void mergesEqualNodes() {
    Value x = builder.input("x", 2, 3);
    Tensor data = Tensor.ofFloats(List.of(3L), 1, 2, 3);
    Tensor same = Tensor.ofFloats(List.of(3L), 1, 2, 3);
    Value a = builder.binary(BinaryFunction.ADD, x, builder.constant("c", data), "a");
    Value b = builder.binary(BinaryFunction.ADD, x, builder.constant("d", same), "b");
    Graph before = builder.graph(builder.binary(BinaryFunction.MULTIPLY, a, b, "y"));

    Graph after = new MergeEqualNodes().run(before, context);

    assertEquivalent(before, after, 0);
    assertThat(after.nodes()).hasSize(3);
  }

  @Test
  void leavesSymbolicShapesAlone() {
    Value x =
        new Value(
            "x", TensorType.of(DataType.F32, new Shape(List.of(new Dim.Symbolic("N"), Dim.of(3)))));
    GraphBuilder own = new GraphBuilder();
    Value y = own.relu(x, "y");
    Graph graph =
        new Graph("test", List.of(x), own.graph(y).nodes(), List.of(new Graph.Output("y", y)));

    assertThat(canonical(graph)).isSameAs(graph);
  }
}
