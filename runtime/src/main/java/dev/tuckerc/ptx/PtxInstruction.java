package dev.tuckerc.ptx;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One instruction.
///
/// @param opcode opcode with all modifiers, such as `ld.global.nc.v4.f32`
/// @param operands in source order
/// @param guard predicate register that guards it, if any
/// @param guardNegated whether the guard is `@!p`
/// @param position where it stands
public record PtxInstruction(
    String opcode,
    List<PtxOperand> operands,
    @Nullable String guard,
    boolean guardNegated,
    SourcePosition position) {
  public PtxInstruction {
    operands = List.copyOf(operands);
  }

  /// The opcode before its first modifier.
  public String base() {
    int dot = opcode.indexOf('.');
    return dot < 0 ? opcode : opcode.substring(0, dot);
  }
}
