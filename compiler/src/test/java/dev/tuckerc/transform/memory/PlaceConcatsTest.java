package dev.tuckerc.transform.memory;

import static dev.tuckerc.transform.testing.Equivalence.assertEquivalent;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.text.IrParser;
import dev.tuckerc.ir.text.IrPrinter;
import dev.tuckerc.ir.text.Weights;
import dev.tuckerc.ir.verify.Verifier;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.Remark;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlaceConcatsTest {
  private static final String TYPE = "f32[1,8,4,4]{NHWC}";

  private final PassContext context = PassContext.of(Precision.FP32);

  private Graph run(Graph before) {
    Graph after = new PlaceConcats().run(before, context);
    Verifier.verify(after);
    assertEquivalent(before, after, 0);
    return after;
  }

  private static Graph parse(String body) {
    return IrParser.parse(
        "graph @test(%x: f32[1,8,4,4], %z: f32[1,8,4,4]) -> (%y) {\n"
            + "%i = relayout(%x) : (f32[1,8,4,4]) -> "
            + TYPE
            + "\n"
            + body
            + "}\n",
        Weights.NONE);
  }

  private static String relu(String result, String operand) {
    return "%%%s = pointwise(%%%s) {body={relu(x0)}} : (%s) -> %s%n"
        .formatted(result, operand, TYPE, TYPE);
  }

  private static String concat(String result, long channels, String... operands) {
    String types = String.join(", ", Collections.nCopies(operands.length, TYPE));
    return "%%%s = concat(%%%s) {axis=1} : (%s) -> f32[1,%d,4,4]{NHWC}%n"
        .formatted(result, String.join(", %", operands), types, channels);
  }

  private static String finished(String operand, long channels) {
    return "%%y = pointwise(%%%s) {body={relu(x0)}} : (f32[1,%d,4,4]{NHWC}) -> f32[1,%d,4,4]%n"
        .formatted(operand, channels, channels);
  }

  private String missed() {
    return context.remarks().stream()
        .filter(remark -> remark.kind() == Remark.Kind.MISSED)
        .findFirst()
        .orElseThrow()
        .message();
  }

  @Test
  void operandsBecomeSlices() {
    Graph after =
        run(parse(relu("a", "i") + relu("b", "i") + concat("c", 16, "a", "b") + finished("c", 16)));
    assertThat(IrPrinter.print(after))
        .contains(
            "%a = pointwise(%i) {body={relu(x0)}} : (f32[1,8,4,4]{NHWC}) -> f32[1,8,4,4]{NHWC:16}")
        .contains(
            "%c = concat(%a, %b) {axis=1} : (f32[1,8,4,4]{NHWC:16}, f32[1,8,4,4]{NHWC:16}) ->"
                + " f32[1,16,4,4]{NHWC}");
    assertThat(IrPrinter.print(IrParser.parse(IrPrinter.print(after), Weights.NONE)))
        .isEqualTo(IrPrinter.print(after));
    MemoryPlan plan = MemoryPlanner.plan(after);
    Value whole = after.nodes().get(3).result();
    assertThat(plan.placement(after.nodes().get(2).result()))
        .isEqualTo(new Placement.Alias(whole, 8 * 4));
    assertThat(Aliases.of(after).free()).containsExactly(whole);
    // The relayout of the input, and the whole.
    assertThat(plan.arenaBytes()).isEqualTo(512 + 1024);
  }

  /// `concat(a, b, c)` after `concat(a, b)` is `concat(concat(a, b), c)`, and all lie in the last.
  @Test
  void denselyConnectedBlocksLieInTheLastConcat() {
    Graph after =
        run(
            parse(
                relu("a", "i")
                    + relu("b", "i")
                    + concat("c", 16, "a", "b")
                    + "%d = slice(%c) {starts=[0,0,0,0], sizes=[1,8,4,4], steps=[1,1,1,1]} :"
                    + " (f32[1,16,4,4]{NHWC}) -> f32[1,8,4,4]{NHWC}\n"
                    + relu("e", "d")
                    + concat("f", 24, "a", "b", "e")
                    + finished("f", 24)));
    // A slice reads no slices, so the inner concat has a buffer of its own and is copied.
    assertThat(IrPrinter.print(after))
        .contains("= relayout(%c) : (f32[1,16,4,4]{NHWC}) -> f32[1,16,4,4]{NHWC:24}");
    Graph dense =
        run(
            parse(
                relu("a", "i")
                    + relu("b", "i")
                    + concat("c", 16, "a", "b")
                    + "%d = pool(%c) {kernel=[1,1], stride=[1,1], pad=[0,0,0,0], dilation=[1,1],"
                    + " kind=\"maximum\", ceil=false, count_padding=false} :"
                    + " (f32[1,16,4,4]{NHWC}) -> f32[1,16,4,4]{NHWC}\n"
                    + "%f = concat(%a, %b, %d) {axis=1} : ("
                    + TYPE
                    + ", "
                    + TYPE
                    + ", f32[1,16,4,4]{NHWC}) -> f32[1,32,4,4]{NHWC}\n"
                    + finished("f", 32)));
    assertThat(IrPrinter.print(dense))
        .contains("-> f32[1,16,4,4]{NHWC:32}")
        .contains("%f = concat(%c, %d)")
        .doesNotContain("= relayout(%c");
    Value last =
        dense.nodes().stream()
            .filter(node -> node.op() instanceof Concat)
            .map(node -> node.result())
            .toList()
            .getLast();
    assertThat(Aliases.of(dense).storage().values()).allMatch(storage -> storage.root() == last);
    assertThat(Aliases.of(dense).storage().values())
        .extracting(Aliases.Storage::byteOffset)
        .containsExactly(0L, 64L, 0L, 32L);
  }

  private static String slice(String result) {
    return "%%%s = slice(%%i) {starts=[0,0,0,0], sizes=[1,8,4,4], steps=[1,1,1,1]} : (%s) -> %s%n"
        .formatted(result, TYPE, TYPE);
  }

  @Test
  void oneStrangerIsCopied() {
    Graph after =
        run(parse(relu("a", "i") + slice("s") + concat("c", 16, "a", "s") + finished("c", 16)));
    assertThat(IrPrinter.print(after))
        .contains("relayout(%s) : (f32[1,8,4,4]{NHWC}) -> f32[1,8,4,4]{NHWC:16}");
    assertThat(Aliases.of(after).free()).extracting(Value::name).contains("c");
  }

  @Test
  void twoStrangersKeepTheConcat() {
    Graph before =
        parse(relu("a", "i") + slice("s") + concat("c", 24, "a", "a", "s") + finished("c", 24));
    assertThat(IrPrinter.print(run(before))).isEqualTo(IrPrinter.print(before));
    assertThat(missed())
        .contains("is part of another concat")
        .contains("is not made by a kernel that can store a slice");
  }

  @Test
  void slicesStartWithSectors() {
    Graph after =
        run(
            IrParser.parse(
                """
                graph @test(%x: f32[1,3,4,4]) -> (%y) {
                  %a = pointwise(%x) {body={relu(x0)}} : (f32[1,3,4,4]) -> f32[1,3,4,4]{NHWC}
                  %b = pointwise(%x) {body={abs(x0)}} : (f32[1,3,4,4]) -> f32[1,3,4,4]{NHWC}
                  %c = concat(%a, %b) {axis=1} : (f32[1,3,4,4]{NHWC}, f32[1,3,4,4]{NHWC}) -> f32[1,6,4,4]{NHWC}
                  %y = pointwise(%c) {body={relu(x0)}} : (f32[1,6,4,4]{NHWC}) -> f32[1,6,4,4]
                }
                """,
                Weights.NONE));
    assertThat(missed()).contains("does not start at a multiple of 32 bytes");
    assertThat(Aliases.of(after).free()).isEmpty();
  }

  @Test
  void outputsKeepTheirOwnBuffers() {
    Graph graph =
        parse(relu("a", "i") + relu("b", "i") + concat("c", 16, "a", "b") + finished("c", 16));
    Value a = graph.nodes().get(1).result();
    Graph before =
        new Graph(
            "test",
            graph.inputs(),
            graph.nodes(),
            List.of(graph.outputs().getFirst(), new Graph.Output("a", a)));
    Graph after = run(before);
    assertThat(after.outputs().get(1).value()).isSameAs(a);
    assertThat(IrPrinter.print(after))
        .contains("= relayout(%a) : (f32[1,8,4,4]{NHWC}) -> f32[1,8,4,4]{NHWC:16}");
  }
}
