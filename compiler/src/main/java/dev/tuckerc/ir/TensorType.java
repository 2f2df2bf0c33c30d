package dev.tuckerc.ir;

import dev.tuckerc.tensor.DataType;

/// Type of a value: element type, logical shape, memory layout.
public record TensorType(DataType elementType, Shape shape, Layout layout) {
  public TensorType {
    if (!layout.isRowMajor() && layout.order().size() != shape.rank()) {
      throw new IrException("layout " + layout + " does not fit shape " + shape);
    }
  }

  /// A row-major type.
  public static TensorType of(DataType elementType, Shape shape) {
    return new TensorType(elementType, shape, Layout.ROW_MAJOR);
  }

  /// A row-major type of known extents.
  public static TensorType of(DataType elementType, long... extents) {
    return of(elementType, Shape.of(extents));
  }

  public TensorType withElementType(DataType type) {
    return new TensorType(type, shape, layout);
  }

  public TensorType withLayout(Layout newLayout) {
    return new TensorType(elementType, shape, newLayout);
  }

  /// Whether element type and shape agree; the layout may differ.
  public boolean sameLogicalType(TensorType other) {
    return elementType == other.elementType && shape.equals(other.shape);
  }

  /// Size in bytes.
  ///
  /// @throws IrException when an extent is symbolic
  public long bytes() {
    return shape.elementCount() * elementType.bytes();
  }

  @Override
  public String toString() {
    String suffix = layout.isRowMajor() ? "" : "{" + layout + "}";
    return elementType + shape.toString() + suffix;
  }
}
