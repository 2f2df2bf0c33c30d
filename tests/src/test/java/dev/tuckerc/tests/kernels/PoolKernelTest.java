package dev.tuckerc.tests.kernels;

import static dev.tuckerc.tests.kernels.OperationCases.add;
import static dev.tuckerc.tests.kernels.OperationCases.exact;

import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tests.kernels.KernelHarness.Tolerance;
import dev.tuckerc.tests.kernels.OperationCases.Case;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Pools at edge shapes, in both layouts, against the reference interpreter.
class PoolKernelTest {
  private static final Layout ROWS = Layout.ROW_MAJOR;
  private static final Layout LAST = Layout.NHWC;

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void matchesTheReference(String name, Case test) {
    OperationCases.check(name, test);
  }

  static Stream<Arguments> matchesTheReference() {
    List<Arguments> cases = new ArrayList<>();
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
            // Whole accesses of 16 bytes, and channels that do not divide into them.
            long channels = layout == LAST && ceil ? 16 : 5;
            String name = type + " " + layout + " " + window.kernel() + (ceil ? " ceil" : "");
            exact(
                cases,
                "max pool " + name,
                layout,
                b ->
                    new Pool(
                        Pool.Kind.MAXIMUM,
                        b.input(type, layout, 2, channels, 9, 8),
                        window,
                        ceil,
                        false));
            add(
                cases,
                "average pool " + name,
                layout,
                tolerance,
                b ->
                    new Pool(
                        Pool.Kind.AVERAGE,
                        b.input(type, layout, 2, channels, 9, 8),
                        window,
                        ceil,
                        false));
            add(
                cases,
                "average pool with padding " + name,
                layout,
                tolerance,
                b ->
                    new Pool(
                        Pool.Kind.AVERAGE,
                        b.input(type, layout, 2, channels, 9, 8),
                        window,
                        ceil,
                        true));
          }
        }
      }
    }
    Window larger =
        new Window(
            List.of(3L, 3L), List.of(2L, 2L), List.of(0L, 0L), List.of(0L, 0L), List.of(1L, 1L));
    for (Layout layout : List.of(ROWS, LAST)) {
      for (boolean count : List.of(false, true)) {
        add(
            cases,
            "average pool of less than a window " + layout + (count ? " with padding" : ""),
            layout,
            Tolerance.F32,
            b -> {
              Value x = b.input(DataType.F32, layout, 1, 5, 2, 4);
              return new Pool(Pool.Kind.AVERAGE, x, larger, true, count);
            });
      }
    }
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      exact(
          cases,
          "max pool of neighbouring channels " + type,
          LAST,
          b -> new Pool(Pool.Kind.MAXIMUM, b.input(type, LAST, 1, 24, 11, 7), three, false, false));
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
    return cases.stream();
  }
}
