package dev.tuckerc.codegen.move;

import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.LinearIndex;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.List;

/// Each element of the result comes from the operand that its coordinate falls into.
public final class ConcatLowering implements OpLowering<Concat> {

  @Override
  public List<Candidate> candidates(Concat op, LoweringContext context) {
    int axis = (int) op.axis();
    String coordinate = "i" + axis;
    List<Value> operands = op.operands();
    CudaType type = CudaType.of(context.node().result().type().elementType());
    List<Value> present =
        operands.stream().filter(operand -> operand.shape().elementCount() > 0).toList();
    MapKernel kernel = new MapKernel(context, present);
    kernel.lines(type.storage() + " element;");
    long first = 0;
    List<String> branches = new ArrayList<>();
    for (int i = 0; i < present.size(); i++) {
      Value operand = present.get(i);
      long[] strides = MapKernel.strides(operand);
      String load =
          "element = x"
              + i
              + "["
              + LinearIndex.sum(
                  -first * strides[axis], MapKernel.coordinates(strides.length), strides)
              + "];";
      first += operand.shape().extent(axis);
      boolean last = i == present.size() - 1;
      String head = i == 0 ? "" : "else ";
      branches.add(last ? head + "{" : head + "if (" + coordinate + " < " + first + ") {");
      branches.add("  " + load);
      branches.add("}");
    }
    return kernel
        .lines(branches.toArray(String[]::new))
        .copy("element", 2.0 * op.operands().size() + 4);
  }
}
