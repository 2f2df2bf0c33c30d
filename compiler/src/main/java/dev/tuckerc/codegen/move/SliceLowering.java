package dev.tuckerc.codegen.move;

import dev.tuckerc.codegen.emit.LinearIndex;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.Slice;
import java.util.List;

/// Copies a strided part of the input; a step may be negative.
public final class SliceLowering implements OpLowering<Slice> {

  @Override
  public List<Candidate> candidates(Slice op, LoweringContext context) {
    long[] strides = MapKernel.strides(op.input());
    long start = 0;
    long[] factors = new long[strides.length];
    for (int axis = 0; axis < strides.length; axis++) {
      start += op.starts().get(axis) * strides[axis];
      factors[axis] = op.steps().get(axis) * strides[axis];
    }
    return new MapKernel(context, List.of(op.input()))
        .copy(
            "x0[" + LinearIndex.sum(start, MapKernel.coordinates(factors.length), factors) + "]",
            2.0 * factors.length);
  }
}
