package dev.tuckerc.ir;

import java.util.List;

/// The operands one after the other along one axis.
public record Concat(List<Value> operands, long axis) implements Op {
  public Concat {
    operands = List.copyOf(operands);
    if (operands.isEmpty()) {
      throw new IrException("concat needs an operand");
    }
    Value first = operands.getFirst();
    axis = first.shape().normalizeAxis(axis);
    for (Value operand : operands) {
      if (operand.type().elementType() != first.type().elementType()
          || operand.shape().rank() != first.shape().rank()
          || !operand
              .shape()
              .with((int) axis, Dim.of(1))
              .equals(first.shape().with((int) axis, Dim.of(1)))) {
        throw new IrException(
            "concat of " + first.type() + " and " + operand.type() + " along axis " + axis);
      }
    }
  }

  @Override
  public String name() {
    return "concat";
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE.with("axis", axis);
  }

  @Override
  public TensorType resultType() {
    Shape first = operands.getFirst().shape();
    Dim total = operands.getFirst().shape().dim((int) axis);
    for (Value operand : operands.subList(1, operands.size())) {
      Dim next = operand.shape().dim((int) axis);
      total =
          next instanceof Dim.Known(long n)
              ? total.plus(n)
              : total instanceof Dim.Known(long t)
                  ? next.plus(t)
                  : new Dim.Symbolic("(" + total + "+" + next + ")");
    }
    return TensorType.of(operands.getFirst().type().elementType(), first.with((int) axis, total));
  }
}
