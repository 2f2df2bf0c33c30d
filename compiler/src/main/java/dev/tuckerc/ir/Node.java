package dev.tuckerc.ir;

import java.util.List;

/// One operation of a graph and the values it defines.
///
/// @param results one for each of [Op#resultTypes], of the same element type and shape; the layout
///   is free
public record Node(Op op, List<Value> results, Location location) {
  public Node {
    results = List.copyOf(results);
    List<TensorType> derived = op.resultTypes();
    if (derived.size() != results.size()) {
      throw new IrException(
          op.name() + " has " + derived.size() + " results, not " + results.size());
    }
    for (int i = 0; i < results.size(); i++) {
      if (!derived.get(i).sameLogicalType(results.get(i).type())) {
        throw new IrException(
            op.name()
                + " gives "
                + derived.get(i)
                + " but its result is declared "
                + results.get(i).type());
      }
    }
  }

  /// A node of an operation with one result.
  public Node(Op op, Value result, Location location) {
    this(op, List.of(result), location);
  }

  /// A node whose result type, row-major, is derived from the operation.
  public static Node of(Op op, String resultName, Location location) {
    return new Node(op, new Value(resultName, op.resultType()), location);
  }

  /// The only result.
  ///
  /// @throws IrException when there are several, which only a [Region] has
  public Value result() {
    if (results.size() != 1) {
      throw new IrException(op.name() + " has " + results.size() + " results, not one");
    }
    return results.getFirst();
  }
}
