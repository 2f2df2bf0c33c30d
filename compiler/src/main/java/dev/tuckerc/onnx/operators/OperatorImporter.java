package dev.tuckerc.onnx.operators;

import dev.tuckerc.ir.Value;
import java.util.List;
import java.util.function.Function;

/// Turns one ONNX node into IR operations.
///
/// An importer reads operands and attributes from the context, emits operations into it and returns
/// the node's results in the order of the operator's outputs; trailing outputs may be left out when
/// they are unsupported.
@FunctionalInterface
public interface OperatorImporter {

  /// @throws UnsupportedNodeException when the operator cannot be expressed
  /// @throws OnnxException when the node is invalid
  /// @throws dev.tuckerc.ir.IrException when operands do not fit together
  List<Value> importNode(OperatorContext node);

  /// An importer of an operator with one output.
  static OperatorImporter single(Function<OperatorContext, Value> importer) {
    return node -> List.of(importer.apply(node));
  }
}
