package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.control.Predicates;
import dev.tuckerc.ptx.PtxOperand;
import java.util.List;
import java.util.Set;

/// Decodes comparison and the logic of predicates.
final class PredicateDecoder {
  private static final Set<String> LOGIC = Set.of("and", "or", "xor");

  private PredicateDecoder() {}

  /// Emits a comparison into a predicate.
  private static void compare(
      InstructionContext in, Value into, String comparison, String type, boolean flush, int first) {
    LaneDecoder.Plain plain =
        LaneDecoder.plain("setp." + comparison + (flush ? ".ftz" : "") + "." + type);
    if (plain == null) {
      throw in.unsupported();
    }
    Class<?>[] types = plain.function().getParameterTypes();
    LaneDecoder.apply(
        in,
        into,
        plain,
        List.of(
            in.source(in.operand(first), types[0]), in.source(in.operand(first + 1), types[1])));
  }

  /// `setp`: a comparison into one predicate or two.
  static void setp(InstructionContext in) {
    List<String> modifiers = in.modifiers();
    String comparison = modifiers.getFirst();
    String logic = modifiers.stream().filter(LOGIC::contains).findFirst().orElse("");
    PtxOperand first = in.operand(0);
    PtxOperand second = new PtxOperand.Sink();
    if (first instanceof PtxOperand.Pair pair) {
      first = pair.first();
      second = pair.second();
    }
    boolean packed = in.lastModifier().endsWith("x2");
    if (packed) {
      String type = in.lastModifier();
      combined(in, in.target(first), "low." + comparison, type, logic, false);
      combined(in, in.target(second), "high." + comparison, type, logic, false);
      return;
    }
    Value p = in.target(first);
    Value q = in.target(second);
    combined(in, p, comparison, in.lastModifier(), logic, false);
    if (q.slot() >= 0) {
      combined(in, q, comparison, in.lastModifier(), logic, true);
    }
  }

  private static void combined(
      InstructionContext in,
      Value target,
      String comparison,
      String type,
      String logic,
      boolean inverted) {
    if (target.slot() < 0) {
      return;
    }
    if (logic.isEmpty() && !inverted) {
      compare(in, target, comparison, type, in.has("ftz"), 1);
      return;
    }
    Value fresh = in.registers().temporary(Home.PREDICATE);
    compare(in, fresh, comparison, type, in.has("ftz"), 1);
    if (logic.isEmpty()) {
      in.emit(
          new Predicates(
              Predicates.Kind.NOT, target.slot(), fresh.slot(), false, 0, false, in.uniform));
      return;
    }
    PtxOperand with = in.operand(3);
    in.emit(
        new Predicates(
            kind(logic),
            target.slot(),
            fresh.slot(),
            inverted,
            in.predicate(with).slot(),
            InstructionContext.negated(with),
            in.uniform));
  }

  private static Predicates.Kind kind(String logic) {
    return switch (logic) {
      case "and" -> Predicates.Kind.AND;
      case "or" -> Predicates.Kind.OR;
      case "xor" -> Predicates.Kind.XOR;
      case "not" -> Predicates.Kind.NOT;
      default -> throw new IllegalArgumentException(logic);
    };
  }

  /// `set`: a comparison into a register, as a number.
  static void set(InstructionContext in) {
    List<String> modifiers = in.modifiers();
    String sourceType = in.lastModifier();
    String targetType = modifiers.get(modifiers.size() - 2);
    String logic = modifiers.stream().filter(LOGIC::contains).findFirst().orElse("");
    Value truth = in.registers().temporary(Home.PREDICATE);
    if (sourceType.endsWith("x2")) {
      setBoth(in, modifiers.getFirst(), sourceType, targetType, logic);
      return;
    }
    combined(in, truth, modifiers.getFirst(), sourceType, logic, false);
    Value target = in.target(in.operand(0));
    switch (targetType) {
      case "f32" ->
          in.lanes(
              target,
              "selp_f32",
              in.registers().floatConstant(1f),
              in.registers().floatConstant(0f),
              truth);
      case "u16", "s16" ->
          in.lanes(
              target,
              "selp_b16",
              in.registers().intConstant(0xffff),
              in.registers().intConstant(0),
              truth);
      case "u32", "s32" ->
          in.lanes(
              target,
              "selp_b32",
              in.registers().intConstant(-1),
              in.registers().intConstant(0),
              truth);
      case "f16", "bf16" ->
          in.lanes(
              target,
              "selp_b16",
              in.registers().intConstant(targetType.equals("f16") ? 0x3c00 : 0x3f80),
              in.registers().intConstant(0),
              truth);
      default -> throw in.unsupported();
    }
  }

  /// `set` of both halves: each becomes 1.0 or 0.
  private static void setBoth(
      InstructionContext in, String comparison, String sourceType, String type, String logic) {
    if (!sourceType.equals(type)) {
      throw in.unsupported();
    }
    Value[] halves = new Value[2];
    for (int h = 0; h < 2; h++) {
      Value truth = in.registers().temporary(Home.PREDICATE);
      combined(in, truth, (h == 0 ? "low." : "high.") + comparison, sourceType, logic, false);
      halves[h] = in.registers().temporary(Home.INT);
      in.lanes(
          halves[h],
          "selp_b16",
          in.registers().intConstant(type.equals("f16x2") ? 0x3c00 : 0x3f80),
          in.registers().intConstant(0),
          truth);
    }
    in.lanes(in.target(in.operand(0)), "pack_b16x2", halves);
  }

  /// `and`, `or`, `xor` and `not` of predicates.
  static void logic(InstructionContext in) {
    Value target = in.target(in.operand(0));
    PtxOperand first = in.operand(1);
    PtxOperand second = in.instruction.base().equals("not") ? first : in.operand(2);
    in.emit(
        new Predicates(
            kind(in.instruction.base()),
            target.slot(),
            in.predicate(first).slot(),
            InstructionContext.negated(first),
            in.predicate(second).slot(),
            InstructionContext.negated(second),
            in.uniform));
  }
}
