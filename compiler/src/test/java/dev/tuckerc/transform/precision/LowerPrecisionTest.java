package dev.tuckerc.transform.precision;

import static dev.tuckerc.transform.testing.Equivalence.assertEquivalent;
import static dev.tuckerc.transform.testing.Equivalence.operations;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Gather;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.ir.Softmax;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.Remark;
import dev.tuckerc.transform.canonicalize.ConstantEvaluator;
import dev.tuckerc.transform.fuse.FuseEpilogues;
import dev.tuckerc.transform.testing.GraphBuilder;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LowerPrecisionTest {
  /// A few roundings to 11 bits.
  private static final double HALF = 4e-3;

  private final GraphBuilder builder = new GraphBuilder();
  private final PassContext context = PassContext.of(Precision.FP16);

  private Graph checked(Value... results) {
    Graph before = builder.graph(results);
    Graph after = new LowerPrecision().run(before, context);
    assertEquivalent(before, after, HALF);
    return after;
  }

  @Test
  void convertsActivationsAndWeightsAndKeepsTheSignature() {
    Value x = builder.input("x", 1, 3, 5, 5);
    Value weight = builder.weight("w", 4, 3, 3, 3);
    Value bias = builder.weight("b", 4);
    Value conv =
        builder.add(
            new Convolution(
                x, weight, Optional.of(bias), GraphBuilder.window(2, 3, 1, 1), 1, Epilogue.NONE),
            "conv");

    Graph after = checked(builder.add(new Softmax(builder.relu(conv, "relu"), 1, false), "y"));

    assertThat(operations(after))
        .containsExactly("pointwise", "conv", "pointwise", "softmax", "pointwise");
    assertThat(after.inputs()).containsExactly(x);
    Node lowered =
        after.nodes().stream().filter(n -> n.op() instanceof Convolution).findFirst().orElseThrow();
    assertThat(lowered.op().operands())
        .extracting(v -> v.type().elementType())
        .containsExactly(DataType.F16, DataType.F16, DataType.F32);
    assertThat(lowered.result().type().elementType()).isEqualTo(DataType.F16);
  }

  @Test
  void computesScalarWorkInSinglePrecisionAndRoundsOnce() {
    Value x = builder.input("x", 1, 3, 5, 5);
    Value conv = builder.conv(x, 3, 1, "conv");
    Value scaled = builder.binary(BinaryFunction.MULTIPLY, conv, builder.weight("s", 3, 1, 1), "m");
    Graph lowered = checked(builder.relu(scaled, "y"));

    Graph fused = new FuseEpilogues(ConstantEvaluator.REFERENCE).run(lowered, context);

    assertEquivalent(builder.graph(), fused, HALF);
    assertThat(operations(fused)).containsExactly("pointwise", "conv");
    Convert single = new Convert(DataType.F32, new Operand(0));
    assertThat(((Convolution) fused.nodes().getLast().op()).epilogue().body())
        .isEqualTo(
            new Unary(
                UnaryFunction.RELU, new Binary(BinaryFunction.MULTIPLY, single, new Operand(1))));
  }

  @Test
  void leavesOtherTypesAndSinglePrecisionCompilationsAlone() {
    Value table = builder.input("table", 5, 2);
    Value rows = builder.input("rows", DataType.I64, 3);
    Value zero = builder.constant("zero", Tensor.zeros(DataType.I64, List.of()));
    Value first = builder.binary(BinaryFunction.MULTIPLY, rows, zero, "first");
    Graph before = builder.graph(builder.add(new Gather(table, first, 0), "y"), first);

    Graph after = new LowerPrecision().run(before, context);

    assertEquivalent(before, after, HALF);
    assertThat(after.outputs().getLast().value().type().elementType()).isEqualTo(DataType.I64);
    assertThat(new LowerPrecision().run(before, PassContext.of(Precision.FP32))).isSameAs(before);
  }

  @Test
  void keepsLargeScalarConstants() {
    Value x = builder.input("x", 2, 2);
    Tensor data = Tensor.ofFloats(List.of(2L), 1e6f, -1e30f);
    Value minimum = builder.binary(BinaryFunction.MINIMUM, x, builder.constant("c", data), "m");

    assertThat(checked(builder.binary(BinaryFunction.MAXIMUM, minimum, x, "y")).nodes()).hasSize(4);
  }

  @Test
  void keepsAProductWithWeightsBeyondHalfPrecisionSingle() {
    Value x = builder.input("x", 1, 1, 1, 1);
    Tensor huge = Tensor.ofFloats(List.of(1L, 1L, 1L, 1L), 70000);
    Value conv =
        builder.add(
            new Convolution(
                x,
                builder.constant("w", huge),
                Optional.empty(),
                GraphBuilder.window(2, 1, 1, 0),
                1,
                Epilogue.NONE),
            "conv1");

    Graph after = checked(conv);

    assertThat(operations(after)).containsExactly("conv");
    assertThat(context.remarks())
        .extracting(Remark::message)
        .containsExactly(
            "%conv1 stays in single precision: an operand has elements beyond the +-65504 of half"
                + " precision");
  }

  @Test
  void keepsSquaresAndTheirSumsSingle() {
    Value x = builder.input("x", 2, 64);
    Value square = builder.binary(BinaryFunction.MULTIPLY, x, x, "square");
    Value sum = builder.add(new Reduce(Reduce.Kind.SUM, square, List.of(1L), true), "sum");
    Value norm =
        builder.add(
            new Pointwise(List.of(sum), new Unary(UnaryFunction.SQRT, new Operand(0))), "norm");

    Graph after = checked(builder.binary(BinaryFunction.DIVIDE, x, norm, "y"));

    assertThat(after.nodes().subList(0, 3))
        .extracting(n -> n.result().type().elementType())
        .containsOnly(DataType.F32);
  }

  @Test
  void keepsCountsSingleThatHalfPrecisionCannotCountTo() {
    Value x = builder.input("x", DataType.BOOL, 3000);
    Value ones =
        builder.add(new Pointwise(List.of(x), new Convert(DataType.F32, new Operand(0))), "ones");
    Value count = builder.add(new Reduce(Reduce.Kind.SUM, ones, List.of(0L), false), "count");

    Graph after = checked(count);

    assertThat(after.outputs().getFirst().value().type().elementType()).isEqualTo(DataType.F32);
    assertThat(context.remarks())
        .extracting(Remark::message)
        .containsExactly(
            "%count stays in single precision: it holds integers that half precision cannot tell"
                + " apart");
  }

  @Test
  void passesInputsAndConstantsThrough() {
    Value x = builder.input("x", 2);
    Value c = builder.weight("c", 2);

    Graph after = checked(x, c, builder.binary(BinaryFunction.ADD, x, c, "sum"));

    assertThat(after.outputs().getFirst().value()).isSameAs(x);
  }
}
