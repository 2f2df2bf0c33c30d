package dev.tuckerc.onnx.operators;

import static dev.tuckerc.onnx.model.Scalars.binary;
import static dev.tuckerc.onnx.model.Scalars.convert;
import static dev.tuckerc.onnx.model.Scalars.equal;
import static dev.tuckerc.onnx.model.Scalars.less;
import static dev.tuckerc.onnx.model.Scalars.x;

import dev.tuckerc.ir.ArgReduce;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// The largest or smallest elements along an axis, sorted, equal ones in their order: element `i`
/// is at the place that counts how many elements come before it. That is quadratic in the extent,
/// which is why long axes are refused.
public final class TopKImporter {
  private static final long MOST_COMPARISONS = 1 << 24;

  private TopKImporter() {}

  static List<Value> importNode(OperatorContext node) {
    Value input = node.input(0);
    int rank = input.shape().rank();
    int axis = input.shape().normalizeAxis(node.attributes().integer("axis", -1));
    long k =
        node.opset() < 10 ? node.attributes().integer("k", 0) : node.integers(1, "k").getFirst();
    long extent = input.shape().extent(axis);
    if (k < 0 || k > extent) {
      throw new IrException("k = " + k + " on axis " + axis + " of " + input.type());
    }
    if (input.shape().elementCount() > MOST_COMPARISONS / Math.max(1, extent)) {
      throw OperatorContext.unsupported("sorting an axis of " + extent + " elements");
    }
    List<Long> toLast = new ArrayList<>(OperatorContext.axesFrom(0, rank));
    Collections.swap(toLast, axis, rank - 1);
    Value rows = node.transpose(input, toLast);
    Value indices = positions(node, rows, extent, k);
    Value values = IndexImporters.gatherElements(node, rows, indices, rank - 1);
    return List.of(node.transpose(values, toLast), node.transpose(indices, toLast));
  }

  /// Indices of the first `k` elements of every row.
  private static Value positions(OperatorContext node, Value rows, long extent, long k) {
    int rank = rows.shape().rank();
    List<Dim> dims = rows.shape().dims();
    Value own = node.reshape(rows, inserted(dims, rank));
    Value other = node.reshape(rows, inserted(dims, rank - 1));
    boolean largest = node.attributes().flag("largest", true);
    ScalarExpression better = largest ? less(x(0), x(1)) : less(x(1), x(0));
    ScalarExpression earlier = binary(BinaryFunction.AND, equal(x(0), x(1)), less(x(3), x(2)));
    Value before =
        node.pointwise(
            convert(DataType.F32, binary(BinaryFunction.OR, better, earlier)),
            own,
            other,
            node.iota(extent, rank - 1, rank + 1),
            node.iota(extent, rank, rank + 1));
    Value place = node.reduce(Reduce.Kind.SUM, before, List.of((long) rank), false);
    Value wanted =
        node.pointwise(
            convert(DataType.F32, equal(convert(DataType.I64, x(0)), x(1))),
            node.reshape(place, inserted(dims, rank - 1)),
            node.iota(k, rank - 1, rank + 1));
    return node.emit(new ArgReduce(ArgReduce.Kind.MAXIMUM, wanted, rank, false, false));
  }

  /// A shape with one more axis, of extent 1.
  private static Shape inserted(List<Dim> dims, int axis) {
    List<Dim> more = new ArrayList<>(dims);
    more.add(axis, Dim.of(1));
    return new Shape(more);
  }
}
