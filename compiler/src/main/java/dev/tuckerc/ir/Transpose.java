package dev.tuckerc.ir;

import java.util.List;
import java.util.stream.LongStream;

/// Axis `i` of the result is axis `permutation[i]` of the input.
public record Transpose(Value input, List<Long> permutation) implements Op {
  public Transpose {
    permutation = List.copyOf(permutation);
    List<Long> sorted = permutation.stream().sorted().toList();
    if (permutation.size() != input.shape().rank()
        || !sorted.equals(LongStream.range(0, permutation.size()).boxed().toList())) {
      throw new IrException("transpose of " + input.shape() + " by " + permutation);
    }
  }

  @Override
  public String name() {
    return "transpose";
  }

  @Override
  public List<Value> operands() {
    return List.of(input);
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE.with("permutation", permutation);
  }

  @Override
  public TensorType resultType() {
    List<Dim> dims = permutation.stream().map(axis -> input.shape().dim(axis.intValue())).toList();
    return TensorType.of(input.type().elementType(), new Shape(dims));
  }

  static Transpose from(List<Value> operands, Attributes attributes) {
    return new Transpose(operands.get(0), attributes.integers("permutation"));
  }
}
