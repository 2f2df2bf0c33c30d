package dev.tuckerc.codegen.reduction;

import dev.tuckerc.codegen.emit.AccumulatorType;
import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.LinearIndex;
import dev.tuckerc.codegen.move.MapKernel;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Maximum and average over sliding windows of any rank; a thread for each element of the result,
/// or with channels last for 16 bytes of neighbouring channels.
public final class PoolLowering implements OpLowering<Pool> {

  /// Bytes of the widest access.
  private static final int WIDEST = 16;

  @Override
  public List<Candidate> candidates(Pool op, LoweringContext context) {
    List<Candidate> candidates = new ArrayList<>();
    int lanes = WIDEST / op.input().type().elementType().bytes();
    if (packs(op, context, lanes)) {
      candidates.addAll(candidates(op, context, lanes));
    }
    candidates.addAll(candidates(op, context, 1));
    return candidates;
  }

  /// Whether `lanes` neighbouring channels are one aligned access, of the input and of the result.
  private static boolean packs(Pool op, LoweringContext context, int lanes) {
    DataType type = op.input().type().elementType();
    return (type == DataType.F16 || type == DataType.F32)
        && Stream.of(op.input(), context.node().result())
            .allMatch(value ->
                value.type().layout().isChannelsLast()
                    && value.shape().extent(1) % lanes == 0
                    && Arrays.stream(MapKernel.strides(value))
                        .allMatch(stride -> stride == 1 || stride % lanes == 0));
  }

  private static List<Candidate> candidates(Pool op, LoweringContext context, int lanes) {
    Window window = op.window();
    long[] strides = MapKernel.strides(op.input());
    CudaType type = CudaType.of(op.input().type().elementType());
    AccumulatorType accumulator = AccumulatorType.of(op.input().type().elementType());
    boolean maximum = op.kind() == Pool.Kind.MAXIMUM;
    MapKernel kernel =
        new MapKernel(context, List.of(op.input()), lanes)
            .moving(elements ->
                WindowTraffic.bytes(
                    op.input(), context.node().result().type(), window, elements, lanes));
    kernel.lines(
        "const int base = " + LinearIndex.sum(0, List.of("i0", "i1"), firstTwo(strides)) + ";");
    for (int axis = 0; axis < window.rank(); axis++) {
      kernel.lines(
          "const int s"
              + axis
              + " = "
              + LinearIndex.sum(
                  -window.padBefore().get(axis),
                  List.of("i" + (axis + 2)),
                  new long[] {window.stride().get(axis)})
              + ";");
    }
    String start = maximum ? accumulator.lowest() : "0";
    if (lanes == 1) {
      kernel.lines(accumulator.name() + " total = " + start + ";");
    } else {
      kernel.lines(
          accumulator.name() + " total[" + lanes + "];",
          "#pragma unroll",
          "for (int lane = 0; lane < " + lanes + "; lane++) total[lane] = " + start + ";");
    }
    if (!maximum && !op.countPadding()) {
      kernel.lines("int count = 0;");
    }
    loops(op, kernel, type, strides, lanes);
    String total = lanes == 1 ? "total" : "total[lane]";
    if (maximum) {
      return store(kernel, accumulator.result(total), window, lanes);
    }
    if (op.countPadding()) {
      kernel.lines("const int count = " + paddedCount(op) + ";");
    }
    String divisor = "static_cast<" + accumulator.name() + ">(count)";
    return store(
        kernel,
        accumulator.result("(count == 0 ? 0 : " + total + " / " + divisor + ")"),
        window,
        lanes);
  }

  private static List<Candidate> store(MapKernel kernel, String value, Window window, int lanes) {
    return lanes == 1
        ? kernel.store(value, 6.0 * window.taps())
        : kernel.storeLanes(value, (4.0 + 2.5 * lanes) * window.taps() + 2 * lanes);
  }

  private static void loops(Pool op, MapKernel kernel, CudaType type, long[] strides, int lanes) {
    Window window = op.window();
    List<String> names = new ArrayList<>();
    String indent = "";
    for (int axis = 0; axis < window.rank(); axis++) {
      String tap = "t" + axis;
      String at = "p" + axis;
      names.add(at);
      long extent = op.input().shape().extent(axis + 2);
      kernel.lines(
          (window.taps() <= 16 ? "#pragma unroll" : "#pragma unroll 1"),
          indent
              + "for (int "
              + tap
              + " = 0; "
              + tap
              + " < "
              + window.kernel().get(axis)
              + "; "
              + tap
              + "++) {",
          indent
              + "  const int "
              + at
              + " = s"
              + axis
              + " + "
              + (window.dilation().get(axis) == 1 ? tap : tap + " * " + window.dilation().get(axis))
              + ";",
          indent + "  if (static_cast<unsigned>(" + at + ") >= " + extent + "u) continue;");
      indent += "  ";
    }
    long[] spatial = new long[window.rank()];
    System.arraycopy(strides, 2, spatial, 0, spatial.length);
    String place = "base + " + LinearIndex.sum(0, names, spatial);
    String accumulator = AccumulatorType.of(type.type()).name();
    boolean maximum = op.kind() == Pool.Kind.MAXIMUM;
    if (lanes == 1) {
      String value = type.load("x0[" + place + "]");
      kernel.lines(indent + "const " + accumulator + " value = " + value + ";");
      kernel.lines(indent + add("total", maximum));
    } else {
      String packed = "Packed<%s, %d>".formatted(type.storage(), lanes);
      kernel.lines(
          indent
              + "const %1$s pixel = *reinterpret_cast<const %1$s*>(x0 + %2$s);"
                  .formatted(packed, place),
          "#pragma unroll",
          indent + "for (int lane = 0; lane < " + lanes + "; lane++) {",
          indent + "  const " + accumulator + " value = " + type.load("pixel.value[lane]") + ";",
          indent + "  " + add("total[lane]", maximum),
          indent + "}");
    }
    if (!maximum && !op.countPadding()) {
      kernel.lines(indent + "count++;");
    }
    for (int axis = window.rank() - 1; axis >= 0; axis--) {
      indent = indent.substring(2);
      kernel.lines(indent + "}");
    }
  }

  private static String add(String total, boolean maximum) {
    return maximum
        ? total + " = " + AccumulatorType.greater(total, "value") + ";"
        : total + " += value;";
  }

  /// Taps inside the input and its padding: beyond it lies what rounding up added.
  private static String paddedCount(Pool op) {
    Window window = op.window();
    List<String> factors = new ArrayList<>();
    for (int axis = 0; axis < window.rank(); axis++) {
      long taps = window.kernel().get(axis);
      long dilation = window.dilation().get(axis);
      long end = op.input().shape().extent(axis + 2) + window.padAfter().get(axis);
      factors.add(
          op.ceil()
              ? "min("
                  + taps
                  + ", ("
                  + end
                  + " - s"
                  + axis
                  + " + "
                  + (dilation - 1)
                  + ") / "
                  + dilation
                  + ")"
              : Long.toString(taps));
    }
    return String.join(" * ", factors);
  }

  private static long[] firstTwo(long[] strides) {
    return new long[] {strides[0], strides[1]};
  }
}
