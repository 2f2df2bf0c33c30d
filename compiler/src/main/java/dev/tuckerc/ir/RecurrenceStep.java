package dev.tuckerc.ir;

import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Literal;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.tensor.DataType;

/// What one step of a [Recurrence] computes for one unit, as scalar expressions over the sums that
/// its gates start from.
///
/// @param type in which it is computed, floating-point
public record RecurrenceStep(Recurrence op, DataType type) {

  /// `f(x0)`: a gate, or the state of an RNN.
  public ScalarExpression gate() {
    return activated(0, new Operand(0));
  }

  /// `(1-x0).g(x1) + x0.x2`: the state of a GRU from the update gate, the candidate's sum and the
  /// state before.
  public ScalarExpression blend() {
    ScalarExpression rest =
        new Binary(BinaryFunction.SUBTRACT, Literal.real(type, 1), new Operand(0));
    return add(
        multiply(rest, activated(1, new Operand(1))), multiply(new Operand(0), new Operand(2)));
  }

  /// The cell of an LSTM from the sums `x0`, `x1`, `x2` of the input gate, the forget gate and the
  /// candidate, the cell before `x3`, and with peepholes those of input `x4` and forget gate `x5`.
  public ScalarExpression cell() {
    ScalarExpression before = new Operand(3);
    ScalarExpression input = activated(0, peeped(new Operand(0), 4, before));
    ScalarExpression forget =
        op.coupled()
            ? new Binary(BinaryFunction.SUBTRACT, Literal.real(type, 1), input)
            : activated(0, peeped(new Operand(1), 5, before));
    return add(multiply(forget, before), multiply(input, activated(1, new Operand(2))));
  }

  /// The state of an LSTM from the sum of the output gate `x0`, the cell `x1`, and with peepholes
  /// that of the output gate `x2`.
  public ScalarExpression output() {
    ScalarExpression gate = activated(0, peeped(new Operand(0), 2, new Operand(1)));
    return multiply(gate, op.activations().get(2).of(type, new Operand(1)));
  }

  private ScalarExpression peeped(ScalarExpression sum, int peephole, ScalarExpression cell) {
    return op.peepholes().isEmpty() ? sum : add(sum, multiply(new Operand(peephole), cell));
  }

  private ScalarExpression activated(int index, ScalarExpression argument) {
    ScalarExpression bounded = argument;
    if (Double.isFinite(op.clip())) {
      bounded =
          new Binary(
              BinaryFunction.MAXIMUM,
              new Binary(BinaryFunction.MINIMUM, argument, Literal.real(type, op.clip())),
              Literal.real(type, -op.clip()));
    }
    return op.activations().get(index).of(type, bounded);
  }

  private static ScalarExpression add(ScalarExpression a, ScalarExpression b) {
    return new Binary(BinaryFunction.ADD, a, b);
  }

  private static ScalarExpression multiply(ScalarExpression a, ScalarExpression b) {
    return new Binary(BinaryFunction.MULTIPLY, a, b);
  }
}
