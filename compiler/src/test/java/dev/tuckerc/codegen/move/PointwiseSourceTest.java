package dev.tuckerc.codegen.move;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.GeneratedKernel;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

public class PointwiseSourceTest {

  /// The whole text of one kernel. To accept a change, run with `-Dtuckerc.golden=write` and read
  /// the difference.
  @Test
  void writesTheGoldenText() throws IOException {
    Value a = new Value("a", TensorType.of(DataType.F16, 1, 16, 4, 4).withLayout(Layout.NHWC));
    Value b = new Value("b", TensorType.of(DataType.F32, 16, 1, 1));
    ScalarExpression sum =
        new Binary(BinaryFunction.ADD, new Convert(DataType.F32, new Operand(0)), new Operand(1));
    Pointwise op = new Pointwise(List.of(a, b), new Unary(UnaryFunction.SIGMOID, sum));
    Value y = new Value("y", op.resultType().withLayout(Layout.NHWC));
    Node node = new Node(op, y, Location.of(7, "gate", "Sigmoid"));
    Graph graph = new Graph("g", List.of(a, b), List.of(node), List.of(new Graph.Output("out", y)));
    String source =
        CodeGenerator.generate(graph, Set.of(), DeviceDescription.shipped("h200"))
            .kernels()
            .getFirst()
            .source();
    Path golden = Path.of("src/test/resources/dev/tuckerc/codegen/pointwise.golden.cu");
    if ("write".equals(System.getProperty("tuckerc.golden"))) {
      Files.createDirectories(golden.getParent());
      Files.writeString(golden, source);
    }
    assertThat(source).isEqualTo(Files.readString(golden));
  }

  @Test
  void vectorisesContiguousOperands() {
    Value a = new Value("a", TensorType.of(DataType.F32, 2, 8, 4, 4).withLayout(Layout.NHWC));
    Value b = new Value("b", TensorType.of(DataType.F32, 8, 1, 1));
    ScalarExpression body =
        new Unary(
            UnaryFunction.RELU, new Binary(BinaryFunction.ADD, new Operand(0), new Operand(1)));
    Pointwise op = new Pointwise(List.of(a, b), body);
    Value y = new Value("y", op.resultType().withLayout(Layout.NHWC));
    Node node = new Node(op, y, Location.of(3, "block/relu 1", "Relu"));
    Graph graph = new Graph("g", List.of(a, b), List.of(node), List.of(new Graph.Output("out", y)));

    Program program = CodeGenerator.generate(graph, Set.of(), DeviceDescription.shipped("h200"));

    GeneratedKernel kernel = program.kernels().getFirst();
    assertThat(kernel.name()).matches("block_relu_1_[0-9a-f]{4}");
    assertThat(kernel.source())
        .startsWith("// " + kernel.name() + ": y[i] = f(")
        .contains("// model: Relu 'block/relu 1' (node 3)")
        .contains("relu(add(x0, x1))")
        .contains("const auto p1 = *reinterpret_cast<const Packed<float, VECTOR>*>(x1 + c1);");
    assertThat(program.launches().getFirst().arguments())
        .containsExactly(
            new Argument.Activation(a), new Argument.Activation(b), new Argument.Activation(y));
    assertThat(CodeGenerator.generate(graph, Set.of(), DeviceDescription.shipped("h200")))
        .isEqualTo(program);
  }

  /// The machine's own `tanh` is as exact as half precision, and no more.
  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"F16", "BF16", "F32", "F64"})
  void onlyATanhThatIsRoundedNextIsTheMachines(DataType type) {
    ScalarExpression tanh = new Unary(UnaryFunction.TANH, new Operand(0));
    ScalarExpression twice = new Binary(BinaryFunction.ADD, tanh, new Operand(0));
    boolean half = type == DataType.F16 || type == DataType.BF16;
    assertThat(source(type, tanh).contains("tanh.approx.f32")).isEqualTo(half);
    assertThat(source(type, twice)).doesNotContain("approx").contains("tanh");
    ScalarExpression rounded = new Convert(DataType.F16, tanh);
    assertThat(source(type, rounded).contains("approx")).isEqualTo(type == DataType.F32);
  }

  private static String source(DataType type, ScalarExpression body) {
    Value x = new Value("x", TensorType.of(type, 64));
    Pointwise op = new Pointwise(List.of(x), body);
    Value y = new Value("y", op.resultType());
    Node node = new Node(op, y, Location.NONE);
    Graph graph = new Graph("g", List.of(x), List.of(node), List.of(new Graph.Output("y", y)));
    return CodeGenerator.generate(graph, Set.of(), DeviceDescription.shipped("t4"))
        .kernels()
        .getFirst()
        .source();
  }
}
