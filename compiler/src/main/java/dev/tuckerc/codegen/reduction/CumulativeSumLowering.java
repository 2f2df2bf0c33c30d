package dev.tuckerc.codegen.reduction;

import dev.tuckerc.codegen.emit.AccumulatorType;
import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.LinearIndex;
import dev.tuckerc.codegen.move.MapKernel;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.CumulativeSum;
import java.util.List;

/// Running sums: each thread adds up the elements before its own, so that no order of threads
/// matters. Quadratic in the length of the axis, which is short where models use it.
public final class CumulativeSumLowering implements OpLowering<CumulativeSum> {

  @Override
  public List<Candidate> candidates(CumulativeSum op, LoweringContext context) {
    int axis = (int) op.axis();
    long[] strides = MapKernel.strides(op.input());
    long extent = op.input().shape().extent(axis);
    CudaType type = CudaType.of(op.input().type().elementType());
    AccumulatorType accumulator = AccumulatorType.of(op.input().type().elementType());
    String own = "i" + axis;
    List<String> coordinates = MapKernel.coordinates(strides.length);
    long[] outer = strides.clone();
    outer[axis] = 0;
    String first = op.reverse() ? own + (op.exclusive() ? " + 1" : "") : "0";
    String end = op.reverse() ? Long.toString(extent) : own + (op.exclusive() ? "" : " + 1");
    return new MapKernel(context, List.of(op.input()))
        .lines(
            "const int base = " + LinearIndex.sum(0, coordinates, outer) + ";",
            accumulator.name() + " total = 0;",
            "for (int k = " + first + "; k < " + end + "; k++) {",
            "  total += " + type.load("x0[base + k * " + strides[axis] + "]") + ";",
            "}")
        .store(accumulator.result("total"), 3.0 * extent);
  }
}
