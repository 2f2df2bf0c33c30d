package dev.tuckerc.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.ir.text.IrParseException;
import dev.tuckerc.ir.text.IrParser;
import dev.tuckerc.ir.text.IrPrinter;
import dev.tuckerc.ir.text.Weights;
import dev.tuckerc.ir.verify.Verifier;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RegionTest {
  private static final String NODES =
      """
      %y = conv(%x, %w1) {kernel=[1,1], stride=[1,1], pad=[0,0,0,0], dilation=[1,1], groups=1, epilogue={relu(x0)}} : (f32[1,3,4,4]{NHWC}, f32[5,3,1,1]) -> f32[1,5,4,4]{NHWC}
      %s = conv(%y, %w2) {kernel=[1,1], stride=[1,1], pad=[0,0,0,0], dilation=[1,1], groups=1} : (f32[1,5,4,4]{NHWC}, f32[2,5,1,1]) -> f32[1,2,4,4]{NHWC}
      """;
  private static final String INPUTS =
      "(%x: f32[1,3,4,4]{NHWC}, %w1: f32[5,3,1,1], %w2: f32[2,5,1,1])";
  private static final String REGION =
      "graph @g"
          + INPUTS
          + " -> (%full, %small) {\n"
          + "  %full, %small = region(%x, %w1, %w2) {body="
          + INPUTS
          + " -> (%y, %s) {\n"
          + NODES.indent(4)
          + "  }} : (f32[1,3,4,4]{NHWC}, f32[5,3,1,1], f32[2,5,1,1])"
          + " -> (f32[1,5,4,4]{NHWC}, f32[1,2,4,4]{NHWC})  loc(1: Conv \"a\", 2: Conv \"b\")\n"
          + "}\n";

  private static Graph parse(String text) {
    return IrParser.parse(text, Weights.NONE);
  }

  @Test
  void printsAsParsed() {
    assertThat(IrPrinter.print(Verifier.verify(parse(REGION)))).isEqualTo(REGION);
  }

  @Test
  void computesWhatItsBodyComputes() {
    Graph flat = parse("graph @g" + INPUTS + " -> (\"full\" = %y, \"small\" = %s) {" + NODES + "}");
    Random random = new Random(1);
    Map<String, Tensor> inputs =
        Map.of(
            "x", random(random, 1, 3, 4, 4),
            "w1", random(random, 5, 3, 1, 1),
            "w2", random(random, 2, 5, 1, 1));
    Map<String, Tensor> expected = Interpreter.run(flat, inputs);
    Map<String, Tensor> actual = Interpreter.run(parse(REGION), inputs);
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    actual.forEach(
        (name, tensor) -> assertThat(tensor.contentEquals(expected.get(name))).as(name).isTrue());
  }

  private static Tensor random(Random random, long... shape) {
    Tensor tensor = Tensor.zeros(DataType.F32, java.util.Arrays.stream(shape).boxed().toList());
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, random.nextGaussian());
    }
    return tensor;
  }

  @Test
  void theBodySeesNothingAroundIt() {
    assertThatThrownBy(() ->
            parse(
                REGION.replace("%w2: f32[2,5,1,1]) -> (%y, %s)", "%w3: f32[2,5,1,1]) -> (%y, %s)")))
        .isInstanceOf(IrParseException.class)
        .hasMessageContaining("%w2 is not defined");
  }

  @Test
  void operandsAreOfTheBodysTypesAndResultsToo() {
    Value row = new Value("x", TensorType.of(DataType.F32, 1, 3, 4, 4));
    Region region = (Region) parse(REGION).nodes().getFirst().op();
    assertThatThrownBy(() ->
            region.withOperands(List.of(row, region.operands().get(1), region.operands().get(2))))
        .hasMessageContaining("is not of the body's type");
    Node node = parse(REGION).nodes().getFirst();
    assertThatThrownBy(() -> new Node(node.op(), node.results().getFirst(), Location.NONE))
        .hasMessageContaining("region has 2 results, not 1");
    assertThatThrownBy(node::result).hasMessageContaining("2 results, not one");
    assertThatThrownBy(() ->
            Verifier.verify(
                parse(
                    REGION.replace(
                        "-> (f32[1,5,4,4]{NHWC}, f32[1,2,4,4]{NHWC})  loc",
                        "-> (f32[1,5,4,4], f32[1,2,4,4]{NHWC})  loc"))))
        .hasMessageContaining("but its result is");
  }

  @Test
  void resultTypesAreCounted() {
    assertThatThrownBy(() ->
            parse(
                REGION
                    .replace("%full, %small = region", "%full = region")
                    .replace(", %small) {", ") {")))
        .isInstanceOf(IrParseException.class)
        .hasMessageContaining("2 result types for 1 results");
  }
}
