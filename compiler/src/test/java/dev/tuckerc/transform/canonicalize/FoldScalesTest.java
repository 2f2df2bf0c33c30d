package dev.tuckerc.transform.canonicalize;

import static dev.tuckerc.transform.testing.Equivalence.operations;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.Remark;
import dev.tuckerc.transform.testing.GraphBuilder;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Batch normalizations, scales and shifts that become part of the operation before them.
class FoldScalesTest extends CanonicalizeSetup {
  @Test
  void foldsBatchNormIntoTheConvolution() {
    Value x = builder.input("x", 2, 3, 5, 5);
    Value y = builder.relu(builder.batchNorm(builder.conv(x, 4, 3, "conv"), "norm"), "y");

    Graph after = checked(y);

    assertThat(operations(after)).containsExactly("conv", "pointwise");
    assertThat(after.nodes().get(2).location().origins())
        .extracting("name")
        .contains("conv", "norm");
  }

  @Test
  void foldsBatchNormIntoGroupedAndOneDimensionalConvolutions() {
    Value x = builder.input("x", 1, 4, 9);
    Value y = builder.batchNorm(builder.conv(x, 6, 3, 2, 1, 2, "conv"), "norm");

    assertThat(operations(checked(y))).containsExactly("conv");
  }

  @Test
  void foldsBatchNormIntoAGroupedTransposedConvolution() {
    Value x = builder.input("x", 1, 4, 3, 3);
    Value weight = builder.weight("w", 4, 3, 2, 2);
    Value bias = builder.weight("b", 6);
    Value up =
        builder.add(
            new ConvolutionTranspose(
                x, weight, Optional.of(bias), GraphBuilder.window(2, 2, 2, 0), List.of(0L, 0L), 2),
            "up");

    assertThat(operations(checked(builder.batchNorm(up, "norm"))))
        .containsExactly("conv_transpose");
  }

  @Test
  void batchNormWithoutConvolutionBecomesPointwise() {
    Value x = builder.input("x", 2, 3, 4);

    assertThat(operations(checked(builder.batchNorm(x, "norm")))).containsExactly("pointwise");
  }

  @Test
  void keepsBatchNormWhenTheConvolutionHasOtherUses() {
    Value x = builder.input("x", 1, 2, 3, 3);
    Value conv = builder.conv(x, 2, 1, "conv");

    Graph after = checked(builder.batchNorm(conv, "norm"), builder.relu(conv, "relu"));

    assertThat(operations(after)).containsExactly("conv", "pointwise", "pointwise");
    assertThat(context.remarks())
        .anyMatch(r ->
            r.kind() == Remark.Kind.MISSED
                && r.rule().equals("FoldScaleIntoConv")
                && r.message().contains("other uses"));
  }

  @Test
  void foldsScalesAndShiftsIntoTheConvolution() {
    Value x = builder.input("x", 1, 2, 3, 3);
    Value scaled =
        builder.binary(
            BinaryFunction.MULTIPLY,
            builder.weight("s", 1, 3, 1, 1),
            builder.conv(x, 3, 1, "conv"),
            "scaled");
    Value shifted =
        builder.binary(BinaryFunction.SUBTRACT, scaled, builder.weight("t", 3, 1, 1), "t");
    Value negated = builder.unary(UnaryFunction.NEGATE, shifted, "n");
    Value two = builder.constant("two", Tensor.scalar(DataType.F32, 2));

    assertThat(operations(checked(builder.binary(BinaryFunction.DIVIDE, negated, two, "y"))))
        .containsExactly("conv");
  }

  @Test
  void leavesScalesThatVaryInSpace() {
    Value x = builder.input("x", 1, 2, 3, 3);
    Value conv = builder.conv(x, 3, 1, "conv");

    assertThat(
            operations(
                checked(
                    builder.binary(
                        BinaryFunction.MULTIPLY, conv, builder.weight("s", 3, 3), "scaled"))))
        .containsExactly("conv", "pointwise");
  }

  @Test
  void leavesWhatIsNotAffine() {
    Value x = builder.input("x", 1, 2, 3, 3);
    Value conv = builder.conv(x, 3, 1, "conv");
    Value s = builder.weight("s", 3, 1, 1);

    assertThat(operations(checked(builder.binary(BinaryFunction.DIVIDE, s, conv, "quotient"))))
        .containsExactly("conv", "pointwise");
  }

  @Test
  void foldsScalesIntoTheProduct() {
    Value x = builder.input("x", 2, 3);
    Value product = builder.add(new MatMul(x, builder.weight("w", 3, 4), Epilogue.NONE), "product");
    Value half = builder.constant("half", Tensor.scalar(DataType.F32, 0.5));
    Value scaled = builder.binary(BinaryFunction.MULTIPLY, product, half, "scaled");
    Value y = builder.binary(BinaryFunction.ADD, scaled, builder.weight("bias", 4), "y");

    Graph after = checked(y);

    assertThat(operations(after)).containsExactly("matmul", "pointwise");
    assertThat(after.nodes().getLast().op().attributes().body("body"))
        .isEqualTo(new Binary(BinaryFunction.ADD, new Operand(0), new Operand(1)));
  }

  @Test
  void leavesScalesOfVectorsAlone() {
    Value x = builder.input("x");
    Value y = builder.input("y", 3);
    Value two = builder.weight("two", 3);

    Graph after =
        checked(builder.binary(BinaryFunction.MULTIPLY, y, two, "scaled"), builder.relu(x, "relu"));

    assertThat(operations(after)).containsExactly("pointwise", "pointwise");
  }
}
