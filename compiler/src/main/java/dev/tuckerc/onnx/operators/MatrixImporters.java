package dev.tuckerc.onnx.operators;

import static dev.tuckerc.onnx.model.Scalars.add;
import static dev.tuckerc.onnx.model.Scalars.literal;
import static dev.tuckerc.onnx.model.Scalars.multiply;
import static dev.tuckerc.onnx.model.Scalars.x;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;

/// Matrix products.
public final class MatrixImporters {
  private MatrixImporters() {}

  static void register(OperatorRegistry registry) {
    registry.add("MatMul", n -> matMul(n, n.input(0), n.input(1)));
    registry.add("Gemm", MatrixImporters::gemm);
    registry.add("Einsum", EinsumImporter::importNode);
  }

  /// A product by NumPy's rule: a vector is a row on the left and a column on the right.
  static Value matMul(OperatorContext node, Value a, Value b) {
    if (a.type().elementType() != b.type().elementType()) {
      throw new IrException("product of " + a.type() + " and " + b.type());
    }
    int rankA = a.shape().rank();
    int rankB = b.shape().rank();
    if (rankA == 0 || rankB == 0) {
      throw new IrException("product of " + a.type() + " and " + b.type());
    }
    Value left = rankA == 1 ? node.reshape(a, Dim.of(1), a.shape().dim(0)) : a;
    Value right = rankB == 1 ? node.reshape(b, b.shape().dim(0), Dim.of(1)) : b;
    Value product = node.matMul(left, right);
    List<Dim> dims = new ArrayList<>(product.shape().dims());
    if (rankB == 1) {
      dims.removeLast();
    }
    if (rankA == 1) {
      dims.remove(dims.size() - (rankB == 1 ? 1 : 2));
    }
    return node.reshape(product, new Shape(dims));
  }

  /// `alpha * a * b + beta * c`
  private static Value gemm(OperatorContext node) {
    Value a = node.input(0);
    Value b = node.input(1);
    if (a.shape().rank() != 2
        || b.shape().rank() != 2
        || a.type().elementType() != b.type().elementType()) {
      throw new IrException("product of " + a.type() + " and " + b.type());
    }
    DataType type = a.type().elementType();
    a = node.attributes().flag("transA", false) ? node.transposeLast(a) : a;
    b = node.attributes().flag("transB", false) ? node.transposeLast(b) : b;
    Value product = node.matMul(a, b);
    ScalarExpression body = scaled(node.attributes().real("alpha", 1), type, x(0));
    List<Value> operands = new ArrayList<>(List.of(product));
    double beta = node.attributes().real("beta", 1);
    if (node.optional(2).isPresent() && beta != 0) {
      operands.add(node.input(2));
      body = add(body, scaled(beta, type, x(1)));
    }
    return body.equals(x(0)) ? product : node.emit(new Pointwise(operands, body));
  }

  private static ScalarExpression scaled(double factor, DataType type, ScalarExpression value) {
    return factor == 1 ? value : multiply(literal(type, factor), value);
  }
}
