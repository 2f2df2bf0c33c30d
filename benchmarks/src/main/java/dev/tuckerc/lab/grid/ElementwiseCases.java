package dev.tuckerc.lab.grid;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.ir.Softmax;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.lab.grid.KernelCase.Made;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// The templates `pointwise`, `reduce` and `softmax`: lengths of 1, primes, multiples of a vector,
/// along memory and across it.
final class ElementwiseCases {
  private static final Layout ROWS = Layout.ROW_MAJOR;
  private static final ScalarExpression X0 = new Operand(0);
  private static final ScalarExpression X1 = new Operand(1);

  private final List<KernelCase> cases = new ArrayList<>();

  private ElementwiseCases() {}

  static List<KernelCase> all() {
    ElementwiseCases own = new ElementwiseCases();
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      own.pointwise(type);
      own.reductions(type);
      own.softmaxes(type);
    }
    return own.cases;
  }

  private void pointwise(DataType type) {
    ScalarExpression relu = new Unary(UnaryFunction.RELU, X0);
    ScalarExpression swish =
        new Binary(BinaryFunction.MULTIPLY, X0, new Unary(UnaryFunction.SIGMOID, X0));
    ScalarExpression sum = new Binary(BinaryFunction.ADD, X0, X1);
    ScalarExpression sumRelu = new Unary(UnaryFunction.RELU, sum);
    String group = "pointwise";
    add(group, type, "relu-1", 1, ROWS, b -> one(b, type, relu, 1));
    add(group, type, "relu-1009", 1009, ROWS, b -> one(b, type, relu, 1009));
    add(group, type, "swish-4096", 4096, ROWS, b -> one(b, type, swish, 4096));
    add(
        group,
        type,
        "add_relu-64x28x28",
        64 * 28 * 28,
        Layout.NHWC,
        b ->
            new Pointwise(
                List.of(
                    b.input(type, Layout.NHWC, 1, 64, 28, 28),
                    b.input(type, Layout.NHWC, 1, 64, 28, 28)),
                sumRelu));
    cases.add(cases.removeLast().inQuickSet());
    add(
        group,
        type,
        "add-broadcast-2x13x5x3",
        2 * 13 * 5 * 3,
        Layout.NHWC,
        b ->
            new Pointwise(
                List.of(b.input(type, Layout.NHWC, 2, 13, 5, 3), b.constant(type, 13, 1, 1)), sum));
    add(
        group,
        type,
        "add-of-two-layouts-1x24x9x7",
        24 * 9 * 7,
        ROWS,
        b ->
            new Pointwise(
                List.of(b.input(type, Layout.NHWC, 1, 24, 9, 7), b.input(type, ROWS, 1, 24, 9, 7)),
                sum));
    DataType other = type == DataType.F16 ? DataType.F32 : DataType.F16;
    add(
        group,
        type,
        "convert-to-" + other.text() + "-1000",
        1000,
        ROWS,
        b -> one(b, type, new Convert(other, X0), 1000));
    add(
        group,
        type,
        "transpose-31x37x3",
        31 * 37 * 3,
        ROWS,
        b -> new Transpose(b.input(type, ROWS, 31, 37, 3), List.of(2L, 0L, 1L)));
    add(
        group,
        type,
        "relayout-64x28x28",
        64 * 28 * 28,
        Layout.NHWC,
        b -> new Relayout(b.input(type, ROWS, 1, 64, 28, 28)));
  }

  private static Op one(CaseBuilder b, DataType type, ScalarExpression body, long length) {
    return new Pointwise(List.of(b.input(type, ROWS, length)), body);
  }

  private void reductions(DataType type) {
    String group = "reduce";
    for (Reduce.Kind kind : List.of(Reduce.Kind.SUM, Reduce.Kind.MEAN, Reduce.Kind.MAXIMUM)) {
      String name = kind.name().toLowerCase(java.util.Locale.ROOT);
      add(
          group,
          type,
          name + "-last-3x37",
          3 * 37,
          ROWS,
          b -> new Reduce(kind, b.input(type, ROWS, 3, 37), List.of(1L), false));
      add(
          group,
          type,
          name + "-first-65x33",
          65 * 33,
          ROWS,
          b -> new Reduce(kind, b.input(type, ROWS, 65, 33), List.of(0L), true));
    }
    add(
        group,
        type,
        "sum-of-one-5x1",
        5,
        ROWS,
        b -> new Reduce(Reduce.Kind.SUM, b.input(type, ROWS, 5, 1), List.of(1L), false));
    add(
        group,
        type,
        "sum-all-3x101x7",
        3 * 101 * 7,
        ROWS,
        b ->
            new Reduce(
                Reduce.Kind.SUM, b.input(type, ROWS, 3, 101, 7), List.of(0L, 1L, 2L), false));
    add(
        group,
        type,
        "global-average-512x7x7",
        512 * 49,
        Layout.NHWC,
        b ->
            new Reduce(
                Reduce.Kind.MEAN, b.input(type, Layout.NHWC, 1, 512, 7, 7), List.of(2L, 3L), true));
    cases.add(cases.removeLast().inQuickSet());
    add(
        group,
        type,
        "global-average-rows-70x7x7",
        70 * 49,
        ROWS,
        b -> new Reduce(Reduce.Kind.MEAN, b.input(type, ROWS, 2, 70, 7, 7), List.of(2L, 3L), true));
  }

  private void softmaxes(DataType type) {
    String group = "softmax";
    for (long length : new long[] {1, 7, 32, 1000, 5003}) {
      add(
          group,
          type,
          "last-3x" + length,
          3 * length,
          ROWS,
          b -> new Softmax(b.input(type, ROWS, 3, length), 1, false));
      if (length == 1000) {
        cases.add(cases.removeLast().inQuickSet());
      }
    }
    add(
        group,
        type,
        "log-2x1000",
        2000,
        ROWS,
        b -> new Softmax(b.input(type, ROWS, 2, 1000), 1, true));
    add(
        group,
        type,
        "channels-2x11x3x4",
        2 * 11 * 12,
        Layout.NHWC,
        b -> new Softmax(b.input(type, Layout.NHWC, 2, 11, 3, 4), 1, false));
    add(
        group,
        type,
        "channels-rows-2x11x3x4",
        2 * 11 * 12,
        ROWS,
        b -> new Softmax(b.input(type, ROWS, 2, 11, 3, 4), 1, false));
  }

  private void add(
      String template,
      DataType type,
      String details,
      long elements,
      Layout result,
      Function<CaseBuilder, Op> op) {
    cases.add(
        new KernelCase(
            template + "/" + type.text() + "/" + details,
            template,
            elements,
            false,
            KernelCase.tolerance(type),
            b -> Made.of(b.add(op.apply(b), result))));
  }
}
