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
import java.util.ArrayList;
import java.util.List;

/// Maximum and average over sliding windows of any rank; one thread for each element of the result,
/// so that with channels last a warp reads whole rows of channels.
public final class PoolLowering implements OpLowering<Pool> {

  @Override
  public List<Candidate> candidates(Pool op, LoweringContext context) {
    Window window = op.window();
    long[] strides = MapKernel.strides(op.input());
    CudaType type = CudaType.of(op.input().type().elementType());
    AccumulatorType accumulator = AccumulatorType.of(op.input().type().elementType());
    boolean maximum = op.kind() == Pool.Kind.MAXIMUM;
    MapKernel kernel = new MapKernel(context, List.of(op.input()));
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
    kernel.lines(accumulator.name() + " total = " + (maximum ? accumulator.lowest() : "0") + ";");
    if (!maximum && !op.countPadding()) {
      kernel.lines("int count = 0;");
    }
    loops(op, kernel, type, strides, maximum);
    if (maximum) {
      return kernel.store(accumulator.result("total"), 6.0 * window.taps());
    }
    if (op.countPadding()) {
      kernel.lines("const int count = " + paddedCount(op) + ";");
    }
    String divisor = "static_cast<" + accumulator.name() + ">(count)";
    return kernel.store(
        accumulator.result("(count == 0 ? 0 : total / " + divisor + ")"), 6.0 * window.taps());
  }

  private static void loops(
      Pool op, MapKernel kernel, CudaType type, long[] strides, boolean maximum) {
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
    String value = type.load("x0[base + " + LinearIndex.sum(0, names, spatial) + "]");
    if (maximum) {
      kernel.lines(
          indent + "const " + AccumulatorType.of(type.type()).name() + " value = " + value + ";",
          indent + "total = " + AccumulatorType.greater("total", "value") + ";");
    } else {
      kernel.lines(indent + "total += " + value + ";");
      if (!op.countPadding()) {
        kernel.lines(indent + "count++;");
      }
    }
    for (int axis = window.rank() - 1; axis >= 0; axis--) {
      indent = indent.substring(2);
      kernel.lines(indent + "}");
    }
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
