package dev.tuckerc.onnx.importer;

import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.tuckerc.onnx.model.OnnxException;
import dev.tuckerc.onnx.model.OnnxException.Code;
import java.util.ArrayList;
import java.util.List;

/// Extents that neither the model nor the user fixes.
///
/// An open batch is taken as 1, which is what people run most. No such guess is any good for the
/// extents of an image or a sequence, which lie on the third axis and behind: they are asked for.
final class OpenExtents {
  private static final int FIRST_ASKED = 2;
  private static final long EXAMPLE = 224;

  /// Whether nothing fixes an axis of an input.
  interface IsOpen {
    boolean test(ValueInfoProto input, int axis);
  }

  private OpenExtents() {}

  /// Asks for the extents that cannot be guessed.
  ///
  /// @throws OnnxException naming every input that has some, its extents, and the option
  static void require(String file, List<ValueInfoProto> inputs, IsOpen open) {
    List<String> lacking = new ArrayList<>();
    List<String> options = new ArrayList<>();
    for (ValueInfoProto input : inputs) {
      TensorShapeProto shape = input.getType().getTensorType().getShape();
      List<String> names = new ArrayList<>();
      for (int axis = 1; axis < shape.getDimCount(); axis++) {
        if (open.test(input, axis)) {
          names.add(extent(shape.getDim(axis)));
        }
      }
      boolean asked = false;
      for (int axis = FIRST_ASKED; axis < shape.getDimCount(); axis++) {
        asked |= open.test(input, axis);
      }
      if (asked) {
        lacking.add(
            String.join(", ", names) + " of input '" + input.getName() + "' " + declared(shape));
        options.add(option(input, open));
      }
    }
    if (!lacking.isEmpty()) {
      throw new OnnxException(
          Code.ONNX016,
          file
              + ": the model leaves open "
              + String.join("; ", lacking)
              + ": give the extents, as in "
              + String.join(" ", options));
    }
  }

  /// The option that fixes an input's extents, with an example for each that is open.
  static String option(ValueInfoProto input, IsOpen open) {
    List<String> extents = new ArrayList<>();
    TensorShapeProto shape = input.getType().getTensorType().getShape();
    for (int axis = 0; axis < shape.getDimCount(); axis++) {
      TensorShapeProto.Dimension dim = shape.getDim(axis);
      extents.add(
          !open.test(input, axis) && dim.hasDimValue()
              ? String.valueOf(dim.getDimValue())
              : String.valueOf(axis < FIRST_ASKED ? 1 : EXAMPLE));
    }
    return "--shape " + input.getName() + "=" + String.join("x", extents);
  }

  /// A declared shape, such as `[N,3,H,W]`.
  static String declared(TensorShapeProto shape) {
    List<String> extents = shape.getDimList().stream().map(OpenExtents::extent).toList();
    return "[" + String.join(",", extents) + "]";
  }

  private static String extent(TensorShapeProto.Dimension dim) {
    if (dim.hasDimValue() && dim.getDimValue() >= 0) {
      return String.valueOf(dim.getDimValue());
    }
    return dim.getDimParam().isBlank() ? "?" : dim.getDimParam();
  }
}
