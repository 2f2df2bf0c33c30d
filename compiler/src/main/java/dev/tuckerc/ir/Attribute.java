package dev.tuckerc.ir;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;

/// An attribute's value, as printed and parsed.
public sealed interface Attribute {
  record Int(long value) implements Attribute {}

  record Ints(List<Long> values) implements Attribute {
    public Ints {
      values = List.copyOf(values);
    }
  }

  /// A shape, possibly with symbolic extents (a known one prints like `Ints`).
  record Extents(Shape value) implements Attribute {}

  record Real(double value) implements Attribute {}

  record Reals(List<Double> values) implements Attribute {
    public Reals {
      values = List.copyOf(values);
    }
  }

  record Flag(boolean value) implements Attribute {}

  record Text(String value) implements Attribute {}

  record Type(DataType value) implements Attribute {}

  /// A scalar expression over the operands, as in `"relu(x0 + x1)"`.
  record Body(ScalarExpression value) implements Attribute {}

  /// A graph of its own, as in `(%x: f32[4]) -> (%y) { ... }`.
  record Block(Graph value) implements Attribute {}

  /// Constant data: printed in line when small, else by reference to the weights file.
  record Data(Tensor value) implements Attribute {}
}
