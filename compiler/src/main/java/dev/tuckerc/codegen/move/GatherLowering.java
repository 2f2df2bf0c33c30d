package dev.tuckerc.codegen.move;

import dev.tuckerc.codegen.emit.LinearIndex;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.Gather;
import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Looks each element up through an index; a negative index counts from the end.
public final class GatherLowering implements OpLowering<Gather> {

  @Override
  public List<Candidate> candidates(Gather op, LoweringContext context) {
    int axis = (int) op.axis();
    int indexRank = op.indices().shape().rank();
    int rank = context.node().result().shape().rank();
    List<String> all = MapKernel.coordinates(rank);
    List<String> looked = all.subList(axis, axis + indexRank);
    List<String> source = new ArrayList<>(all.subList(0, axis));
    source.add("at");
    source.addAll(all.subList(axis + indexRank, rank));
    long extent = op.input().shape().extent(axis);
    double moved = context.node().result().type().bytes() + op.indices().type().bytes();
    MapKernel kernel =
        new MapKernel(context, List.of(op.input(), op.indices()))
            .moving(_ -> moved)
            .lines(
                "long long at = static_cast<long long>(x1["
                    + LinearIndex.sum(0, looked, MapKernel.strides(op.indices()))
                    + "]);",
                "if (at < 0) at += " + extent + ";");
    String outside = "at < 0 || at >= " + extent;
    if (!inside(context, op.indices(), extent)) {
      kernel.fault(outside, outsideMeaning(extent)).lines("if (" + outside + ") at = 0;");
    }
    return kernel.copy("x0[" + LinearIndex.sum(0, source, MapKernel.strides(op.input())) + "]", 12);
  }

  /// What the flag of a gather or a scatter says.
  static String outsideMeaning(long extent) {
    return "an index is outside its axis of " + extent;
  }

  /// Whether constant indices all lie in an axis; false where they are not constant.
  static boolean inside(LoweringContext context, Value indices, long extent) {
    return context
        .constant(indices)
        .map(LoweringContext.KnownConstant::tensor)
        .filter(tensor ->
            IntStream.range(0, tensor.size())
                .mapToLong(tensor::getLong)
                .allMatch(index -> index >= -extent && index < extent))
        .isPresent();
  }
}
