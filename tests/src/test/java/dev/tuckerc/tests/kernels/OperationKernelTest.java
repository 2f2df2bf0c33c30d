package dev.tuckerc.tests.kernels;

import static dev.tuckerc.tests.kernels.OperationCases.add;
import static dev.tuckerc.tests.kernels.OperationCases.exact;

import dev.tuckerc.ir.ArgPool;
import dev.tuckerc.ir.ArgReduce;
import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.CumulativeSum;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.LocalResponseNormalization;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Resize;
import dev.tuckerc.ir.Scatter;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Softmax;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.kernels.KernelHarness.Tolerance;
import dev.tuckerc.tests.kernels.OperationCases.Case;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every operation but convolution, matrix product, pools and those that only move elements, at
/// edge shapes, in both layouts, against the reference interpreter.
class OperationKernelTest {
  private static final Layout ROWS = Layout.ROW_MAJOR;
  private static final Layout LAST = Layout.NHWC;

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void matchesTheReference(String name, Case test) {
    OperationCases.check(name, test);
  }

  static Stream<Arguments> matchesTheReference() {
    List<Arguments> cases = new ArrayList<>();
    reductions(cases);
    resizes(cases);
    others(cases);
    places(cases);
    return cases.stream();
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
            "reduce nothing " + kind,
            ROWS,
            b -> new Reduce(kind, b.input(DataType.F32, ROWS, 3, 0, 5), List.of(1L), false));
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

  /// Positions, and elements put to them.
  private static void places(List<Arguments> cases) {
    Window window =
        new Window(
            List.of(2L, 3L), List.of(2L, 1L), List.of(0L, 1L), List.of(1L, 2L), List.of(2L, 1L));
    for (DataType type : List.of(DataType.F32, DataType.F16, DataType.I8)) {
      for (Layout layout : List.of(ROWS, LAST)) {
        for (boolean ceil : List.of(false, true)) {
          exact(
              cases,
              "arg pool " + type + layout + ceil,
              layout,
              b -> new ArgPool(b.input(type, layout, 2, 5, 9, 8), window, ceil));
        }
      }
    }
    Tensor places = Tensor.ofLongs(List.of(2L, 3L, 1L), 0, -1, Scatter.NOWHERE, 4, 4, -5);
    for (Scatter.Combination combination : Scatter.Combination.values()) {
      for (DataType type : List.of(DataType.F32, DataType.F16, DataType.I64, DataType.U8)) {
        add(
            cases,
            "scatter rows " + combination + type,
            ROWS,
            type == DataType.F16 ? Tolerance.F16 : Tolerance.EXACT,
            b ->
                new Scatter(
                    b.input(type, ROWS, 2, 5, 3),
                    b.input(places, ROWS),
                    b.input(type, ROWS, 2, 3, 3),
                    combination));
      }
      exact(
          cases,
          "scatter elements " + combination,
          ROWS,
          b ->
              new Scatter(
                  b.input(DataType.I32, ROWS, 1, 21, 4),
                  b.input(DataType.I32, ROWS, 1, 6, 4),
                  b.input(DataType.I32, ROWS, 1, 6, 4),
                  combination));
    }
    exact(
        cases,
        "scatter bool",
        ROWS,
        b ->
            new Scatter(
                b.input(DataType.BOOL, ROWS, 2, 5, 3),
                b.input(places, ROWS),
                b.input(DataType.BOOL, ROWS, 2, 3, 3),
                Scatter.Combination.REPLACE));
    for (long length : List.of(31L, 33L, 1000L, 9000L)) {
      for (DataType type : List.of(DataType.F32, DataType.F16, DataType.I64, DataType.BOOL)) {
        exact(
            cases,
            "arg of " + length + type,
            ROWS,
            b ->
                new ArgReduce(
                    ArgReduce.Kind.MAXIMUM, b.input(type, ROWS, 2, length), 1, false, true));
      }
      add(
          cases,
          "sum of " + length,
          ROWS,
          new Tolerance(2e-3, 2e-5),
          b ->
              new Reduce(Reduce.Kind.SUM, b.input(DataType.F32, ROWS, length), List.of(0L), false));
      add(
          cases,
          "wide sum of " + length,
          ROWS,
          new Tolerance(2e-3, 2e-5),
          b ->
              new Reduce(
                  Reduce.Kind.SUM,
                  b.input(DataType.F16, ROWS, 2, length),
                  List.of(1L),
                  true,
                  DataType.F32));
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
                      mode == Resize.Mode.CUBIC && layout.isRowMajor(),
                      layout.isRowMajor(),
                      coordinates == Resize.Coordinates.TF_CROP_AND_RESIZE
                          ? List.of(0.0, 0.0, 0.1, 0.3, 1.0, 1.0, 0.8, 1.2)
                          : List.of()));
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
