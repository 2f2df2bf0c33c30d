package dev.tuckerc.tests.kernels;

import static dev.tuckerc.tests.kernels.OperationCases.exact;

import dev.tuckerc.ir.Broadcast;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Gather;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.kernels.OperationCases.Case;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Operations that move elements, of every size of element, between both layouts, against the
/// reference interpreter.
class MovementKernelTest {
  private static final Layout ROWS = Layout.ROW_MAJOR;
  private static final Layout LAST = Layout.NHWC;

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void matchesTheReference(String name, Case test) {
    OperationCases.check(name, test);
  }

  static Stream<Arguments> matchesTheReference() {
    List<Arguments> cases = new ArrayList<>();
    elementTypes(cases);
    layouts(cases);
    small(cases);
    return cases.stream();
  }

  private static void elementTypes(List<Arguments> cases) {
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
  }

  private static void layouts(List<Arguments> cases) {
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
  }

  private static void small(List<Arguments> cases) {
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
}
