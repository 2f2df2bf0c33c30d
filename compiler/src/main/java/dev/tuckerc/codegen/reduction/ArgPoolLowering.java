package dev.tuckerc.codegen.reduction;

import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.LinearIndex;
import dev.tuckerc.codegen.move.MapKernel;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.ArgPool;
import dev.tuckerc.ir.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Position of the maximum of each window; one thread for each window.
public final class ArgPoolLowering implements OpLowering<ArgPool> {

  @Override
  public List<Candidate> candidates(ArgPool op, LoweringContext context) {
    Window window = op.window();
    int rank = window.rank();
    long[] strides = MapKernel.strides(op.input());
    CudaType type = CudaType.of(op.input().type().elementType());
    MapKernel kernel = new MapKernel(context, List.of(op.input()));
    kernel.lines(
        "const int base = "
            + LinearIndex.sum(0, List.of("i0", "i1"), Arrays.copyOf(strides, 2))
            + ";",
        type.compute() + " best = 0;",
        "long long at = -1;");
    List<String> names = new ArrayList<>();
    long[] plane = new long[rank];
    long size = 1;
    for (int axis = rank - 1; axis >= 0; axis--) {
      plane[axis] = size;
      size *= op.input().shape().extent(axis + 2);
    }
    for (int axis = 0; axis < rank; axis++) {
      String tap = "t" + axis;
      String place =
          LinearIndex.sum(
              -window.padBefore().get(axis),
              List.of("i" + (axis + 2), tap),
              new long[] {window.stride().get(axis), window.dilation().get(axis)});
      names.add("p" + axis);
      kernel.lines(
          "for (int "
              + tap
              + " = 0; "
              + tap
              + " < "
              + window.kernel().get(axis)
              + "; "
              + tap
              + "++) {",
          "const int p" + axis + " = " + place + ";",
          "if (static_cast<unsigned>(p"
              + axis
              + ") >= "
              + op.input().shape().extent(axis + 2)
              + "u) continue;");
    }
    String element =
        "x0[base + " + LinearIndex.sum(0, names, Arrays.copyOfRange(strides, 2, rank + 2)) + "]";
    kernel.lines(
        "const " + type.compute() + " value = " + type.load(element) + ";",
        "if (at < 0 || value > best) {",
        "  best = value;",
        "  at = " + LinearIndex.sum(0, names, plane) + ";",
        "}");
    for (int axis = 0; axis < rank; axis++) {
      kernel.lines("}");
    }
    return kernel.store("at", 8.0 * window.taps());
  }
}
