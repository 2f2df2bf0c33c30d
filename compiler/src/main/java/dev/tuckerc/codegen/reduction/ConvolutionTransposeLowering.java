package dev.tuckerc.codegen.reduction;

import dev.tuckerc.codegen.emit.AccumulatorType;
import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.LinearIndex;
import dev.tuckerc.codegen.move.MapKernel;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.Window;
import java.util.ArrayList;
import java.util.List;

/// Transposed convolution in gather form: each thread adds up the input elements whose kernel
/// reaches its element of the result, so nothing is added atomically.
public final class ConvolutionTransposeLowering implements OpLowering<ConvolutionTranspose> {

  @Override
  public List<Candidate> candidates(ConvolutionTranspose op, LoweringContext context) {
    Window window = op.window();
    long[] x = MapKernel.strides(op.input());
    long[] w = MapKernel.strides(op.weight());
    CudaType type = CudaType.of(op.input().type().elementType());
    CudaType weightType = CudaType.of(op.weight().type().elementType());
    String compute = AccumulatorType.of(type.type()).name();
    long outputs = op.weight().shape().extent(1);
    long inputs = op.input().shape().extent(1) / op.groups();
    MapKernel kernel =
        new MapKernel(context, op.operands())
            .moving(threads -> WindowTraffic.bytes(op, context.node().result().type(), threads));
    kernel.lines(
        "const int group = i1 / " + outputs + ", o = i1 % " + outputs + ";",
        compute
            + " total = "
            + op.bias().map(b -> CudaType.of(b.type().elementType()).load("x2[i1]")).orElse("0")
            + ";");
    List<String> taps = new ArrayList<>();
    List<String> positions = new ArrayList<>();
    String indent = "";
    for (int axis = 0; axis < window.rank(); axis++) {
      String tap = "t" + axis;
      String position = "p" + axis;
      taps.add(tap);
      positions.add(position);
      long stride = window.stride().get(axis);
      kernel.lines(
          indent
              + "for (int "
              + tap
              + " = 0; "
              + tap
              + " < "
              + window.kernel().get(axis)
              + "; "
              + tap
              + "++) {",
          indent
              + "  const int d"
              + axis
              + " = i"
              + (axis + 2)
              + " + "
              + window.padBefore().get(axis)
              + " - "
              + tap
              + " * "
              + window.dilation().get(axis)
              + ";",
          indent + "  const int " + position + " = d" + axis + " / " + stride + ";",
          indent
              + "  if (d"
              + axis
              + " < 0 || d"
              + axis
              + " % "
              + stride
              + " != 0 || "
              + position
              + " >= "
              + op.input().shape().extent(axis + 2)
              + ") continue;");
      indent += "  ";
    }
    List<String> inputIndex = new ArrayList<>(List.of("i0", "c"));
    inputIndex.addAll(positions);
    List<String> weightIndex = new ArrayList<>(List.of("c", "o"));
    weightIndex.addAll(taps);
    kernel.lines(
        indent + "for (int c = group * " + inputs + "; c < (group + 1) * " + inputs + "; c++) {",
        indent
            + "  total += "
            + type.load("x0[" + LinearIndex.sum(0, inputIndex, x) + "]")
            + " * "
            + weightType.load("x1[" + LinearIndex.sum(0, weightIndex, w) + "]")
            + ";",
        indent + "}");
    for (int axis = window.rank() - 1; axis >= 0; axis--) {
      indent = indent.substring(2);
      kernel.lines(indent + "}");
    }
    return kernel.store("total", 4.0 * window.taps() * inputs);
  }
}
