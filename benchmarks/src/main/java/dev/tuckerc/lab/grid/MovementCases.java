package dev.tuckerc.lab.grid;

import dev.tuckerc.cli.tensors.Comparison;
import dev.tuckerc.ir.ArgReduce;
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
import dev.tuckerc.ir.Window;
import dev.tuckerc.lab.grid.KernelCase.Made;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The template `map`: every operation that computes or fetches one element per thread.
final class MovementCases {
  private static final Layout ROWS = Layout.ROW_MAJOR;
  private static final Layout LAST = Layout.NHWC;

  private final List<KernelCase> cases = new ArrayList<>();

  private MovementCases() {}

  static List<KernelCase> all() {
    MovementCases own = new MovementCases();
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      own.pools(type);
      own.movement(type);
      own.sums(type);
    }
    return own.cases;
  }

  private void pools(DataType type) {
    Window three = window(3, 2, 1, 1, 1);
    Window uneven =
        new Window(
            List.of(2L, 3L), List.of(2L, 1L), List.of(0L, 1L), List.of(1L, 2L), List.of(2L, 1L));
    add(
        type,
        "max-pool-64x28x28",
        64 * 14 * 14,
        LAST,
        KernelCase.EXACT,
        b -> new Pool(Pool.Kind.MAXIMUM, b.input(type, LAST, 1, 64, 28, 28), three, false, false));
    cases.add(cases.removeLast().inQuickSet());
    for (Layout layout : List.of(ROWS, LAST)) {
      String rows = layout.equals(ROWS) ? "-rows" : "";
      add(
          type,
          "max-pool-uneven-2x5x9x8" + rows,
          2 * 5 * 72,
          layout,
          KernelCase.EXACT,
          b -> new Pool(Pool.Kind.MAXIMUM, b.input(type, layout, 2, 5, 9, 8), uneven, true, false));
      add(
          type,
          "average-pool-2x5x9x8" + rows,
          2 * 5 * 72,
          layout,
          KernelCase.tolerance(type),
          b -> new Pool(Pool.Kind.AVERAGE, b.input(type, layout, 2, 5, 9, 8), three, true, true));
      add(
          type,
          "average-pool-inside-2x5x9x8" + rows,
          2 * 5 * 72,
          layout,
          KernelCase.tolerance(type),
          b ->
              new Pool(Pool.Kind.AVERAGE, b.input(type, layout, 2, 5, 9, 8), uneven, false, false));
    }
  }

  private void movement(DataType type) {
    for (Pad.Mode mode : Pad.Mode.values()) {
      add(
          type,
          "pad-" + mode.name().toLowerCase(java.util.Locale.ROOT) + "-3x5x4",
          200,
          LAST,
          KernelCase.EXACT,
          b ->
              new Pad(
                  b.input(type, LAST, 1, 3, 5, 4),
                  List.of(0L, 1L, -1L, 2L),
                  List.of(0L, 0L, 3L, -1L),
                  mode,
                  0.5));
    }
    add(
        type,
        "concat-8+16+3x7x7",
        27 * 49,
        LAST,
        KernelCase.EXACT,
        b ->
            new Concat(
                List.of(
                    b.input(type, LAST, 1, 8, 7, 7),
                    b.input(type, LAST, 1, 16, 7, 7),
                    b.input(type, LAST, 1, 3, 7, 7)),
                1));
    add(
        type,
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
      add(
          type,
          "resize-" + mode.name().toLowerCase(java.util.Locale.ROOT) + "-3x5x4",
          3 * 10 * 3,
          LAST,
          KernelCase.tolerance(type),
          b ->
              new Resize(
                  b.input(type, LAST, 1, 3, 5, 4),
                  Shape.of(1, 3, 10, 3),
                  List.of(1.0, 1.0, 2.0, 0.75),
                  mode,
                  Resize.Coordinates.HALF_PIXEL,
                  Resize.Nearest.ROUND_PREFER_FLOOR,
                  -0.75,
                  false));
    }
    add(
        type,
        "argmax-3x1000",
        3000,
        ROWS,
        KernelCase.EXACT,
        b -> new ArgReduce(ArgReduce.Kind.MAXIMUM, b.input(type, ROWS, 3, 1000), 1, false, false));
  }

  private void sums(DataType type) {
    add(
        type,
        "conv-transpose-4x9x7",
        6 * 20 * 22 * 4 * 6,
        LAST,
        KernelCase.tolerance(type),
        b ->
            new ConvolutionTranspose(
                b.input(type, LAST, 2, 4, 9, 7),
                b.constant(type, 4, 3, 3, 2),
                Optional.of(b.constant(type, 6)),
                new Window(
                    List.of(3L, 2L),
                    List.of(2L, 3L),
                    List.of(1L, 0L),
                    List.of(0L, 1L),
                    List.of(1L, 2L)),
                List.of(1L, 0L),
                2));
    add(
        type,
        "lrn-7x13x11",
        7 * 13 * 11 * 4,
        LAST,
        KernelCase.tolerance(type),
        b -> new LocalResponseNormalization(b.input(type, LAST, 1, 7, 13, 11), 4, 1e-2, 0.75, 1.5));
    if (type == DataType.F32) {
      add(
          type,
          "cumulative-sum-2x61x3",
          2 * 61 * 61 * 3,
          ROWS,
          KernelCase.tolerance(type),
          b -> new CumulativeSum(b.input(type, ROWS, 2, 61, 3), 1, true, true));
    }
  }

  private static Window window(long kernel, long stride, long before, long after, long dilation) {
    return new Window(
        List.of(kernel, kernel),
        List.of(stride, stride),
        List.of(before, before),
        List.of(after, after),
        List.of(dilation, dilation));
  }

  private void add(
      DataType type,
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
            b -> Made.of(b.add(op.apply(b), result))));
  }
}
