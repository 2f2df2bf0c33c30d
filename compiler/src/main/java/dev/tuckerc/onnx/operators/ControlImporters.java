package dev.tuckerc.onnx.operators;

import static dev.tuckerc.onnx.model.Scalars.select;
import static dev.tuckerc.onnx.model.Scalars.x;

import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.content.Contents;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Control flow.
public final class ControlImporters {
  private ControlImporters() {}

  static void register(OperatorRegistry registry) {
    registry.addAll("If", ControlImporters::conditional);
  }

  /// A known condition picks its branch. Otherwise both are computed and the results selected,
  /// which is the same because no operator has side effects.
  private static List<Value> conditional(OperatorContext node) {
    Value condition = node.input(0);
    if (condition.type().elementType() != DataType.BOOL) {
      throw new IrException("the condition is " + condition.type() + ", expected a bool");
    }
    Optional<Contents> known = node.contentsIfKnown(condition).filter(c -> c.isKnown());
    if (known.isPresent() && known.get().elements().size() == 1) {
      long value = OperatorContext.integer(known.get().elements().getFirst(), "condition");
      return node.subgraph(value != 0 ? "then_branch" : "else_branch");
    }
    List<Value> yes = node.subgraph("then_branch");
    List<Value> no = node.subgraph("else_branch");
    Value scalar = node.reshape(condition, Shape.of());
    List<Value> results = new ArrayList<>();
    for (int i = 0; i < Math.min(yes.size(), no.size()); i++) {
      if (!yes.get(i).type().sameLogicalType(no.get(i).type())) {
        throw OperatorContext.unsupported(
            "its branches give " + yes.get(i).type() + " and " + no.get(i).type());
      }
      results.add(node.pointwise(select(x(0), x(1), x(2)), scalar, yes.get(i), no.get(i)));
    }
    return results;
  }
}
