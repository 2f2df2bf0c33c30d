package dev.tuckerc.ptx;

import java.util.List;

/// An operand of a PTX instruction.
public sealed interface PtxOperand {

  /// A declared register; its name is unique within the function (nested scopes are renamed).
  ///
  /// @param negated written with `!` in front, allowed for predicates
  record Register(String name, boolean negated) implements PtxOperand {}

  /// A special register such as `%tid.x`.
  record Special(String name) implements PtxOperand {}

  /// A variable, parameter, function or label, plus a byte offset.
  record Symbol(String name, long offset) implements PtxOperand {}

  /// A constant.
  ///
  /// @param bits integer value, or IEEE bits of the float form
  /// @param form how it was written
  record Immediate(long bits, Form form) implements PtxOperand {
    /// How a constant was written.
    public enum Form {
      INTEGER,
      FLOAT32,
      FLOAT64
    }
  }

  /// `{a, b, ...}`
  record Tuple(List<PtxOperand> elements) implements PtxOperand {
    public Tuple {
      elements = List.copyOf(elements);
    }
  }

  /// `(a, b, ...)`, in calls.
  record Arguments(List<PtxOperand> elements) implements PtxOperand {
    public Arguments {
      elements = List.copyOf(elements);
    }
  }

  /// `a|b`: a result and a second, predicate result.
  record Pair(PtxOperand first, PtxOperand second) implements PtxOperand {}

  /// `[base + offset]`, with the coordinates of tensor copies.
  record Address(PtxOperand base, long offset, List<PtxOperand> more) implements PtxOperand {
    public Address {
      more = List.copyOf(more);
    }
  }

  /// `_`: a result nobody wants.
  record Sink() implements PtxOperand {}
}
