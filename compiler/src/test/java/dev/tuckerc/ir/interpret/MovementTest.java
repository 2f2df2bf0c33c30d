package dev.tuckerc.ir.interpret;

import static dev.tuckerc.ir.interpret.Operands.evaluate;
import static dev.tuckerc.ir.interpret.Operands.shape;
import static dev.tuckerc.ir.interpret.Operands.tensor;
import static dev.tuckerc.ir.interpret.Operands.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.ir.Broadcast;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Gather;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Resize;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class MovementTest {
  private static final Tensor X = tensor(DataType.I16, shape(2, 3), 1, 2, 3, 4, 5, 6);

  @Test
  void transposeSliceBroadcastReshape() {
    assertThat(evaluate(new Transpose(value(X), List.of(1L, 0L)), X).toLongs())
        .containsExactly(1, 4, 2, 5, 3, 6);
    Slice slice = new Slice(value(X), List.of(0L, 2L), Shape.of(2, 2), List.of(1L, -2L));
    assertThat(evaluate(slice, X).toLongs()).containsExactly(3, 1, 6, 4);
    Tensor column = tensor(DataType.I16, shape(2, 1), 7, 8);
    assertThat(evaluate(new Broadcast(value(column), Shape.of(2, 2, 3)), column).toLongs())
        .containsExactly(7, 7, 7, 8, 8, 8, 7, 7, 7, 8, 8, 8);
    assertThat(evaluate(new Reshape(value(X), Shape.of(3, 2)), X).shape()).containsExactly(3L, 2L);
  }

  @Test
  void concatAndGather() {
    Tensor column = tensor(DataType.I16, shape(2, 1), 7, 8);
    assertThat(evaluate(new Concat(List.of(value(X), value(column)), -1), X, column).toLongs())
        .containsExactly(1, 2, 3, 7, 4, 5, 6, 8);
    Tensor indices = Tensor.ofLongs(shape(2, 2), 0, -1, 2, 0);
    Tensor y = evaluate(new Gather(value(X), value(indices), 1), X, indices);
    assertThat(y.shape()).containsExactly(2L, 2L, 2L);
    assertThat(y.toLongs()).containsExactly(1, 3, 3, 1, 4, 6, 6, 4);
    Tensor outside = Tensor.ofLongs(shape(1), 3);
    assertThatThrownBy(() -> evaluate(new Gather(value(X), value(outside), 1), X, outside))
        .isInstanceOf(IrException.class)
        .hasMessageContaining("index 3");
  }

  private static double[] pad(Pad.Mode mode, long before, long after) {
    Tensor x = tensor(DataType.F32, shape(4), 1, 2, 3, 4);
    return evaluate(new Pad(value(x), List.of(before), List.of(after), mode, 9), x).toDoubles();
  }

  @Test
  void padModes() {
    assertThat(pad(Pad.Mode.CONSTANT, 1, 2)).containsExactly(9, 1, 2, 3, 4, 9, 9);
    assertThat(pad(Pad.Mode.EDGE, 1, 2)).containsExactly(1, 1, 2, 3, 4, 4, 4);
    assertThat(pad(Pad.Mode.REFLECT, 2, 3)).containsExactly(3, 2, 1, 2, 3, 4, 3, 2, 1);
    assertThat(pad(Pad.Mode.REFLECT, 0, 5)).containsExactly(1, 2, 3, 4, 3, 2, 1, 2, 3);
    assertThat(pad(Pad.Mode.WRAP, 2, 5)).containsExactly(3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1);
  }

  @Test
  void negativePadsCutFirst() {
    assertThat(pad(Pad.Mode.CONSTANT, -1, 1)).containsExactly(2, 3, 4, 9);
    assertThat(pad(Pad.Mode.CONSTANT, -1, -2)).containsExactly(2);
    assertThat(pad(Pad.Mode.EDGE, -1, 1)).containsExactly(2, 3, 4, 4);
    assertThat(pad(Pad.Mode.REFLECT, 3, -1)).containsExactly(2, 3, 2, 1, 2, 3);
    assertThat(pad(Pad.Mode.WRAP, -2, 3)).containsExactly(3, 4, 3, 4, 3);
  }

  private static double[] resize(
      Resize.Mode mode,
      Resize.Coordinates coordinates,
      Resize.Nearest nearest,
      double scale,
      long size,
      double... row) {
    Tensor x = tensor(DataType.F64, shape(row.length), row);
    Resize resize =
        new Resize(
            value(x), Shape.of(size), List.of(scale), mode, coordinates, nearest, -0.75, false);
    return evaluate(resize, x).toDoubles();
  }

  @Test
  void nearestResize() {
    double[] row = {1, 2, 3, 4};
    assertThat(
            resize(
                Resize.Mode.NEAREST,
                Resize.Coordinates.ASYMMETRIC,
                Resize.Nearest.FLOOR,
                2,
                8,
                row))
        .containsExactly(1, 1, 2, 2, 3, 3, 4, 4);
    assertThat(
            resize(
                Resize.Mode.NEAREST, Resize.Coordinates.ASYMMETRIC, Resize.Nearest.CEIL, 2, 8, row))
        .containsExactly(1, 2, 2, 3, 3, 4, 4, 4);
    // Coordinates 0.5 and 2.5: halves.
    assertThat(
            resize(
                Resize.Mode.NEAREST,
                Resize.Coordinates.HALF_PIXEL,
                Resize.Nearest.ROUND_PREFER_FLOOR,
                0.5,
                2,
                row))
        .containsExactly(1, 3);
    assertThat(
            resize(
                Resize.Mode.NEAREST,
                Resize.Coordinates.HALF_PIXEL,
                Resize.Nearest.ROUND_PREFER_CEIL,
                0.5,
                2,
                row))
        .containsExactly(2, 4);
    // 10/3 rounded to float32: output 10 of 11 sits at 3 but for the rounding error.
    assertThat(
            resize(
                Resize.Mode.NEAREST,
                Resize.Coordinates.ASYMMETRIC,
                Resize.Nearest.FLOOR,
                (float) (10 / 3.0),
                11,
                row)[10])
        .isEqualTo(4);
  }

  private static double[] linear(Resize.Coordinates coordinates, double scale, long size) {
    return resize(Resize.Mode.LINEAR, coordinates, Resize.Nearest.FLOOR, scale, size, 1, 2, 3, 4);
  }

  @Test
  void linearResizeInEveryCoordinateMode() {
    assertThat(linear(Resize.Coordinates.HALF_PIXEL, 2, 8))
        .containsExactly(1, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75, 4);
    assertThat(linear(Resize.Coordinates.ALIGN_CORNERS, 1.75, 7))
        .containsExactly(1, 1.5, 2, 2.5, 3, 3.5, 4);
    assertThat(linear(Resize.Coordinates.ASYMMETRIC, 2, 8))
        .containsExactly(1, 1.5, 2, 2.5, 3, 3.5, 4, 4);
    assertThat(linear(Resize.Coordinates.PYTORCH_HALF_PIXEL, 0.25, 1)).containsExactly(1);
    assertThat(linear(Resize.Coordinates.HALF_PIXEL, 0.25, 1)).containsExactly(2.5);
    // Scale 0.6 of 4 is 2.4, cut to 2; the symmetric mode centres what is cut.
    double[] symmetric = linear(Resize.Coordinates.HALF_PIXEL_SYMMETRIC, 0.6, 2);
    assertThat(symmetric[0] + symmetric[1]).isCloseTo(5, within(1e-12));
    assertThat(symmetric[1] - symmetric[0]).isCloseTo(1 / 0.6, within(1e-12));
  }

  @Test
  void cubicResizeReproducesStraightLinesAndExcludesTheOutside() {
    Tensor x = tensor(DataType.F64, shape(1, 6), 0, 1, 2, 3, 4, 5);
    Resize resize =
        new Resize(
            value(x),
            Shape.of(1, 12),
            List.of(1.0, 2.0),
            Resize.Mode.CUBIC,
            Resize.Coordinates.HALF_PIXEL,
            Resize.Nearest.FLOOR,
            -0.5,
            true);
    Tensor y = evaluate(resize, x);
    // With a = -0.5 the interpolation is exact on lines, away from the ends.
    assertThat(y.getDouble(5)).isCloseTo(2.25, within(1e-12));
    // At 0.25, taps -1 is left out and the others renormalised.
    double w0 = 1 - 2.5 * 0.0625 + 1.5 * 0.015625;
    double w1 = 1 - 2.5 * 0.5625 + 1.5 * 0.421875;
    double w2 = -0.5 * (1.75 * 1.75 * 1.75 - 5 * 1.75 * 1.75 + 8 * 1.75 - 4);
    assertThat(y.getDouble(1)).isCloseTo((w1 + 2 * w2) / (w0 + w1 + w2), within(1e-12));
  }
}
