package dev.tuckerc.lab.grid;

import dev.tuckerc.ir.ArgReduce;
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
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// The templates `pointwise`, `reduce` and `softmax`: lengths of 1, primes, multiples of a vector,
/// along memory and across it.
final class ElementwiseCases {
  private static final Layout ROWS = Layout.ROW_MAJOR;
  private static final ScalarExpression X0 = new Operand(0);
  private static final ScalarExpression X1 = new Operand(1);

  private final List<KernelCase> cases = new ArrayList<>();
  private final DataType type;
  private String template = "";

  private ElementwiseCases(DataType type) {
    this.type = type;
  }

  static List<KernelCase> all() {
    List<KernelCase> all = new ArrayList<>();
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      ElementwiseCases own = new ElementwiseCases(type);
      own.pointwise();
      own.reductions();
      own.softmaxes();
      all.addAll(own.cases);
    }
    return all;
  }

  private void pointwise() {
    template = "pointwise";
    ScalarExpression relu = new Unary(UnaryFunction.RELU, X0);
    ScalarExpression swish =
        new Binary(BinaryFunction.MULTIPLY, X0, new Unary(UnaryFunction.SIGMOID, X0));
    ScalarExpression sum = new Binary(BinaryFunction.ADD, X0, X1);
    one("relu-1", relu, 1);
    one("relu-1009", relu, 1009);
    one("swish-4096", swish, 4096);
    Layout last = Layout.NHWC;
    ScalarExpression sumRelu = new Unary(UnaryFunction.RELU, sum);
    add("add_relu-64x28x28", 64 * 28 * 28, last, b -> two(b, sumRelu, last, last, 64, 28, 28));
    quick();
    add(
        "add-broadcast-2x13x5x3",
        2 * 13 * 5 * 3,
        last,
        b ->
            new Pointwise(
                List.of(b.input(type, last, 2, 13, 5, 3), b.constant(type, 13, 1, 1)), sum));
    add("add-of-two-layouts-1x24x9x7", 24 * 9 * 7, ROWS, b -> two(b, sum, last, ROWS, 24, 9, 7));
    DataType other = type == DataType.F16 ? DataType.F32 : DataType.F16;
    one("convert-to-" + other.text() + "-1000", new Convert(other, X0), 1000);
    List<Long> order = List.of(2L, 0L, 1L);
    rows("transpose-31x37x3", x -> new Transpose(x, order), 31, 37, 3);
    add(
        "relayout-64x28x28",
        64 * 28 * 28,
        last,
        b -> new Relayout(b.input(type, ROWS, 1, 64, 28, 28)));
  }

  private Op two(CaseBuilder b, ScalarExpression body, Layout left, Layout right, long... chw) {
    long[] shape = {1, chw[0], chw[1], chw[2]};
    return new Pointwise(List.of(b.input(type, left, shape), b.input(type, right, shape)), body);
  }

  private void one(String details, ScalarExpression body, long length) {
    rows(details, x -> new Pointwise(List.of(x), body), length);
  }

  private void reductions() {
    template = "arg_reduce";
    ArgReduce.Kind most = ArgReduce.Kind.MAXIMUM;
    rows("argmax-3x1000", x -> new ArgReduce(most, x, 1, false, false), 3, 1000);
    template = "reduce";
    for (Reduce.Kind kind : List.of(Reduce.Kind.SUM, Reduce.Kind.MEAN, Reduce.Kind.MAXIMUM)) {
      String name = kind.name().toLowerCase(Locale.ROOT);
      rows(name + "-last-3x37", x -> new Reduce(kind, x, List.of(1L), false), 3, 37);
      rows(name + "-first-65x33", x -> new Reduce(kind, x, List.of(0L), true), 65, 33);
    }
    rows("sum-of-one-5x1", x -> new Reduce(Reduce.Kind.SUM, x, List.of(1L), false), 5, 1);
    List<Long> all = List.of(0L, 1L, 2L);
    rows("sum-all-3x101x7", x -> new Reduce(Reduce.Kind.SUM, x, all, false), 3, 101, 7);
    List<Long> pixels = List.of(2L, 3L);
    add(
        "global-average-512x7x7",
        512 * 49,
        Layout.NHWC,
        b -> new Reduce(Reduce.Kind.MEAN, b.input(type, Layout.NHWC, 1, 512, 7, 7), pixels, true));
    quick();
    add(
        "global-average-rows-70x7x7",
        70 * 49,
        ROWS,
        b -> new Reduce(Reduce.Kind.MEAN, b.input(type, ROWS, 2, 70, 7, 7), pixels, true));
  }

  private void softmaxes() {
    template = "softmax";
    for (long length : new long[] {1, 7, 32, 1000, 5003}) {
      rows("last-3x" + length, x -> new Softmax(x, 1, false), 3, length);
      if (length == 1000) {
        quick();
      }
    }
    rows("log-2x1000", x -> new Softmax(x, 1, true), 2, 1000);
    for (Layout layout : List.of(Layout.NHWC, ROWS)) {
      String name = layout.equals(ROWS) ? "channels-rows-2x11x3x4" : "channels-2x11x3x4";
      add(
          name,
          2 * 11 * 12,
          layout,
          b -> new Softmax(b.input(type, layout, 2, 11, 3, 4), 1, false));
    }
  }

  private void quick() {
    cases.add(cases.removeLast().inQuickSet());
  }

  /// An operation on one row-major input.
  private void rows(String details, Function<Value, Op> op, long... shape) {
    long elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    add(details, elements, ROWS, b -> op.apply(b.input(type, ROWS, shape)));
  }

  private void add(String details, long elements, Layout result, Function<CaseBuilder, Op> op) {
    cases.add(
        new KernelCase(
            template + "/" + type.text() + "/" + details,
            template,
            elements,
            false,
            KernelCase.tolerance(type),
            b -> b.add(op.apply(b), result)));
  }
}
