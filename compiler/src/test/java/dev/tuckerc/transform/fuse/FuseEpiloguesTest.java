package dev.tuckerc.transform.fuse;

import static dev.tuckerc.transform.testing.Equivalence.assertEquivalent;
import static dev.tuckerc.transform.testing.Equivalence.operations;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.canonicalize.ConstantEvaluator;
import dev.tuckerc.transform.testing.GraphBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

class FuseEpiloguesTest {
  private final GraphBuilder builder = new GraphBuilder();
  private final PassContext context = PassContext.of(Precision.FP32);

  private Graph checked(Value... results) {
    Graph before = builder.graph(results);
    Graph after = new FuseEpilogues(ConstantEvaluator.REFERENCE).run(before, context);
    assertEquivalent(before, after, 0);
    return after;
  }

  private static Unary relu(dev.tuckerc.ir.ScalarExpression argument) {
    return new Unary(UnaryFunction.RELU, argument);
  }

  private static Binary sum(int left, int right) {
    return new Binary(BinaryFunction.ADD, new Operand(left), new Operand(right));
  }

  @Test
  void fusesResidualAndActivationIntoTheConvolution() {
    Value x = builder.input("x", 1, 3, 4, 4);
    Value conv = builder.conv(x, 3, 3, "conv");
    Value sum = builder.binary(BinaryFunction.ADD, x, conv, "sum");

    Graph after = checked(builder.relu(sum, "y"));

    assertThat(operations(after)).containsExactly("conv");
    Node fused = after.nodes().getLast();
    assertThat(((Convolution) fused.op()).epilogue())
        .isEqualTo(
            new Epilogue(
                relu(new Binary(BinaryFunction.ADD, new Operand(1), new Operand(0))), List.of(x)));
    assertThat(fused.location().origins()).extracting("name").contains("conv", "sum", "y");
  }

  @Test
  void fusesTheSumOfTwoConvolutionsIntoTheLaterOne() {
    Value x = builder.input("x", 1, 3, 4, 4);
    Value first = builder.conv(x, 2, 1, "first");
    Value second = builder.conv(x, 2, 3, "second");

    Graph after =
        checked(builder.relu(builder.binary(BinaryFunction.ADD, first, second, "s"), "y"));

    assertThat(operations(after)).containsExactly("conv", "conv");
    Convolution last = (Convolution) after.nodes().getLast().op();
    assertThat(last.window().kernel()).containsExactly(3L, 3L);
    assertThat(last.epilogue().operands()).extracting(Value::name).containsExactly("first");
  }

  @Test
  void keepsAResultThatIsNeededRaw() {
    Value x = builder.input("x", 1, 3, 4, 4);
    Value conv = builder.conv(x, 3, 3, "conv");

    Graph after = checked(builder.relu(conv, "y"), conv);

    assertThat(operations(after)).containsExactly("conv", "pointwise");
    assertThat(context.remarks()).anyMatch(r -> r.message().equals("%conv has other uses"));
  }

  @Test
  void fusesIntoProductsButNotWhereTheyAreBroadcast() {
    Value x = builder.input("x", 1, 3);
    Value big = builder.input("big", 5, 4);
    Value product = builder.add(new MatMul(x, builder.weight("w", 3, 4), Epilogue.NONE), "product");
    Value biased = builder.binary(BinaryFunction.ADD, product, builder.weight("b", 4), "biased");

    Graph after = checked(builder.binary(BinaryFunction.MULTIPLY, biased, big, "y"));

    assertThat(operations(after)).containsExactly("matmul", "pointwise");
    assertThat(((MatMul) after.nodes().get(2).op()).epilogue().body()).isEqualTo(sum(0, 1));
    assertThat(context.remarks()).anyMatch(r -> r.message().equals("%biased is broadcast"));
  }

  @Test
  void fusesChainsOfPointwiseOperations() {
    Value x = builder.input("x", 2, 3);
    Value y = builder.input("y", 3);
    Value exp = builder.unary(UnaryFunction.EXP, x, "exp");
    Value sum = builder.binary(BinaryFunction.ADD, exp, y, "sum");

    Graph after = checked(builder.binary(BinaryFunction.MULTIPLY, y, sum, "product"));

    assertThat(after.nodes()).hasSize(1);
    assertThat(after.nodes().getFirst().op())
        .isEqualTo(
            new Pointwise(
                List.of(y, x),
                new Binary(
                    BinaryFunction.MULTIPLY,
                    new Operand(0),
                    new Binary(
                        BinaryFunction.ADD,
                        new Unary(UnaryFunction.EXP, new Operand(1)),
                        new Operand(0)))));
  }

  @Test
  void doesNotRepeatExpensiveWork() {
    Value x = builder.input("x", 1, 3);
    Value big = builder.input("big", 50, 3);
    Value gate = builder.unary(UnaryFunction.SIGMOID, x, "gate");

    Graph after = checked(builder.binary(BinaryFunction.MULTIPLY, big, gate, "y"));

    assertThat(operations(after)).containsExactly("pointwise", "pointwise");
    assertThat(context.remarks())
        .anyMatch(r -> r.message().equals("%gate would be computed more than once per element"));
  }

  @Test
  void repeatsCheapWorkRatherThanStoreIt() {
    Value x = builder.input("x", 1, 3);
    Value big = builder.input("big", 50, 3);

    Graph after =
        checked(builder.binary(BinaryFunction.MULTIPLY, big, builder.relu(x, "gate"), "y"));

    assertThat(operations(after)).containsExactly("pointwise");
  }

  @Test
  void limitsTheNumberOfOperands() {
    Value sum = builder.input("x0", 2);
    for (int i = 1; i < 12; i++) {
      sum = builder.binary(BinaryFunction.ADD, sum, builder.input("x" + i, 2), "sum" + i);
    }

    Graph after = checked(sum);

    assertThat(operations(after)).hasSize(2);
    assertThat(after.nodes()).allMatch(node -> node.op().operands().size() <= Fusion.MOST_OPERANDS);
  }

  @Test
  void keepsComparisonsOutOfEpilogues() {
    Value x = builder.input("x", 1, 3, 4, 4);
    Value conv = builder.conv(x, 3, 3, "conv");

    assertThat(operations(checked(builder.binary(BinaryFunction.LESS, conv, x, "y"))))
        .containsExactly("conv", "pointwise");
  }
}
