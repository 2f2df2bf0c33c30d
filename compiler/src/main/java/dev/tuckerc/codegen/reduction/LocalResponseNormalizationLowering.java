package dev.tuckerc.codegen.reduction;

import dev.tuckerc.codegen.emit.AccumulatorType;
import dev.tuckerc.codegen.emit.CudaType;
import dev.tuckerc.codegen.emit.LinearIndex;
import dev.tuckerc.codegen.move.MapKernel;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.OpLowering;
import dev.tuckerc.ir.LocalResponseNormalization;
import dev.tuckerc.tensor.DataType;
import java.util.List;

/// Normalization over neighbouring channels; each thread adds up its own window.
public final class LocalResponseNormalizationLowering
    implements OpLowering<LocalResponseNormalization> {

  @Override
  public List<Candidate> candidates(LocalResponseNormalization op, LoweringContext context) {
    long[] strides = MapKernel.strides(op.input());
    long channels = op.input().shape().extent(1);
    DataType element = op.input().type().elementType();
    CudaType type = CudaType.of(element);
    String compute = AccumulatorType.of(element).name();
    boolean wide = element == DataType.F64;
    long before = (op.size() - 1) / 2;
    long after = op.size() - 1 - before;
    long[] outer = strides.clone();
    outer[1] = 0;
    String suffix = wide ? "" : "f";
    return new MapKernel(context, List.of(op.input()))
        .lines(
            "const int base = "
                + LinearIndex.sum(0, MapKernel.coordinates(strides.length), outer)
                + ";",
            compute + " squares = 0;",
            "for (int c = max(i1 - "
                + before
                + ", 0); c <= min(i1 + "
                + after
                + ", "
                + (channels - 1)
                + "); c++) {",
            "  const "
                + compute
                + " value = "
                + type.load("x0[base + c * " + strides[1] + "]")
                + ";",
            "  squares += value * value;",
            "}",
            "const " + compute + " own = " + type.load("x0[base + i1 * " + strides[1] + "]") + ";",
            "const "
                + compute
                + " scale = "
                + number(op.bias(), suffix)
                + " + "
                + number(op.alpha() / op.size(), suffix)
                + " * squares;")
        .store(
            "own / pow" + suffix + "(scale, " + number(op.beta(), suffix) + ")",
            3.0 * op.size() + 40);
  }

  private static String number(double value, String suffix) {
    return suffix.isEmpty() ? Double.toString(value) : Float.toString((float) value) + suffix;
  }
}
