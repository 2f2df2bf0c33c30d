package dev.tuckerc.tests.kernels;

import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.tuckerc.ir.ArgReduce;
import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.Broadcast;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.CumulativeSum;
import dev.tuckerc.ir.Gather;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.LocalResponseNormalization;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Resize;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.Softmax;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.kernels.KernelHarness.Tolerance;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every operation but convolution and matrix product, at edge shapes, in both layouts, against the
/// reference interpreter.
class OperationKernelTest {
  private static final Layout ROWS = Layout.ROW_MAJOR;
  private static final Layout LAST = Layout.NHWC;

  /// One operation on operands that a builder makes.
  record Case(Layout resultLayout, Tolerance tolerance, Function<CaseBuilder, Op> op) {}

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void matchesTheReference(String name, Case test) {
    CaseBuilder builder = new CaseBuilder(name.hashCode());
    Op op = test.op().apply(builder);
    Value result = builder.add(op, test.resultLayout());
    KernelHarness.check(builder, builder.graph(result), test.tolerance());
  }

  static Stream<Arguments> matchesTheReference() {
    List<Arguments> cases = new ArrayList<>();
    movement(cases);
    pools(cases);
    reductions(cases);
    resizes(cases);
    others(cases);
    return cases.stream();
  }

  private static void add(
      List<Arguments> cases,
      String name,
      Layout layout,
      Tolerance tolerance,
      Function<CaseBuilder, Op> op) {
    cases.add(arguments(name, new Case(layout, tolerance, op)));
  }

  private static void exact(
      List<Arguments> cases, String name, Layout layout, Function<CaseBuilder, Op> op) {
    add(cases, name, layout, Tolerance.EXACT, op);
  }

  private static void movement(List<Arguments> cases) {
    for (DataType type :
        List.of(
            DataType.F32, DataType.F16, DataType.F64, DataType.I64, DataType.I8, DataType.BOOL)) {
      exact(
          cases,
          "transpose " + type,
          ROWS,
          b -> new Transpose(b.input(type, ROWS, 3, 5, 7), List.of(2L, 0L, 1L)));
      exact(
          cases,
          "concat " + type,
          ROWS,
          b ->
              new Concat(
                  List.of(
                      b.input(type, ROWS, 2, 3, 4),
                      b.input(type, ROWS, 2, 1, 4),
                      b.input(type, ROWS, 2, 5, 4)),
                  1));
      exact(
          cases,
          "pad " + type,
          ROWS,
          b ->
              new Pad(
                  b.input(type, ROWS, 2, 3),
                  List.of(1L, 0L),
                  List.of(0L, 2L),
                  Pad.Mode.CONSTANT,
                  1));
      exact(
          cases,
          "gather " + type,
          ROWS,
          b ->
              new Gather(
                  b.input(type, ROWS, 4, 3, 2),
                  b.constant(Tensor.ofLongs(List.of(2L, 2L), 0, -1, 2, 1)),
                  1));
    }
    for (Layout from : List.of(ROWS, LAST)) {
      for (Layout to : List.of(ROWS, LAST)) {
        String layouts = " " + from + " to " + to;
        exact(
            cases,
            "relayout" + layouts,
            to,
            b -> new Relayout(b.input(DataType.F16, from, 2, 13, 5, 3)));
        exact(
            cases,
            "relayout 64 channels" + layouts,
            to,
            b -> new Relayout(b.input(DataType.F32, from, 1, 64, 8, 8)));
        exact(
            cases,
            "slice" + layouts,
            to,
            b ->
                new Slice(
                    b.input(DataType.F32, from, 2, 9, 6, 5),
                    List.of(1L, 8L, 0L, 4L),
                    Shape.of(1, 4, 3, 5),
                    List.of(1L, -2L, 2L, -1L)));
        exact(
            cases,
            "concat" + layouts,
            to,
            b ->
                new Concat(
                    List.of(
                        b.input(DataType.F32, from, 1, 8, 3, 3),
                        b.input(DataType.F32, to, 1, 16, 3, 3),
                        b.input(DataType.F32, from, 1, 3, 3, 3)),
                    1));
        exact(
            cases,
            "reshape" + layouts,
            from,
            b -> new Reshape(b.input(DataType.F32, to, 2, 6, 4, 2), Shape.of(4, 3, 2, 4)));
        exact(
            cases,
            "flatten" + layouts,
            ROWS,
            b -> new Reshape(b.input(DataType.F32, to, 2, 6, 4, 2), Shape.of(2, 48)));
        for (Pad.Mode mode : Pad.Mode.values()) {
          exact(
              cases,
              "pad " + mode + layouts,
              to,
              b ->
                  new Pad(
                      b.input(DataType.F32, from, 1, 3, 5, 4),
                      List.of(0L, 1L, -1L, 2L),
                      List.of(0L, 0L, 3L, -1L),
                      mode,
                      0.5));
        }
        exact(
            cases,
            "transpose" + layouts,
            to,
            b -> new Transpose(b.input(DataType.F32, from, 2, 3, 4, 5), List.of(0L, 3L, 1L, 2L)));
        exact(
            cases,
            "broadcast" + layouts,
            to,
            b -> new Broadcast(b.input(DataType.F32, from, 1, 3, 1, 5), Shape.of(2, 3, 4, 5)));
      }
    }
    exact(
        cases,
        "broadcast of a scalar",
        ROWS,
        b -> new Broadcast(b.input(DataType.F32, ROWS), Shape.of(3, 2)));
    exact(
        cases,
        "one element",
        ROWS,
        b -> new Transpose(b.input(DataType.F32, ROWS, 1, 1), List.of(1L, 0L)));
  }

  private static void pools(List<Arguments> cases) {
    Window three =
        new Window(
            List.of(3L, 3L), List.of(2L, 2L), List.of(1L, 1L), List.of(1L, 1L), List.of(1L, 1L));
    Window uneven =
        new Window(
            List.of(2L, 3L), List.of(2L, 1L), List.of(0L, 1L), List.of(1L, 2L), List.of(2L, 1L));
    for (DataType type : List.of(DataType.F32, DataType.F16, DataType.F64)) {
      Tolerance tolerance = type == DataType.F16 ? Tolerance.F16 : Tolerance.F32;
      for (Layout layout : List.of(ROWS, LAST)) {
        for (Window window : List.of(three, uneven)) {
          for (boolean ceil : List.of(false, true)) {
            String name = type + " " + layout + " " + window.kernel() + (ceil ? " ceil" : "");
            exact(
                cases,
                "max pool " + name,
                layout,
                b ->
                    new Pool(
                        Pool.Kind.MAXIMUM, b.input(type, layout, 2, 5, 9, 8), window, ceil, false));
            add(
                cases,
                "average pool " + name,
                layout,
                tolerance,
                b ->
                    new Pool(
                        Pool.Kind.AVERAGE, b.input(type, layout, 2, 5, 9, 8), window, ceil, false));
            add(
                cases,
                "average pool with padding " + name,
                layout,
                tolerance,
                b ->
                    new Pool(
                        Pool.Kind.AVERAGE, b.input(type, layout, 2, 5, 9, 8), window, ceil, true));
          }
        }
      }
    }
    exact(
        cases,
        "max pool 1-D of i8",
        ROWS,
        b ->
            new Pool(
                Pool.Kind.MAXIMUM,
                b.input(DataType.I8, ROWS, 1, 2, 7),
                Window.of(List.of(3L)),
                false,
                false));
    add(
        cases,
        "average pool 3-D",
        ROWS,
        Tolerance.F32,
        b ->
            new Pool(
                Pool.Kind.AVERAGE,
                b.input(DataType.F32, ROWS, 1, 2, 5, 4, 6),
                Window.of(List.of(2L, 3L, 2L)),
                false,
                false));
  }

  private static void reductions(List<Arguments> cases) {
    for (Reduce.Kind kind : Reduce.Kind.values()) {
      add(
          cases,
          "reduce last " + kind,
          ROWS,
          Tolerance.F32,
          b -> new Reduce(kind, b.input(DataType.F32, ROWS, 3, 37), List.of(1L), false));
      add(
          cases,
          "reduce first " + kind,
          ROWS,
          Tolerance.F32,
          b -> new Reduce(kind, b.input(DataType.F32, ROWS, 5, 33), List.of(0L), true));
      add(
          cases,
          "reduce all " + kind,
          ROWS,
          Tolerance.F32,
          b -> new Reduce(kind, b.input(DataType.F64, ROWS, 3, 4, 5), List.of(0L, 1L, 2L), false));
      if (kind != Reduce.Kind.MEAN) {
        exact(
            cases,
            "reduce integers " + kind,
            ROWS,
            b -> new Reduce(kind, b.input(DataType.I32, ROWS, 3, 4, 5), List.of(0L, 2L), false));
      }
    }
    for (Layout layout : List.of(ROWS, LAST)) {
      add(
          cases,
          "global average " + layout,
          layout,
          Tolerance.F32,
          b ->
              new Reduce(
                  Reduce.Kind.MEAN,
                  b.input(DataType.F32, layout, 2, 70, 7, 7),
                  List.of(2L, 3L),
                  true));
      add(
          cases,
          "global average f16 " + layout,
          layout,
          Tolerance.F16,
          b ->
              new Reduce(
                  Reduce.Kind.MEAN,
                  b.input(DataType.F16, layout, 1, 512, 7, 7),
                  List.of(2L, 3L),
                  true));
      for (boolean logarithm : List.of(false, true)) {
        add(
            cases,
            "softmax over channels " + layout + logarithm,
            layout,
            Tolerance.F32,
            b -> new Softmax(b.input(DataType.F32, layout, 2, 11, 3, 4), 1, logarithm));
      }
    }
    for (long length : List.of(1L, 7L, 32L, 1000L)) {
      add(
          cases,
          "softmax " + length,
          ROWS,
          Tolerance.F32,
          b -> new Softmax(b.input(DataType.F32, ROWS, 3, length), 1, false));
      add(
          cases,
          "log softmax f16 " + length,
          ROWS,
          Tolerance.F16,
          b -> new Softmax(b.input(DataType.F16, ROWS, 2, length), 1, true));
      add(
          cases,
          "softmax f64 " + length,
          ROWS,
          Tolerance.F32,
          b -> new Softmax(b.input(DataType.F64, ROWS, 1, length), -1, false));
    }
    for (ArgReduce.Kind kind : ArgReduce.Kind.values()) {
      for (boolean last : List.of(false, true)) {
        exact(
            cases,
            "arg " + kind + " last " + last,
            ROWS,
            b -> new ArgReduce(kind, b.input(DataType.I32, ROWS, 2, 60, 3), 1, last, last));
        exact(
            cases,
            "arg of NaN " + kind + " last " + last,
            ROWS,
            b ->
                new ArgReduce(
                    kind,
                    b.input(
                        Tensor.ofFloats(List.of(2L, 4L), 1, Float.NaN, 3, Float.NaN, -1, 2, 2, -1),
                        ROWS),
                    1,
                    false,
                    last));
      }
    }
    for (boolean exclusive : List.of(false, true)) {
      for (boolean reverse : List.of(false, true)) {
        exact(
            cases,
            "cumulative sum " + exclusive + reverse,
            ROWS,
            b -> new CumulativeSum(b.input(DataType.I64, ROWS, 2, 9, 3), 1, exclusive, reverse));
      }
    }
  }

  private static void resizes(List<Arguments> cases) {
    for (Resize.Mode mode : Resize.Mode.values()) {
      for (Resize.Coordinates coordinates : Resize.Coordinates.values()) {
        for (Layout layout : List.of(ROWS, LAST)) {
          add(
              cases,
              "resize " + mode + " " + coordinates + " " + layout,
              layout,
              Tolerance.F32,
              b ->
                  new Resize(
                      b.input(DataType.F32, layout, 1, 3, 5, 4),
                      Shape.of(1, 3, 10, 3),
                      List.of(1.0, 1.0, 2.0, 0.75),
                      mode,
                      coordinates,
                      Resize.Nearest.ROUND_PREFER_FLOOR,
                      -0.75,
                      mode == Resize.Mode.CUBIC && layout.isRowMajor()));
        }
      }
    }
  }

  private static void others(List<Arguments> cases) {
    for (Layout layout : List.of(ROWS, LAST)) {
      add(
          cases,
          "lrn " + layout,
          layout,
          Tolerance.F32,
          b ->
              new LocalResponseNormalization(
                  b.input(DataType.F32, layout, 1, 7, 3, 2), 4, 1e-2, 0.75, 1.5));
      add(
          cases,
          "batch norm " + layout,
          layout,
          Tolerance.F32,
          b ->
              new BatchNormalization(
                  b.input(DataType.F32, layout, 2, 5, 3, 2),
                  b.constant(DataType.F32, 5),
                  b.constant(DataType.F32, 5),
                  b.constant(DataType.F32, 5),
                  b.constant(Tensor.ofFloats(List.of(5L), 1, 2, 0.5f, 3, 0.1f)),
                  1e-3));
      add(
          cases,
          "conv transpose " + layout,
          layout,
          Tolerance.F32,
          b ->
              new ConvolutionTranspose(
                  b.input(DataType.F32, layout, 2, 4, 3, 5),
                  b.constant(DataType.F32, 4, 3, 3, 2),
                  Optional.of(b.constant(DataType.F32, 6)),
                  new Window(
                      List.of(3L, 2L),
                      List.of(2L, 3L),
                      List.of(1L, 0L),
                      List.of(0L, 1L),
                      List.of(1L, 2L)),
                  List.of(1L, 0L),
                  2));
    }
  }
}
