package dev.tuckerc.onnx.content;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// What a small value holds, as far as that is known during import. Shape arithmetic of a model
/// (`Shape -> Gather -> Concat -> Reshape`) is followed through these, symbolic extents included.
///
/// @param elements in row-major order
/// @param assumed inputs whose given contents this rests on; empty when it always holds
public record Contents(
    DataType type, List<Long> shape, List<Scalar> elements, Set<String> assumed) {
  /// Values with more elements than this are not followed.
  public static final int LIMIT = 2048;

  public Contents {
    shape = List.copyOf(shape);
    elements = List.copyOf(elements);
    assumed = Set.copyOf(assumed);
  }

  /// The elements of a tensor.
  public static Contents of(Tensor tensor, Set<String> assumed) {
    List<Scalar> elements = new ArrayList<>(tensor.size());
    for (int i = 0; i < tensor.size(); i++) {
      elements.add(
          tensor.type().isFloat()
              ? new Scalar.Real(tensor.getDouble(i))
              : new Scalar.Int(tensor.getLong(i)));
    }
    return new Contents(tensor.type(), tensor.shape(), elements, assumed);
  }

  /// A vector of extents, as I64.
  public static Contents ofDims(List<Dim> dims) {
    return new Contents(
        DataType.I64,
        List.of((long) dims.size()),
        dims.stream().map(Scalar::of).toList(),
        Set.of());
  }

  /// Whether no element is symbolic.
  public boolean isKnown() {
    return elements.stream().noneMatch(Scalar.Extent.class::isInstance);
  }

  /// The tensor; only when every element is known.
  Tensor toTensor() {
    Tensor tensor = Tensor.zeros(type, shape);
    for (int i = 0; i < elements.size(); i++) {
      switch (elements.get(i)) {
        case Scalar.Int(long value) -> tensor.setLong(i, value);
        case Scalar.Real(double value) -> tensor.setDouble(i, value);
        case Scalar.Extent(Dim.Symbolic dim) ->
            throw new IllegalStateException("symbolic element " + dim);
      }
    }
    return tensor;
  }

  /// The union of what several contents rest on.
  static Set<String> assumptions(List<Contents> contents) {
    Set<String> all = new TreeSet<>();
    contents.forEach(c -> all.addAll(c.assumed));
    return all;
  }
}
