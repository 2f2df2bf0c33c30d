package dev.tuckerc.codegen.move;

import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.EmittedScalar;
import dev.tuckerc.codegen.emit.LinearIndex;
import dev.tuckerc.codegen.emit.ScalarExpressionEmitter;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.ScalarExpression;
import java.util.List;

/// Copies the input with a border of a constant or of its own elements.
public final class PadLowering implements OpLowering<Pad> {

  @Override
  public List<Candidate> candidates(Pad op, LoweringContext context) {
    int rank = op.before().size();
    CudaType type = CudaType.of(op.input().type().elementType());
    MapKernel kernel = new MapKernel(context, List.of(op.input()));
    StringBuilder inside = new StringBuilder();
    long[] strides = MapKernel.strides(op.input());
    long start = 0;
    for (int axis = 0; axis < rank; axis++) {
      long before = op.before().get(axis);
      long after = op.after().get(axis);
      // Negative pads crop first; what is left is then mirrored, repeated or bordered.
      long cropped = Math.max(0, -before);
      long extent = op.input().shape().extent(axis) - cropped - Math.max(0, -after);
      String name = "j" + axis;
      kernel.lines("int " + name + " = i" + axis + (before > 0 ? " - " + before : "") + ";");
      if (before > 0 || after > 0) {
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
      start += cropped * strides[axis];
    }
    String element =
        "x0["
            + LinearIndex.sum(
                start,
                MapKernel.coordinates(rank).stream().map(i -> i.replace('i', 'j')).toList(),
                strides)
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
