package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.control.Predicates;
import dev.tuckerc.ptx.PtxOperand;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decodes arithmetic and logic.
final class LaneDecoder {
  private LaneDecoder() {}

  static void decode(InstructionContext in) {
    String last = in.lastModifier();
    switch (in.instruction.base()) {
      case "setp" -> PredicateDecoder.setp(in);
      case "set" -> PredicateDecoder.set(in);
      case "slct" -> select(in);
      case "add", "sub", "mad", "addc", "subc", "madc" -> {
        if (in.has("cc") || in.instruction.base().endsWith("c")) {
          carry(in);
        } else {
          general(in);
        }
      }
      case "lop3" -> {
        if (in.has("or") || in.has("and")) {
          lookup(in);
        } else {
          general(in);
        }
      }
      case "min", "max" -> {
        if (in.operands.size() == 4) {
          extremumOfThree(in);
        } else {
          general(in);
        }
      }
      case "and", "or", "xor", "not" -> {
        if (last.equals("pred")) {
          PredicateDecoder.logic(in);
        } else {
          general(in);
        }
      }
      default -> {
        if (!VideoDecoder.decode(in)) {
          general(in);
        }
      }
    }
  }

  /// `lop3` with a second, predicate result: whether the word is not zero, combined with a
  /// predicate.
  private static void lookup(InstructionContext in) {
    if (!(in.operand(0) instanceof PtxOperand.Pair pair)) {
      throw in.error(in.opcode + " has a register and a predicate as result");
    }
    Value word = in.registers().temporary(Home.INT);
    List<Value> sources = new ArrayList<>();
    for (int s = 1; s <= 4; s++) {
      sources.add(in.source(in.operand(s), int.class));
    }
    in.lanes(word, List.of(SemanticTable.get("lop3_b32")), sources);
    Value set = in.registers().temporary(Home.PREDICATE);
    in.lanes(set, "setp_ne_b32", word, in.registers().intConstant(0));
    PtxOperand with = in.operand(5);
    in.emit(
        new Predicates(
            in.has("or") ? Predicates.Kind.OR : Predicates.Kind.AND,
            in.target(pair.second()).slot(),
            set.slot(),
            false,
            in.predicate(with).slot(),
            InstructionContext.negated(with),
            in.uniform));
    Value target = in.target(pair.first());
    if (target.slot() >= 0) {
      in.lanes(target, "mov_b32", word);
    }
  }

  /// `min` and `max` of three floats (sm_100).
  private static void extremumOfThree(InstructionContext in) {
    Plain plain = plain(in.opcode);
    if (plain == null || !in.lastModifier().equals("f32")) {
      throw in.unsupported();
    }
    Value first = in.registers().temporary(Home.FLOAT);
    apply(
        in,
        first,
        plain,
        List.of(in.source(in.operand(1), float.class), in.source(in.operand(2), float.class)));
    apply(
        in, in.target(in.operand(0)), plain, List.of(first, in.source(in.operand(3), float.class)));
  }

  /// An opcode without its flush and saturation modifiers.
  ///
  /// @param flush function that flushes operands of the instruction's type, if it is wanted
  record Plain(String opcode, @Nullable Method flush, boolean saturate, Method function) {}

  static @Nullable Plain plain(String opcode) {
    Method exact = SemanticTable.find(opcode);
    if (exact != null) {
      return new Plain(opcode, null, false, exact);
    }
    String type = opcode.substring(opcode.lastIndexOf('.') + 1);
    boolean flush = FLUSHABLE.contains(type) && opcode.contains(".ftz");
    String stripped = flush ? opcode.replace(".ftz", "") : opcode;
    boolean saturate = type.equals("f32") && opcode.contains(".sat");
    stripped = saturate ? stripped.replace(".sat", "") : stripped;
    Method function = SemanticTable.find(stripped);
    Method flushing =
        !flush || type.startsWith("bf16")
            ? null
            : SemanticTable.get(type.equals("f32") ? "flush" : "flush_" + type);
    return function == null ? null : new Plain(stripped, flushing, saturate, function);
  }

  /// Types that `.ftz` is written with; of bf16 it changes nothing.
  private static final Set<String> FLUSHABLE =
      Set.of("f32", "f16", "f16x2", "f32x2", "bf16", "bf16x2");

  private static void general(InstructionContext in) {
    Plain plain = plain(in.opcode);
    if (plain == null) {
      throw in.unsupported();
    }
    Class<?>[] types = plain.function.getParameterTypes();
    if (in.operands.size() != types.length + 1) {
      throw in.error(in.opcode + " takes " + types.length + " sources and a result");
    }
    List<Value> sources = new ArrayList<>();
    for (int s = 0; s < types.length; s++) {
      PtxOperand operand = in.operand(s + 1);
      if (types[s] == boolean.class && InstructionContext.negated(operand)) {
        Value negated = in.registers().temporary(Home.PREDICATE);
        in.emit(
            new Predicates(
                Predicates.Kind.NOT,
                negated.slot(),
                in.predicate(operand).slot(),
                false,
                0,
                false,
                in.uniform));
        sources.add(negated);
      } else {
        sources.add(in.source(operand, types[s]));
      }
    }
    apply(in, in.target(in.operand(0)), plain, sources);
  }

  /// Emits a function, with what its modifiers add.
  static void apply(InstructionContext in, Value target, Plain plain, List<Value> sources) {
    List<Value> inputs =
        plain.flush == null ? sources : flushed(in, plain.flush, plain.function, sources);
    List<Method> chain = new ArrayList<>();
    chain.add(plain.function);
    if (plain.flush != null && plain.function.getReturnType() == plain.flush.getReturnType()) {
      chain.add(plain.flush);
    }
    if (plain.saturate) {
      chain.add(SemanticTable.get("saturate"));
    }
    if (target.slot() < 0) {
      return;
    }
    in.lanes(target, chain, inputs);
  }

  private static List<Value> flushed(
      InstructionContext in, Method flush, Method function, List<Value> sources) {
    Class<?> type = flush.getReturnType();
    List<Value> inputs = new ArrayList<>();
    for (int s = 0; s < sources.size(); s++) {
      if (function.getParameterTypes()[s] == type) {
        Value clean =
            in.registers()
                .temporary(
                    type == float.class ? Home.FLOAT : type == long.class ? Home.LONG : Home.INT);
        in.lanes(clean, List.of(flush), List.of(sources.get(s)));
        inputs.add(clean);
      } else {
        inputs.add(sources.get(s));
      }
    }
    return inputs;
  }

  private static void select(InstructionContext in) {
    List<String> modifiers = in.modifiers();
    String type = modifiers.get(modifiers.size() - 2);
    boolean single = in.lastModifier().equals("f32");
    Value positive = in.registers().temporary(Home.PREDICATE);
    Value zero = single ? in.registers().floatConstant(0f) : in.registers().intConstant(0);
    in.lanes(
        positive,
        single ? "setp_ge_f32" : "setp_ge_s32",
        in.source(in.operand(3), single ? float.class : int.class),
        zero);
    Plain choose = plain("selp." + type);
    if (choose == null) {
      throw in.unsupported();
    }
    Class<?> kind = choose.function.getParameterTypes()[0];
    in.lanes(
        in.target(in.operand(0)),
        List.of(choose.function),
        List.of(in.source(in.operand(1), kind), in.source(in.operand(2), kind), positive));
  }

  /// Extended-precision arithmetic through the carry flag.
  private static void carry(InstructionContext in) {
    String base = in.instruction.base();
    boolean wide = in.lastModifier().endsWith("64");
    String suffix = wide ? "_b64" : "_b32";
    Class<?> type = wide ? long.class : int.class;
    Home home = wide ? Home.LONG : Home.INT;
    Value carry = in.registers().get(Registers.CARRY);
    Value first = in.source(in.operand(1), type);
    Value second = in.source(in.operand(2), type);
    if (base.startsWith("mad")) {
      Value product = in.registers().temporary(home);
      Plain multiply = plain("mul." + (in.has("hi") ? "hi." : "lo.") + in.lastModifier());
      if (multiply == null) {
        throw in.unsupported();
      }
      in.lanes(product, List.of(multiply.function), List.of(first, second));
      first = product;
      second = in.source(in.operand(3), type);
    }
    boolean subtract = base.startsWith("sub");
    Value in0 = base.endsWith("c") ? carry : in.registers().predicateConstant(false);
    Value out = in.registers().temporary(Home.PREDICATE);
    in.lanes(out, (subtract ? "borrow_sub" : "carry_add") + suffix, first, second, in0);
    in.lanes(
        in.target(in.operand(0)), (subtract ? "difference" : "sum") + suffix, first, second, in0);
    if (in.has("cc")) {
      in.emit(
          new Predicates(
              Predicates.Kind.MOVE, carry.slot(), out.slot(), false, 0, false, in.uniform));
    }
  }
}
