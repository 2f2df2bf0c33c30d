package dev.tuckerc.onnx.operators;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Window;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Windows from the attributes `kernel_shape`, `strides`, `pads`, `dilations` and `auto_pad`.
public final class Windows {
  private Windows() {}

  /// The window of a convolution or pooling.
  ///
  /// @param kernel extent of the window
  /// @param input shape of the input, `[N, C, spatial...]`
  static Window of(OperatorContext node, List<Long> kernel, Shape input) {
    int rank = kernel.size();
    if (input.rank() != rank + 2) {
      throw new IrException("a window of rank " + rank + " on input " + input);
    }
    List<Long> stride = list(node, "strides", rank, 1);
    List<Long> dilation = list(node, "dilations", rank, 1);
    String mode = node.attributes().text("auto_pad", "NOTSET");
    List<Long> before = new ArrayList<>(Collections.nCopies(rank, 0L));
    List<Long> after = new ArrayList<>(before);
    switch (mode) {
      case "NOTSET", "" -> {
        List<Long> pads = list(node, "pads", 2 * rank, 0);
        before = pads.subList(0, rank);
        after = pads.subList(rank, 2 * rank);
      }
      case "VALID" -> {}
      case "SAME_UPPER", "SAME_LOWER" -> {
        for (int axis = 0; axis < rank; axis++) {
          long span = (kernel.get(axis) - 1) * dilation.get(axis) + 1;
          long total = samePadding(input.dim(axis + 2), span, stride.get(axis));
          long small = total / 2;
          before.set(axis, mode.equals("SAME_UPPER") ? small : total - small);
          after.set(axis, total - before.get(axis));
        }
      }
      default -> throw new IrException("unknown auto_pad '" + mode + "'");
    }
    if (before.stream().anyMatch(p -> p < 0) || after.stream().anyMatch(p -> p < 0)) {
      throw OperatorContext.unsupported("negative padding");
    }
    return new Window(kernel, stride, before, after, dilation);
  }

  /// Padding that makes the output extent `ceil(input / stride)`.
  private static long samePadding(Dim input, long span, long stride) {
    if (stride < 1) {
      throw new IrException("strides must be positive");
    }
    return switch (input) {
      case Dim.Known(long extent) ->
          Math.max(0, (Math.ceilDiv(extent, stride) - 1) * stride + span - extent);
      // At stride 1 it does not depend on the extent.
      case Dim.Symbolic symbolic when stride == 1 -> span - 1;
      case Dim.Symbolic(String expression) ->
          throw OperatorContext.unsupported(
              "auto_pad depends on the symbolic extent '" + expression + "'; bind it with --shape");
    };
  }

  /// An integer list attribute of a given length.
  static List<Long> list(OperatorContext node, String name, int length, long otherwise) {
    List<Long> values =
        node.attributes().integers(name).orElse(Collections.nCopies(length, otherwise));
    if (values.isEmpty() && length > 0) {
      return Collections.nCopies(length, otherwise);
    }
    if (values.size() != length) {
      throw new IrException(
          "attribute '" + name + "' has " + values.size() + " entries, expected " + length);
    }
    return values;
  }

  /// The attribute `kernel_shape`, which must be given.
  static List<Long> kernel(OperatorContext node) {
    return node.attributes()
        .integers("kernel_shape")
        .orElseThrow(() -> new IrException("attribute 'kernel_shape' is missing"));
  }
}
