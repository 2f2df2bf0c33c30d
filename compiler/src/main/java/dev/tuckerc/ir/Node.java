package dev.tuckerc.ir;

/// One operation of a graph and the value it defines.
///
/// @param result its element type and shape are those of [Op#resultType]; its layout is free
public record Node(Op op, Value result, Location location) {
  public Node {
    TensorType derived = op.resultType();
    if (!derived.sameLogicalType(result.type())) {
      throw new IrException(
          op.name() + " gives " + derived + " but its result is declared " + result.type());
    }
  }

  /// A node whose result type, row-major, is derived from the operation.
  public static Node of(Op op, String resultName, Location location) {
    return new Node(op, new Value(resultName, op.resultType()), location);
  }
}
