package dev.tuckerc.onnx.importer;

import dev.tuckerc.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/// What is known of a model's inputs before it is imported.
///
/// @param shapes concrete shape by input name; it fixes the symbols of the model's declared shape,
///   everywhere they occur
/// @param unboundAsOne whether a symbolic extent without a binding becomes 1; otherwise it stays
///   symbolic
/// @param values contents of inputs, by name. They are used only where an operator needs an operand
///   at compile time (the shape of a Reshape, the scales of a Resize); the graph is then
///   specialised to them, and [ImportedModel#specializedInputs] says so
public record ShapeBindings(
    Map<String, List<Long>> shapes, boolean unboundAsOne, Map<String, Tensor> values) {

  /// Nothing is known: symbolic extents stay symbolic.
  public static final ShapeBindings NONE = new ShapeBindings(Map.of(), false, Map.of());

  public ShapeBindings {
    shapes = Collections.unmodifiableMap(new LinkedHashMap<>(shapes));
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /// Concrete shapes by input name.
  public static ShapeBindings of(Map<String, List<Long>> shapes) {
    return new ShapeBindings(shapes, false, Map.of());
  }

  /// A copy with the shape of one more input.
  public ShapeBindings with(String input, long... extents) {
    Map<String, List<Long>> more = new LinkedHashMap<>(shapes);
    more.put(input, LongStream.of(extents).boxed().toList());
    return new ShapeBindings(more, unboundAsOne, values);
  }

  /// A copy with the contents of one more input, for operands needed at compile time.
  public ShapeBindings withValue(String input, Tensor value) {
    Map<String, Tensor> more = new LinkedHashMap<>(values);
    more.put(input, value);
    return new ShapeBindings(shapes, unboundAsOne, more);
  }

  /// A copy in which symbolic extents without a binding become 1.
  public ShapeBindings withUnboundAsOne() {
    return new ShapeBindings(shapes, true, values);
  }
}
