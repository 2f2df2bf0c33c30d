package dev.tuckerc.codegen.move;

import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.LinearIndex;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.Resize;
import dev.tuckerc.ir.ResizeTaps;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Interpolation by tables made at compile time: for every coordinate of a resized axis, where its
/// taps lie and what they weigh. So every mode and coordinate rule is the same short loop, and no
/// rounding of coordinates happens on the device.
public final class ResizeLowering implements OpLowering<Resize> {
  private static final CudaType INDEX = CudaType.of(DataType.I32);
  private static final CudaType WEIGHT = CudaType.of(DataType.F32);

  @Override
  public List<Candidate> candidates(Resize op, LoweringContext context) {
    int rank = op.input().shape().rank();
    MapKernel kernel = new MapKernel(context, List.of(op.input()));
    CudaType type = CudaType.of(op.input().type().elementType());
    String compute = type.type() == DataType.F64 ? "double" : "float";
    boolean nearest = op.mode() == Resize.Mode.NEAREST;
    List<String> coordinates = new ArrayList<>();
    List<String> weights = new ArrayList<>();
    List<String> opening = new ArrayList<>();
    int depth = 0;
    double taps = 1;
    for (int axis = 0; axis < rank; axis++) {
      int input = Math.toIntExact(op.input().shape().extent(axis));
      int output = Math.toIntExact(op.shape().extent(axis));
      ResizeTaps table = ResizeTaps.of(op, axis, input, output);
      if (table.isIdentity(input)) {
        coordinates.add("i" + axis);
        continue;
      }
      int count = table.sources()[0].length;
      String name = "resize/" + key(op, axis, input, output);
      kernel.table("source" + axis, name + "/source", () -> sources(table), INDEX);
      String entry = "[i" + axis + (count == 1 ? "]" : " * " + count + " + t" + axis + "]");
      if (!nearest) {
        kernel.table("weight" + axis, name + "/weight", () -> weights(table), WEIGHT);
        String indent = "  ".repeat(depth++);
        opening.add(
            indent
                + "for (int t"
                + axis
                + " = 0; t"
                + axis
                + " < "
                + count
                + "; t"
                + axis
                + "++) {");
        weights.add("weight" + axis + entry);
        taps *= count;
      }
      coordinates.add("source" + axis + entry);
    }
    String element = "x0[" + LinearIndex.sum(0, coordinates, MapKernel.strides(op.input())) + "]";
    if (nearest || weights.isEmpty()) {
      return kernel.copy(element, 8);
    }
    kernel.lines(compute + " total = 0;");
    opening.forEach(kernel::lines);
    kernel.lines(
        "  ".repeat(depth)
            + "total += "
            + String.join(" * ", weights)
            + " * "
            + type.load(element)
            + ";");
    for (int i = depth - 1; i >= 0; i--) {
      kernel.lines("  ".repeat(i) + "}");
    }
    return kernel.store(result(type, "total"), 8 * taps);
  }

  /// Interpolation is in floats, so an integer result is truncated.
  private static String result(CudaType type, String total) {
    return type.type().isFloat() ? total : "static_cast<" + type.compute() + ">(" + total + ")";
  }

  /// Everything that decides a table, so that equal tables share one name.
  private static String key(Resize op, int axis, int input, int output) {
    return String.join(
        ",",
        input + "to" + output,
        Double.toString(op.scales().get(axis)),
        op.mode().name(),
        op.coordinates().name(),
        op.nearest().name(),
        Double.toString(op.cubicCoefficient()),
        Boolean.toString(op.excludeOutside()));
  }

  private static Tensor sources(ResizeTaps taps) {
    int count = taps.sources()[0].length;
    Tensor tensor = Tensor.zeros(DataType.I32, List.of((long) taps.sources().length, (long) count));
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setLong(i, taps.sources()[i / count][i % count]);
    }
    return tensor;
  }

  private static Tensor weights(ResizeTaps taps) {
    int count = taps.weights()[0].length;
    Tensor tensor = Tensor.zeros(DataType.F32, List.of((long) taps.weights().length, (long) count));
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, taps.weights()[i / count][i % count]);
    }
    return tensor;
  }
}
