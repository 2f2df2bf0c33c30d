package dev.tuckerc.codegen.move;

import dev.tuckerc.codegen.emit.LinearIndex;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.Gather;
import java.util.ArrayList;
import java.util.List;

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
    return new MapKernel(context, List.of(op.input(), op.indices()))
        .lines(
            "long long at = static_cast<long long>(x1["
                + LinearIndex.sum(0, looked, MapKernel.strides(op.indices()))
                + "]);",
            "if (at < 0) at += " + extent + ";",
            "// An index outside the axis is an error of the model's input: stop here.",
            "if (at < 0 || at >= " + extent + ") __trap();")
        .copy("x0[" + LinearIndex.sum(0, source, MapKernel.strides(op.input())) + "]", 12);
  }
}
