package dev.tuckerc.ir;

import java.util.List;

/// A copy of the input with elements replaced, or combined with others, at computed places: `y[b,
/// indices[b,k,d], d] = updates[b,k,d]` for all `k` in their order.
///
/// An index may be negative, counting from the end. [#NOWHERE] names no element and changes
/// nothing; any other index outside the axis is an error of the model's input.
///
/// @param input `[outer, extent, inner]`
/// @param indices integers `[outer, count, inner]`, or `[outer, count, 1]` for whole rows
/// @param updates `[outer, count, inner]`
public record Scatter(Value input, Value indices, Value updates, Combination combination)
    implements Op {
  /// The index of an update that is not made. A floating type holds it, and no index comes near it.
  public static final long NOWHERE = Long.MIN_VALUE / 2;

  /// What happens to the element that is there.
  public enum Combination {
    REPLACE,
    ADD,
    MULTIPLY,
    MAXIMUM,
    MINIMUM
  }

  public Scatter {
    Shape x = input.shape();
    Shape u = updates.shape();
    Shape at = indices.shape();
    boolean fits =
        x.rank() == 3
            && u.rank() == 3
            && at.rank() == 3
            && x.dim(0).equals(u.dim(0))
            && x.dim(2).equals(u.dim(2))
            && at.dim(0).equals(u.dim(0))
            && at.dim(1).equals(u.dim(1))
            && (at.dim(2).equals(u.dim(2)) || at.dim(2).equals(Dim.of(1)));
    if (!fits || !indices.type().elementType().isInteger()) {
      throw new IrException(
          "scatter of " + updates.type() + " into " + input.type() + " at " + indices.type());
    }
  }

  @Override
  public String name() {
    return "scatter";
  }

  @Override
  public List<Value> operands() {
    return List.of(input, indices, updates);
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE.with("combination", Attributes.text(combination));
  }

  @Override
  public TensorType resultType() {
    return TensorType.of(input.type().elementType(), input.shape());
  }

  static Scatter from(List<Value> operands, Attributes attributes) {
    return new Scatter(
        operands.get(0),
        operands.get(1),
        operands.get(2),
        attributes.constant("combination", Combination.class));
  }
}
