package dev.tuckerc.ir.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class IrTextTest {
  private static final Tensor WEIGHT = Tensor.zeros(DataType.F32, List.of(8L, 3L, 3L, 3L));
  private static final Weights WEIGHTS = Weights.of(Map.of("conv1.weight", WEIGHT));

  /// One of everything in the text form.
  private static final String EXAMPLE =
      """
      graph @example(%input: f32[N,3,8,8], %scale: f32[8,1,1]) -> (%pooled, "top class" = %best) {
        %w = constant() {label="conv1.weight", value=@"conv1.weight"} : f32[8,3,3,3]
        %b = constant() {label="conv1.bias", value=<0.0, 0.1, -1.5, 1.0E-20, inf, -inf, nan, 3.4028235E38>} : f32[8]
        %nhwc = relayout(%input) : (f32[N,3,8,8]) -> f32[N,3,8,8]{NHWC}
        %conv = conv(%nhwc, %w, %b, %scale) {kernel=[3,3], stride=[2,1], pad=[1,1,1,1], dilation=[1,1], groups=1, bias=true, epilogue={relu(x0 * x1 + 0.5:f32)}} : (f32[N,3,8,8]{NHWC}, f32[8,3,3,3], f32[8], f32[8,1,1]) -> f32[N,8,4,8]{NHWC}  loc(0: Conv "conv1", 1: Mul "mul", 2: "com.example:Relu" "")
        %half = pointwise(%conv) {body={select(less(x0, -1.0:f32), f16(x0 - (x0 - x0)), 1.0:f16)}} : (f32[N,8,4,8]{NHWC}) -> f16[N,8,4,8]
        %pooled = pool(%half) {kernel=[2,2], stride=[2,2], pad=[0,0,0,0], dilation=[1,1], kind="average", ceil=true} : (f16[N,8,4,8]) -> f16[N,8,2,4]{1,0,2,3}
        %best = arg_reduce(%pooled) {kind="maximum", axis=1} : (f16[N,8,2,4]{1,0,2,3}) -> i64[N,2,4]  loc(7: ArgMax "best")
        %flat = reshape(%half) {shape=[N,256]} : (f16[N,8,4,8]) -> f16[N,256]
      }
      """;

  @Test
  void goldenTextIsPrintedAsParsed() {
    assertThat(IrPrinter.print(IrParser.parse(EXAMPLE, WEIGHTS))).isEqualTo(EXAMPLE);
  }

  @Test
  void spacesAndCommentsAreFree() {
    Graph graph =
        IrParser.parse(
            "// a comment\ngraph@g(%x:f32[2] )->(%y){%y=pointwise(%x)\n"
                + "{body={x0-1.0:f32*x0}}:(f32[2])->f32[2]}",
            Weights.NONE);
    assertThat(IrPrinter.print(graph)).contains("{body={x0 - 1.0:f32 * x0}}");
  }

  @Test
  void namesAreMadeUniqueAndWeightsToo() {
    Tensor a = Tensor.zeros(DataType.U8, List.of(20L));
    Tensor b = Tensor.zeros(DataType.U8, List.of(20L));
    b.setLong(3, 1);
    Graph graph =
        new Graph(
            "g",
            List.of(),
            List.of(
                Node.of(new Constant("w", a), "", Location.NONE),
                Node.of(new Constant("w", b), "", Location.NONE),
                Node.of(new Constant("w", a), "v", Location.NONE),
                Node.of(new Constant("w", b), "v", Location.NONE)),
            List.of());
    assertThat(IrPrinter.print(graph))
        .isEqualTo(
            """
            graph @g() -> () {
              %0 = constant() {label="w", value=@"w"} : u8[20]
              %1 = constant() {label="w", value=@"w#2"} : u8[20]
              %v = constant() {label="w", value=@"w"} : u8[20]
              %v_2 = constant() {label="w", value=@"w#2"} : u8[20]
            }
            """);
    assertThat(IrPrinter.weights(graph).keySet()).containsExactly("w", "w#2");
  }

  private static String one(String node) {
    return "graph @g(%x: f32[1,2]) -> (%y) {\n  " + node + "\n}\n";
  }

  static List<List<String>> mistakes() {
    return List.of(
        List.of("", "line 1:1: expected 'graph', found the end of the text"),
        List.of("hello", "line 1:1: expected 'graph', found 'hello'"),
        List.of(
            one("%y = relu(%x) : (f32[1,2]) -> f32[1,2]"), "line 2:3: unknown operation 'relu'"),
        List.of(
            one("%y = relayout(%z) : (f32[1,2]) -> f32[1,2]"),
            "line 2:17: %z is not defined; define"),
        List.of(one("%x = relayout(%x) : (f32[1,2]) -> f32[1,2]"), "line 2:3: %x is defined twice"),
        List.of(
            one("%y = relayout(%x) : (f32[2,2]) -> f32[1,2]"),
            "line 2:24: %x is f32[1,2], not f32[2,2]"),
        List.of(one("%y = relayout(%x) : (f32[1,2]) -> f32[1,3]"), "is declared f32[1,3]"),
        List.of(one("%y = relayout(%x) : f32[1,2]"), "0 operand types for 1 operands"),
        List.of(
            one("%y = relayout(%x) {a=1} : (f32[1,2]) -> f32[1,2]"),
            "has no attribute 'a'; it has []"),
        List.of(one("%y = softmax(%x) : (f32[1,2]) -> f32[1,2]"), "attribute 'axis' is missing"),
        List.of(
            one("%y = softmax(%x) {axis=\"a\"} : (f32[1,2]) -> f32[1,2]"),
            "'axis' is not of kind Int"),
        List.of(one("%y = softmax(%x) {axis=2, axis=1} : (f32[1,2]) -> f32[1,2]"), "given twice"),
        List.of(
            one("%y = softmax(%x) {axis=99999999999999999999} : (f32[1,2]) -> f32[1,2]"),
            "out of range"),
        List.of(
            one("%y = pointwise(%x) {body={foo(x0)}} : (f32[1,2]) -> f32[1,2]"),
            "line 2:29: unknown function 'foo'"),
        List.of(
            one("%y = pointwise(%x) {body={add(x0)}} : (f32[1,2]) -> f32[1,2]"),
            "add takes 2 arguments, not 1"),
        List.of(one("%y = pointwise(%x) {body={x1}} : (f32[1,2]) -> f32[1,2]"), "x1 of 1 operands"),
        List.of(one("%y = pointwise(%x) {body={y}} : (f32[1,2]) -> f32[1,2]"), "'y' is no operand"),
        List.of(
            one("%y = pointwise(%x) {body={x0 + 300:u8}} : (f32[1,2]) -> f32[1,2]"),
            "'300' is no value of u8"),
        List.of(
            one("%y = pointwise(%x) {body={x0 + 1:u8}} : (f32[1,2]) -> f32[1,2]"),
            "add of f32 and u8"),
        List.of(
            one("%y = constant() {label=\"a\", value=@\"a\"} : f32[2]"),
            "the weights hold no \"a\""),
        List.of(
            one("%y = constant() {label=\"a\", value=<1>} : f32[2]"),
            "1 elements do not fill f32[2]"),
        List.of(
            one("%y = constant() {label=\"a\", value=<>} : f32[0,99999999999,99999999999]"),
            "do not fill"),
        List.of(one("%y = constant() {label=\"a\\q\", value=<1>} : f32[1]"), "unknown escape \\q"),
        List.of(
            one("%y = relayout(%x) : (f32[1,2]) -> f99[1,2]"),
            "unknown element type 'f99'; known are [f64"),
        List.of(one("%y = relayout(%x) : (f32[1,2]) -> f32[1,2]{0,0}"), "is no permutation"),
        List.of(one("%y = relayout(%x) : (f32[1,2]) -> f32[1,-2]"), "negative extent"),
        List.of(
            one("%y = relayout(%x) : (f32[1,2]) -> f32[1,2] ~"),
            "line 2:46: token recognition error"),
        List.of(one("%y = relayout(%x) (f32[1,2]) -> f32[1,2]"), "expected {'{', ':'}, found '('"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void mistakesAreLocatedAndExplained(List<String> mistake) {
    assertThatThrownBy(() -> IrParser.parse(mistake.get(0), Weights.NONE))
        .isInstanceOf(IrParseException.class)
        .hasMessageContaining(mistake.get(1));
  }

  @Test
  @Timeout(20)
  void hostileTextEndsInAnError() {
    int many = 100_000;
    for (String body :
        List.of(
            "(".repeat(many) + "x0",
            "relu(".repeat(many) + "x0",
            String.join(" + ", Collections.nCopies(many, "x0")),
            "x0".repeat(many))) {
      assertThatThrownBy(() ->
              IrParser.parse(
                  one("%y = pointwise(%x) {body={" + body + "}} : (f32[1,2]) -> f32[1,2]"),
                  Weights.NONE))
          .isInstanceOf(IrParseException.class);
    }
    assertThatThrownBy(() -> IrParser.parse("graph @g(%x: f32[" + "(".repeat(many), Weights.NONE))
        .isInstanceOf(IrParseException.class)
        .hasMessageContaining("brackets are open");
    StringBuilder doubling = new StringBuilder("graph @g(%x0: f32[N]) -> () {\n");
    String extent = "N";
    for (int i = 0; i < 12; i++) {
      String next = "(" + extent + "+" + extent + ")";
      doubling.append(
          "%%x%d = concat(%%x%d, %%x%d) {axis=0} : (f32[%s], f32[%s]) -> f32[%s]%n"
              .formatted(i + 1, i, i, extent, extent, next));
      extent = next;
    }
    assertThatThrownBy(() -> IrParser.parse(doubling + "}", Weights.NONE))
        .isInstanceOf(IrParseException.class)
        .hasMessageContaining("too long");
  }
}
