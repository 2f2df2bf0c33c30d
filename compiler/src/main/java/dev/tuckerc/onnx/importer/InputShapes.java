package dev.tuckerc.onnx.importer;

import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.onnx.model.OnnxException;
import dev.tuckerc.onnx.model.OnnxException.Code;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;

/// Shapes of a model's inputs under the given bindings. Binding one input fixes its symbols
/// everywhere.
public final class InputShapes {
  private final String file;
  private final ShapeBindings bindings;
  private final Map<String, Long> symbols = new LinkedHashMap<>();
  private final TreeSet<String> defaulted = new TreeSet<>();

  InputShapes(String file, ShapeBindings bindings, List<ValueInfoProto> inputs) {
    this.file = file;
    this.bindings = bindings;
    List<String> names = inputs.stream().map(ValueInfoProto::getName).toList();
    for (String bound : bindings.shapes().keySet()) {
      if (!names.contains(bound)) {
        throw new OnnxException(
            Code.ONNX012,
            file + ": there is no input '" + bound + "' to bind; the inputs are " + names);
      }
    }
    inputs.forEach(this::bindSymbols);
    if (bindings.unboundAsOne()) {
      OpenExtents.require(file, inputs, this::isOpen);
    }
  }

  /// Whether neither the model nor a binding fixes an extent of an input.
  private boolean isOpen(ValueInfoProto input, int axis) {
    TensorShapeProto.Dimension dim = input.getType().getTensorType().getShape().getDim(axis);
    return !bindings.shapes().containsKey(input.getName())
        && !isKnown(dim)
        && !symbols.containsKey(dim.getDimParam());
  }

  /// What a message about the model should add where extents became 1: which, and the option that
  /// gives others.
  Optional<String> assumption(List<ValueInfoProto> inputs) {
    List<String> options =
        inputs.stream()
            .filter(input ->
                IntStream.range(0, input.getType().getTensorType().getShape().getDimCount())
                    .anyMatch(axis -> isOpen(input, axis)))
            .map(input -> OpenExtents.option(input, this::isOpen))
            .toList();
    return defaulted.isEmpty() || options.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "the open extents "
                + defaulted
                + " were taken as 1; give others, as in "
                + String.join(" ", options));
  }

  /// Symbols that became 1 because nothing bound them.
  List<String> defaulted() {
    return List.copyOf(defaulted);
  }

  private void bindSymbols(ValueInfoProto input) {
    List<Long> bound = bindings.shapes().get(input.getName());
    if (bound == null || !input.getType().getTensorType().hasShape()) {
      return;
    }
    TensorShapeProto declared = input.getType().getTensorType().getShape();
    if (declared.getDimCount() != bound.size()) {
      throw mismatch(input, bound, "its rank is " + declared.getDimCount());
    }
    for (int axis = 0; axis < bound.size(); axis++) {
      TensorShapeProto.Dimension dim = declared.getDim(axis);
      long extent = bound.get(axis);
      if (isKnown(dim) && dim.getDimValue() != extent) {
        throw mismatch(input, bound, "axis " + axis + " is fixed at " + dim.getDimValue());
      }
      if (!dim.getDimParam().isEmpty()) {
        Long earlier = symbols.putIfAbsent(dim.getDimParam(), extent);
        if (earlier != null && earlier != extent) {
          throw mismatch(input, bound, "symbol '" + dim.getDimParam() + "' is already " + earlier);
        }
      }
    }
  }

  private OnnxException mismatch(ValueInfoProto input, List<Long> bound, String why) {
    return new OnnxException(
        Code.ONNX012,
        file + ": shape " + bound + " does not fit input '" + input.getName() + "': " + why);
  }

  /// Shape of an input.
  ///
  /// @throws OnnxException when the model declares none and none is bound
  Shape of(ValueInfoProto input) {
    List<Long> bound = bindings.shapes().get(input.getName());
    if (bound != null) {
      return known(input, bound);
    }
    TypeProto.Tensor type = input.getType().getTensorType();
    if (!type.hasShape()) {
      throw new OnnxException(
          Code.ONNX012,
          file
              + ": input '"
              + input.getName()
              + "' declares no shape; give one with --shape "
              + input.getName()
              + "=...");
    }
    List<Dim> dims = new ArrayList<>();
    for (int axis = 0; axis < type.getShape().getDimCount(); axis++) {
      dims.add(dim(type.getShape().getDim(axis), input.getName() + "_" + axis));
    }
    return new Shape(dims);
  }

  private Shape known(ValueInfoProto input, List<Long> extents) {
    if (extents.stream().anyMatch(extent -> extent < 0)) {
      throw mismatch(input, extents, "extents are not negative");
    }
    return Shape.of(extents);
  }

  private Dim dim(TensorShapeProto.Dimension dim, String otherwise) {
    if (isKnown(dim)) {
      return Dim.of(dim.getDimValue());
    }
    String declared = dim.getDimParam();
    if (symbols.containsKey(declared)) {
      return Dim.of(symbols.get(declared));
    }
    String symbol = symbolName(declared.isBlank() ? otherwise : declared);
    if (bindings.unboundAsOne()) {
      defaulted.add(symbol);
      return Dim.of(1);
    }
    return new Dim.Symbolic(symbol);
  }

  /// Some exporters write 0 or -1 for an extent that is not known.
  private static boolean isKnown(TensorShapeProto.Dimension dim) {
    return dim.hasDimValue() && dim.getDimValue() >= 0;
  }

  /// A symbol that the text form can hold.
  private static String symbolName(String text) {
    String name = text.replaceAll("[^A-Za-z0-9_]", "_");
    name = name.length() > 60 ? name.substring(0, 60) : name;
    return name.isEmpty() || Character.isDigit(name.charAt(0)) ? "d" + name : name;
  }
}
