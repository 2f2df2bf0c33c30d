package dev.tuckerc.lab.grid;

import dev.tuckerc.cli.tensors.Comparison;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.CumulativeSum;
import dev.tuckerc.ir.Gather;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.LocalResponseNormalization;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Resize;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.LongStream;

/// The template `map`: every operation that computes or fetches one element per thread.
final class MovementCases {
  private static final Layout ROWS = Layout.ROW_MAJOR;
  private static final Layout LAST = Layout.NHWC;

  private final List<KernelCase> cases = new ArrayList<>();
  private final DataType type;

  private MovementCases(DataType type) {
    this.type = type;
  }

  static List<KernelCase> all() {
    List<KernelCase> all = new ArrayList<>();
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      MovementCases own = new MovementCases(type);
      own.pools();
      own.movement();
      own.sums();
      all.addAll(own.cases);
    }
    return all;
  }

  private void pools() {
    Window three = window(List.of(3L, 3L), List.of(2L, 2L), List.of(1L, 1L), List.of(1L, 1L), 1, 1);
    Window uneven =
        window(List.of(2L, 3L), List.of(2L, 1L), List.of(0L, 1L), List.of(1L, 2L), 2, 1);
    Pool.Kind most = Pool.Kind.MAXIMUM;
    Pool.Kind mean = Pool.Kind.AVERAGE;
    exact("max-pool-64x28x28", LAST, x -> new Pool(most, x, three, false, false), 1, 64, 28, 28);
    cases.add(cases.removeLast().inQuickSet());
    for (Layout layout : List.of(ROWS, LAST)) {
      String shape = "-2x5x9x8" + (layout.equals(ROWS) ? "-rows" : "");
      exact(
          "max-pool-uneven" + shape,
          layout,
          x -> new Pool(most, x, uneven, true, false),
          2,
          5,
          9,
          8);
      near("average-pool" + shape, layout, x -> new Pool(mean, x, three, true, true), 2, 5, 9, 8);
      near(
          "average-pool-inside" + shape,
          layout,
          x -> new Pool(mean, x, uneven, false, false),
          2,
          5,
          9,
          8);
    }
  }

  private void movement() {
    for (Pad.Mode mode : Pad.Mode.values()) {
      List<Long> before = List.of(0L, 1L, -1L, 2L);
      List<Long> after = List.of(0L, 0L, 3L, -1L);
      String name = "pad-" + mode.name().toLowerCase(Locale.ROOT) + "-3x5x4";
      exact(name, LAST, x -> new Pad(x, before, after, mode, 0.5), 1, 3, 5, 4);
    }
    add(
        "concat-8+16+3x7x7",
        27 * 49,
        LAST,
        KernelCase.EXACT,
        b ->
            new Concat(
                LongStream.of(8, 16, 3).mapToObj(c -> b.input(type, LAST, 1, c, 7, 7)).toList(),
                1));
    add(
        "gather-4x30x20",
        4 * 4 * 20,
        ROWS,
        KernelCase.EXACT,
        b ->
            new Gather(
                b.input(type, ROWS, 4, 30, 20),
                b.constant(Tensor.ofLongs(List.of(2L, 2L), 0, -1, 29, 1)),
                1));
    for (Resize.Mode mode : Resize.Mode.values()) {
      near(
          "resize-" + mode.name().toLowerCase(Locale.ROOT) + "-3x5x4",
          LAST,
          x ->
              new Resize(
                  x,
                  Shape.of(1, 3, 10, 3),
                  List.of(1.0, 1.0, 2.0, 0.75),
                  mode,
                  Resize.Coordinates.HALF_PIXEL,
                  Resize.Nearest.ROUND_PREFER_FLOOR,
                  -0.75,
                  false),
          1,
          3,
          5,
          4);
    }
  }

  private void sums() {
    Window window =
        window(List.of(3L, 2L), List.of(2L, 3L), List.of(1L, 0L), List.of(0L, 1L), 1, 2);
    add(
        "conv-transpose-4x9x7",
        6 * 20 * 22 * 4 * 6,
        LAST,
        KernelCase.tolerance(type),
        b ->
            new ConvolutionTranspose(
                b.input(type, LAST, 2, 4, 9, 7),
                b.constant(type, 4, 3, 3, 2),
                Optional.of(b.constant(type, 6)),
                window,
                List.of(1L, 0L),
                2));
    near(
        "lrn-7x13x11",
        LAST,
        x -> new LocalResponseNormalization(x, 4, 1e-2, 0.75, 1.5),
        1,
        7,
        13,
        11);
    if (type == DataType.F32) {
      near("cumulative-sum-2x61x3", ROWS, x -> new CumulativeSum(x, 1, true, true), 2, 61, 3);
    }
  }

  private static Window window(
      List<Long> kernel, List<Long> stride, List<Long> before, List<Long> after, long... dilation) {
    return new Window(kernel, stride, before, after, LongStream.of(dilation).boxed().toList());
  }

  private void exact(String details, Layout layout, Function<Value, Op> op, long... shape) {
    add(
        details,
        elements(shape),
        layout,
        KernelCase.EXACT,
        b -> op.apply(b.input(type, layout, shape)));
  }

  private void near(String details, Layout layout, Function<Value, Op> op, long... shape) {
    add(
        details,
        elements(shape),
        layout,
        KernelCase.tolerance(type),
        b -> op.apply(b.input(type, layout, shape)));
  }

  private static long elements(long... shape) {
    return LongStream.of(shape).reduce(1, Math::multiplyExact);
  }

  private void add(
      String details,
      long elements,
      Layout result,
      Comparison.Tolerance tolerance,
      Function<CaseBuilder, Op> op) {
    cases.add(
        new KernelCase(
            "map/" + type.text() + "/" + details,
            "map",
            elements,
            false,
            tolerance,
            b -> b.add(op.apply(b), result)));
  }
}
