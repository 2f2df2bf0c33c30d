package dev.tuckerc.ir;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `y[...,m,n] = epilogue(sum_k a[...,m,k] * b[...,k,n])`; leading axes broadcast by NumPy's rule.
public record MatMul(Value a, Value b, Epilogue epilogue) implements Op {
  public MatMul {
    int rankA = a.shape().rank();
    int rankB = b.shape().rank();
    if (rankA < 2 || rankB < 2 || !a.shape().dim(rankA - 1).equals(b.shape().dim(rankB - 2))) {
      throw new IrException("matmul of " + a.shape() + " and " + b.shape());
    }
  }

  @Override
  public String name() {
    return "matmul";
  }

  @Override
  public List<Value> operands() {
    return Operators.operands(List.of(a, b), Optional.empty(), epilogue);
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE.withEpilogue(epilogue);
  }

  @Override
  public TensorType resultType() {
    int rankA = a.shape().rank();
    int rankB = b.shape().rank();
    Shape batch =
        Shape.broadcast(
            new Shape(a.shape().dims().subList(0, rankA - 2)),
            new Shape(b.shape().dims().subList(0, rankB - 2)));
    List<Dim> dims = new ArrayList<>(batch.dims());
    dims.add(a.shape().dim(rankA - 2));
    dims.add(b.shape().dim(rankB - 1));
    return epilogue.apply(TensorType.of(a.type().elementType(), new Shape(dims)));
  }

  static MatMul from(List<Value> operands, Attributes attributes) {
    return new MatMul(operands.get(0), operands.get(1), attributes.epilogue(operands, 2));
  }
}
