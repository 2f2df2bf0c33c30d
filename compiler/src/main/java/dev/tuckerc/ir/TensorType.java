package dev.tuckerc.ir;

import dev.tuckerc.tensor.DataType;

/// Type of a value: element type, logical shape, memory layout.
public record TensorType(DataType elementType, Shape shape, Layout layout) {
  public TensorType {
    if (!layout.isRowMajor() && layout.order().size() != shape.rank()) {
      throw new IrException("layout " + layout + " does not fit shape " + shape);
    }
    if (layout.pitch() > 0
        && !(shape.dim(layout.order().getLast()) instanceof Dim.Known(long row)
            && row <= layout.pitch())) {
      throw new IrException("rows of " + shape + " do not fit the pitch of layout " + layout);
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

  /// Size in bytes of all elements.
  ///
  /// @throws IrException when an extent is symbolic
  public long bytes() {
    return shape.elementCount() * elementType.bytes();
  }

  /// Bytes from the first element to the end of the last one, what lies between rows included.
  ///
  /// @throws IrException when an extent is symbolic
  public long span() {
    long count = shape.elementCount();
    if (layout.pitch() == 0 || count == 0) {
      return bytes();
    }
    long row = shape.extent(layout.order().getLast());
    return ((count / row - 1) * layout.pitch() + row) * elementType.bytes();
  }

  @Override
  public String toString() {
    String suffix = layout.isRowMajor() ? "" : "{" + layout + "}";
    return elementType + shape.toString() + suffix;
  }
}
