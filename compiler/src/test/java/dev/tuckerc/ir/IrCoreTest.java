package dev.tuckerc.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.tensor.DataType;
import java.util.List;
import org.junit.jupiter.api.Test;

class IrCoreTest {

  private static Shape symbolic(String name, long... rest) {
    return new Shape(
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of(new Dim.Symbolic(name)), Shape.of(rest).dims().stream())
            .toList());
  }

  @Test
  void shapesBroadcast() {
    assertThat(Shape.broadcast(Shape.of(3, 1), Shape.of(2, 1, 4))).isEqualTo(Shape.of(2, 3, 4));
    assertThat(Shape.broadcast(symbolic("N", 4), Shape.of(1, 4))).isEqualTo(symbolic("N", 4));
    assertThat(Shape.broadcast(Shape.of(0), Shape.of(1))).isEqualTo(Shape.of(0));
    assertThatThrownBy(() -> Shape.broadcast(Shape.of(2), Shape.of(3)))
        .isInstanceOf(IrException.class)
        .hasMessage("shapes [2] and [3] do not broadcast");
  }

  @Test
  void symbolicExtentsComputeAsText() {
    Dim n = new Dim.Symbolic("N");
    assertThat(n.plus(1).dividedBy(2)).hasToString("(N+1)/2");
    assertThat(n.plus(0).times(1).dividedBy(1)).isEqualTo(n);
    assertThat(Dim.of(3).times(n)).hasToString("N*3");
    assertThat(Dim.of(7).dividedBy(2)).isEqualTo(Dim.of(3));
    assertThatThrownBy(n::extent).isInstanceOf(IrException.class).hasMessageContaining("--shape");
  }

  @Test
  void layouts() {
    assertThat(new Layout(List.of(0, 1, 2))).isEqualTo(Layout.ROW_MAJOR);
    assertThat(Layout.NHWC.strides(List.of(2L, 3L, 4L, 5L))).containsExactly(60, 1, 15, 3);
    assertThatThrownBy(() -> new Layout(List.of(0, 0))).isInstanceOf(IrException.class);
  }

  @Test
  void windowsCountTheirOutputs() {
    Window window = new Window(List.of(3L), List.of(2L), List.of(0L), List.of(0L), List.of(1L));
    assertThat(window.output(0, Dim.of(6), false)).isEqualTo(Dim.of(2));
    assertThat(window.output(0, Dim.of(6), true)).isEqualTo(Dim.of(3));
    // Rounded up, the last window would start in the padding at the end: it is not counted.
    Window padded = new Window(List.of(1L), List.of(3L), List.of(0L), List.of(1L), List.of(1L));
    assertThat(padded.output(0, Dim.of(3), true)).isEqualTo(Dim.of(1));
    assertThatThrownBy(() -> window.output(0, Dim.of(2), false))
        .isInstanceOf(IrException.class)
        .hasMessageContaining("does not fit");
  }

  @Test
  void locationsFuseInSourceOrderWithoutRepeats() {
    Location conv = Location.of(3, "c", "Conv");
    Location relu = Location.of(4, "r", "Relu");
    assertThat(Location.fused(relu, conv, relu, Location.NONE).origins())
        .extracting(Location.Origin::name)
        .containsExactly("c", "r");
    assertThat(Location.fused(relu, conv).name()).isEqualTo("c");
  }

  @Test
  void nodesRefuseForeignTypes() {
    Value x = new Value("x", TensorType.of(DataType.F32, 2));
    assertThatThrownBy(() ->
            new Node(
                new Relayout(x), new Value("y", TensorType.of(DataType.F16, 2)), Location.NONE))
        .isInstanceOf(IrException.class)
        .hasMessage("relayout gives f32[2] but its result is declared f16[2]");
  }

  @Test
  void everyOperationIsRebuiltFromItsParts() {
    for (long seed = 0; seed < 50; seed++) {
      for (Node node : RandomGraphs.generate(seed, 20, false).nodes()) {
        Op op = node.op();
        assertThat(op.withOperands(op.operands())).isEqualTo(op);
      }
    }
  }
}
