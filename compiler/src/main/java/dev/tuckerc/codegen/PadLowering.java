package dev.tuckerc.codegen;

import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.ScalarExpression;
import java.util.List;

/// Copies the input with a border of a constant or of its own elements.
final class PadLowering implements OpLowering<Pad> {

  @Override
  public List<Candidate> candidates(Pad op, LoweringContext context) {
    int rank = op.before().size();
    CudaType type = CudaType.of(op.input().type().elementType());
    MapKernel kernel = new MapKernel(context, List.of(op.input()));
    StringBuilder inside = new StringBuilder();
    for (int axis = 0; axis < rank; axis++) {
      long extent = op.input().shape().extent(axis);
      long before = op.before().get(axis);
      boolean outside = before > 0 || op.after().get(axis) > 0;
      String name = "j" + axis;
      kernel.lines(
          "int " + name + " = i" + axis + (before == 0 ? "" : " - (" + before + ")") + ";");
      if (!outside) {
        continue;
      }
      switch (op.mode()) {
        case CONSTANT ->
            inside
                .append(inside.isEmpty() ? "" : " && ")
                .append("static_cast<unsigned>(" + name + ") < " + extent + "u");
        case EDGE -> kernel.lines(name + " = min(max(" + name + ", 0), " + (extent - 1) + ");");
        case WRAP ->
            kernel.lines(
                name + " = (" + name + " % " + extent + " + " + extent + ") % " + extent + ";");
        case REFLECT -> reflect(kernel, name, extent);
      }
    }
    String element =
        "x0["
            + Affine.sum(
                0,
                MapKernel.coordinates(rank).stream().map(i -> i.replace('i', 'j')).toList(),
                MapKernel.strides(op.input()))
            + "]";
    if (inside.isEmpty()) {
      return kernel.copy(element, 4.0 * rank);
    }
    ScalarExpression.Literal literal =
        type.type().isFloat()
            ? ScalarExpression.Literal.real(type.type(), op.value())
            : ScalarExpression.Literal.integer(type.type(), (long) op.value());
    EmittedScalar border = ScalarExpressionEmitter.emit(literal, List.of(), List.of(), "t");
    kernel.lines(
        type.storage() + " element = " + type.store(border.result()) + ";",
        "if (" + inside + ") {",
        "  element = " + element + ";",
        "}");
    return kernel.copy("element", 4.0 * rank);
  }

  /// Mirrors a coordinate at the first and last element, as often as needed.
  private static void reflect(MapKernel kernel, String name, long extent) {
    long period = Math.max(1, 2 * (extent - 1));
    kernel.lines(
        name + " = (" + name + " % " + period + " + " + period + ") % " + period + ";",
        "if (" + name + " >= " + extent + ") " + name + " = " + period + " - " + name + ";");
  }
}
