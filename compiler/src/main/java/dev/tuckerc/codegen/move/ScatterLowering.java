package dev.tuckerc.codegen.move;

import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.LinearIndex;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.Scatter;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import java.util.List;

/// Each thread looks through the indices of its own row for those that mean its element, in their
/// order, so that the result does not depend on the order of threads.
public final class ScatterLowering implements OpLowering<Scatter> {

  @Override
  public List<Candidate> candidates(Scatter op, LoweringContext context) {
    CudaType type = CudaType.of(op.input().type().elementType());
    long extent = op.input().shape().extent(1);
    long count = op.indices().shape().extent(1);
    boolean rows = op.indices().shape().extent(2) == 1;
    String at =
        element("x1", op.indices(), rows ? List.of("i0", "k", "0") : List.of("i0", "k", "i2"));
    String update = type.load(element("x2", op.updates(), List.of("i0", "k", "i2")));
    // Booleans are combined as numbers.
    String compute = type.type() == DataType.BOOL ? "bool" : type.compute();
    MapKernel kernel = new MapKernel(context, op.operands());
    boolean inside = GatherLowering.inside(context, op.indices(), extent);
    kernel.lines(
        compute
            + " value = "
            + type.load(element("x0", op.input(), List.of("i0", "i1", "i2")))
            + ";",
        "for (int k = 0; k < " + count + "; k++) {",
        "  const long long at = static_cast<long long>(" + at + ");");
    if (!inside) {
      kernel.fault(
          "at != " + Scatter.NOWHERE + " && (at < " + -extent + " || at >= " + extent + ")",
          GatherLowering.outsideMeaning(extent));
    }
    return kernel
        .lines(
            "  if (at == i1 || at + " + extent + " == i1) {",
            "    const " + compute + " update = " + update + ";",
            "    value = " + combined(op.combination(), compute) + ";",
            "  }",
            "}")
        .store("value", 8.0 * count);
  }

  private static String element(String pointer, Value value, List<String> index) {
    return pointer + "[" + LinearIndex.sum(0, index, MapKernel.strides(value)) + "]";
  }

  private static String combined(Scatter.Combination combination, String compute) {
    String cast = "static_cast<" + compute + ">";
    return switch (combination) {
      case REPLACE -> "update";
      case ADD -> cast + "(value + update)";
      case MULTIPLY -> cast + "(value * update)";
      case MAXIMUM -> "update > value || update != update ? update : value";
      case MINIMUM -> "update < value || update != update ? update : value";
    };
  }
}
