package dev.tuckerc.emulator.translate;

import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.LaneFunction;
import dev.tuckerc.emulator.machine.LaneOperation;
import java.lang.reflect.Method;
import java.util.Set;
import java.util.function.IntPredicate;

/// Knows which scalar functions the JIT compiler turns into vector instructions, so that a loop
/// over lanes gains from holding several of them.
final class VectorForms {
  private static final Set<String> SIMPLE =
      Set.of(
          "add_b32",
          "sub_b32",
          "mul_lo_b32",
          "mad_lo_b32",
          "and_b32",
          "or_b32",
          "xor_b32",
          "not_b32",
          "neg_b32",
          "mov_b32",
          "mov_b16",
          "min_s32",
          "max_s32",
          "mul_hi_s32",
          "mul_hi_u32",
          "mad_hi_s32",
          "mad_hi_u32",
          "mul_wide_s32",
          "mul_wide_u32",
          "mad_wide_s32",
          "mad_wide_u32",
          "mul24_lo_s32",
          "mul24_lo_u32",
          "mad24_lo_s32",
          "mad24_lo_u32",
          "add_b64",
          "sub_b64",
          "mul_lo_b64",
          "mad_lo_b64",
          "and_b64",
          "or_b64",
          "xor_b64",
          "not_b64",
          "neg_b64",
          "mov_b64",
          "from_s32",
          "from_u32",
          "from_s64",
          "from_u64",
          "wrap_s32",
          "wrap_u32",
          "wrap_s64",
          "wrap_u64",
          "low_b32",
          "high_b32",
          "cvt_u64_u32",
          "add_f32",
          "sub_f32",
          "mul_f32",
          "add_rn_f32",
          "sub_rn_f32",
          "mul_rn_f32",
          "fma_rn_f32",
          "mad_rn_f32",
          "mov_f32");
  private static final Set<String> SHIFTS =
      Set.of("shl_b32", "shr_s32", "shr_u32", "shl_b64", "shr_s64", "shr_u64");

  private VectorForms() {}

  /// @param constant whether a source, by its position, is a constant
  static boolean vectorizable(LaneOperation operation, IntPredicate constant) {
    LaneFunction function = operation.function();
    if (function.result() == Home.PREDICATE || function.sources().contains(Home.PREDICATE)) {
      return false;
    }
    for (Method scalar : function.chain()) {
      String name = scalar.getName();
      boolean shift = SHIFTS.contains(name) && constant.test(1);
      if (!shift && !SIMPLE.contains(name)) {
        return false;
      }
    }
    return true;
  }

  /// Whether a source is the count of a shift that is a vector instruction only for a constant.
  static boolean shiftCount(LaneFunction function, int source) {
    return source == 1 && SHIFTS.contains(function.chain().getFirst().getName());
  }
}
