package dev.tuckerc.codegen.move;

import dev.tuckerc.codegen.emit.IndexEmitter;
import dev.tuckerc.codegen.emit.LinearIndex;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import java.util.List;
import java.util.stream.IntStream;

/// Copies elements to where another shape or layout has them.
public final class ReshapeLowering implements OpLowering<Reshape> {

  @Override
  public List<Candidate> candidates(Reshape op, LoweringContext context) {
    Value result = context.node().result();
    TensorType input = op.input().type();
    if (input.layout().isRowMajor() && result.type().layout().isRowMajor()) {
      IndexEmitter copy =
          new IndexEmitter(
              List.of(input.shape().elementCount()), List.of(List.of(1L), List.of(1L)));
      return ElementwiseKernel.candidates(
          new ScalarExpression.Operand(0), List.of(op.input()), copy, context);
    }
    int rank = result.shape().rank();
    long[] rowMajor =
        TensorType.of(input.elementType(), result.shape())
            .layout()
            .strides(result.shape().extents());
    MapKernel kernel = new MapKernel(context, List.of(op.input()));
    kernel.lines(
        "const unsigned linear = "
            + LinearIndex.sum(0, MapKernel.coordinates(rank), rowMajor)
            + ";");
    List<Long> extents = input.shape().extents();
    List<String> names = IntStream.range(0, extents.size()).mapToObj(axis -> "j" + axis).toList();
    if (!names.isEmpty()) {
      IndexEmitter.split("linear", extents, names).forEach(kernel::lines);
    }
    return kernel.copy(
        "x0[" + LinearIndex.sum(0, names, MapKernel.strides(op.input())) + "]",
        4.0 * extents.size());
  }
}
