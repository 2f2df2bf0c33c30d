package dev.tuckerc.codegen.reduction;

import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.LinearIndex;
import dev.tuckerc.codegen.move.MapKernel;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.ArgReduce;
import java.util.ArrayList;
import java.util.List;

/// Index of the extreme element along an axis, one thread for each result. NaN is more extreme than
/// any number.
public final class ArgReduceLowering implements OpLowering<ArgReduce> {

  @Override
  public List<Candidate> candidates(ArgReduce op, LoweringContext context) {
    int axis = (int) op.axis();
    long[] strides = MapKernel.strides(op.input());
    long extent = op.input().shape().extent(axis);
    CudaType type = CudaType.of(op.input().type().elementType());
    List<String> coordinates = new ArrayList<>();
    for (int i = 0; i < strides.length; i++) {
      int own = op.keepDims() || i < axis ? i : i - 1;
      coordinates.add(i == axis ? "0" : "i" + own);
    }
    String comparison = op.kind() == ArgReduce.Kind.MAXIMUM ? ">" : "<";
    String equal = op.last() ? " || value == best" : "";
    // Both NaN: only an operation that wants the last one moves on.
    String nan =
        type.type().isFloat()
            ? " || (value != value && " + (op.last() ? "true" : "best == best") + ")"
            : "";
    return new MapKernel(context, List.of(op.input()))
        .lines(
            "const unsigned base = " + LinearIndex.sum(0, coordinates, strides) + ";",
            type.compute() + " best = " + type.load("x0[base]") + ";",
            "long long at = 0;",
            "for (unsigned k = 1; k < " + extent + "u; k++) {",
            "  const "
                + type.compute()
                + " value = "
                + type.load("x0[base + k * " + strides[axis] + "u]")
                + ";",
            "  if (value " + comparison + " best" + equal + nan + ") {",
            "    best = value;",
            "    at = k;",
            "  }",
            "}")
        .store("at", 6.0 * extent);
  }
}
