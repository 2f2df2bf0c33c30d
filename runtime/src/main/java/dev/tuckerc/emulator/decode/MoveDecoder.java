package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.machine.GlobalMemory;
import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.SpecialRegisters;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.control.Predicates;
import dev.tuckerc.emulator.operations.control.Simple;
import dev.tuckerc.emulator.operations.memory.Space;
import dev.tuckerc.ptx.PtxOperand;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Decodes moves, address conversions and type conversions.
final class MoveDecoder {
  private static final Set<String> TYPES =
      Set.of(
          "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f16", "bf16", "f32", "f64", "b8",
          "b16", "b32", "b64");

  private MoveDecoder() {}

  static void move(InstructionContext in) {
    PtxOperand to = in.operand(0);
    PtxOperand from = in.operand(1);
    String type = in.lastModifier();
    if (type.equals("b128")) {
      WideDecoder.move(in);
      return;
    }
    if (to instanceof PtxOperand.Tuple parts) {
      unpack(in, parts.elements(), from);
      return;
    }
    Value target = in.target(to);
    if (from instanceof PtxOperand.Tuple parts) {
      pack(in, target, parts.elements());
    } else if (type.equals("pred")) {
      in.emit(
          new Predicates(
              Predicates.Kind.MOVE,
              target.slot(),
              in.predicate(from).slot(),
              InstructionContext.negated(from),
              0,
              false,
              in.uniform));
    } else if (from instanceof PtxOperand.Symbol symbol) {
      address(in, target, symbol);
    } else if (from instanceof PtxOperand.Special special
        && !SpecialRegisters.known(special.name())) {
      moving(in, target, special.name());
    } else {
      copy(in, target, from);
    }
  }

  private static void copy(InstructionContext in, Value target, PtxOperand from) {
    switch (target.home()) {
      case INT ->
          in.lanes(
              target,
              in.lastModifier().endsWith("16") ? "mov_b16" : "mov_b32",
              in.source(from, int.class));
      case FLOAT -> in.lanes(target, "mov_f32", floatSource(in, from));
      case LONG -> in.lanes(target, "mov_b64", in.source(from, long.class));
      case DOUBLE ->
          in.lanes(
              target,
              "mov_f64",
              in.source(
                  from,
                  from instanceof PtxOperand.Immediate i
                          && i.form() == PtxOperand.Immediate.Form.INTEGER
                      ? long.class
                      : double.class));
      case PREDICATE -> throw in.error(in.opcode + " into a predicate");
    }
  }

  private static Value floatSource(InstructionContext in, PtxOperand from) {
    boolean bits =
        from instanceof PtxOperand.Immediate immediate
            && immediate.form() == PtxOperand.Immediate.Form.INTEGER
            && !in.lastModifier().equals("f32");
    return in.source(from, bits ? int.class : float.class);
  }

  /// The address of a variable into a register.
  static void address(InstructionContext in, Value target, PtxOperand.Symbol symbol) {
    Integer local = in.local(symbol.name());
    Integer shared = in.shared(symbol.name());
    if (local != null) {
      in.emit(new Simple(Simple.Kind.LOCAL_ADDRESS, target, local + symbol.offset()));
    } else if (shared != null) {
      long offset = shared + symbol.offset();
      if (in.clusters()) {
        Value rank = in.registers().special("%cluster_ctarank");
        Value base = in.registers().temporary(Home.INT);
        in.lanes(base, "shl_b32", rank, in.registers().intConstant(24));
        Value sum = target.home() == Home.INT ? target : in.registers().temporary(Home.INT);
        in.lanes(sum, "add_b32", base, in.registers().intConstant((int) offset));
        if (target.home() != Home.INT) {
          in.lanes(target, "cvt_u64_u32", sum);
        }
      } else if (target.home() == Home.INT) {
        in.lanes(target, "mov_b32", in.registers().intConstant((int) offset));
      } else {
        in.lanes(target, "mov_b64", in.registers().longConstant(offset));
      }
    } else if (in.kernelParameter(symbol.name())) {
      Integer place = in.parameterOffset(symbol.name());
      Value constant =
          target.home() == Home.INT
              ? in.registers().intConstant((int) (place + symbol.offset()))
              : in.registers().longConstant(place + symbol.offset());
      in.lanes(target, target.home() == Home.INT ? "mov_b32" : "mov_b64", constant);
    } else {
      copy(in, target, symbol);
    }
  }

  /// Special registers that change while the kernel runs.
  private static void moving(InstructionContext in, Value target, String name) {
    in.warpOrderDependent = true;
    switch (name) {
      case "%clock", "%clock64" -> in.emit(new Simple(Simple.Kind.CLOCK, target, 0));
      case "%clock_hi" -> in.emit(new Simple(Simple.Kind.CLOCK, target, 32));
      case "%globaltimer", "%globaltimer_lo" ->
          in.emit(new Simple(Simple.Kind.GLOBAL_TIMER, target, 0));
      case "%globaltimer_hi" -> in.emit(new Simple(Simple.Kind.GLOBAL_TIMER, target, 32));
      default -> throw in.error("special register " + name + " is not supported by the emulator");
    }
  }

  private static void pack(InstructionContext in, Value target, List<PtxOperand> parts) {
    int bits = target.home() == Home.LONG || target.home() == Home.DOUBLE ? 64 : 32;
    int each = bits / parts.size();
    String function =
        bits == 64 && each == 32
            ? "pack_b32x2"
            : bits == 64 && each == 16
                ? "pack_b16x4"
                : each == 16 ? "pack_b16x2" : each == 8 ? "pack_b8x4" : "";
    if (function.isEmpty()) {
      throw in.unsupported();
    }
    List<Value> sources = new ArrayList<>();
    for (PtxOperand part : parts) {
      sources.add(in.source(part, int.class));
    }
    in.lanes(target, List.of(SemanticTable.get(function)), sources);
  }

  private static void unpack(InstructionContext in, List<PtxOperand> parts, PtxOperand from) {
    boolean wide = in.lastModifier().endsWith("64");
    Value source = in.source(from, wide ? long.class : int.class);
    if (source.home() == Home.INT || source.home() == Home.LONG || parts.size() > 1) {
      // A part may be the source itself: read it all before writing.
      Value kept = in.registers().temporary(wide ? Home.LONG : Home.INT);
      in.lanes(kept, wide ? "mov_b64" : "mov_b32", source);
      source = kept;
    }
    for (int i = 0; i < parts.size(); i++) {
      Value target = in.target(parts.get(i));
      if (target.slot() < 0) {
        continue;
      }
      if (wide && parts.size() == 2) {
        in.lanes(target, i == 0 ? "low_b32" : "high_b32", source);
      } else if (wide && parts.size() == 4) {
        in.lanes(target, "part_b16", source, in.registers().intConstant(i));
      } else if (!wide && parts.size() == 2) {
        in.lanes(target, i == 0 ? "low_b16" : "high_b16", source);
      } else if (!wide && parts.size() == 4) {
        in.lanes(target, "part_b8", source, in.registers().intConstant(i));
      } else {
        throw in.unsupported();
      }
    }
  }

  static void convertAddress(InstructionContext in) {
    boolean to = in.has("to");
    Value target = in.target(in.operand(0));
    boolean wide = target.home() == Home.LONG;
    Value source;
    if (in.operand(1) instanceof PtxOperand.Symbol symbol && in.global(symbol.name()) == null) {
      source = in.registers().temporary(target.home());
      address(in, source, symbol);
    } else {
      source = in.source(in.operand(1), wide ? long.class : int.class);
    }
    if (!wide) {
      in.lanes(target, "mov_b32", source);
      return;
    }
    Space space = in.space();
    long window =
        switch (space) {
          case SHARED -> GlobalMemory.SHARED_WINDOW;
          case LOCAL -> GlobalMemory.LOCAL_WINDOW;
          case PARAMETER -> GlobalMemory.PARAMETER_WINDOW;
          case GLOBAL, GENERIC -> 0;
        };
    if (window == 0) {
      in.lanes(target, "mov_b64", source);
    } else {
      in.lanes(target, to ? "sub_b64" : "add_b64", source, in.registers().longConstant(window));
    }
  }

  /// `isspacep`: whether a generic address lies in a window.
  static void isSpace(InstructionContext in) {
    Value target = in.target(in.operand(0));
    Value address = in.source(in.operand(1), long.class);
    Space space = in.space();
    long low =
        switch (space) {
          case SHARED -> GlobalMemory.SHARED_WINDOW;
          case LOCAL -> GlobalMemory.LOCAL_WINDOW;
          case PARAMETER -> GlobalMemory.PARAMETER_WINDOW;
          case GLOBAL, GENERIC -> GlobalMemory.PARAMETER_WINDOW_END;
        };
    long high =
        switch (space) {
          case SHARED -> GlobalMemory.SHARED_WINDOW_END;
          case LOCAL -> GlobalMemory.PARAMETER_WINDOW;
          case PARAMETER -> GlobalMemory.PARAMETER_WINDOW_END;
          case GLOBAL, GENERIC -> Long.MAX_VALUE;
        };
    if (space == Space.SHARED && in.clusters() && !in.has("shared::cluster")) {
      // Only the block's own part of the cluster's window.
      Value rank = in.registers().temporary(Home.INT);
      Value own = in.registers().temporary(Home.LONG);
      in.lanes(
          rank,
          "shl_b32",
          in.registers().special("%cluster_ctarank"),
          in.registers().intConstant(24));
      in.lanes(own, "cvt_u64_u32", rank);
      Value relative = in.registers().temporary(Home.LONG);
      in.lanes(relative, "sub_b64", address, own);
      address = relative;
      high = low + (1L << 24);
    }
    Value above = in.registers().temporary(Home.PREDICATE);
    Value below = in.registers().temporary(Home.PREDICATE);
    in.lanes(above, "setp_ge_s64", address, in.registers().longConstant(low));
    in.lanes(below, "setp_lt_s64", address, in.registers().longConstant(high));
    in.emit(
        new Predicates(
            Predicates.Kind.AND,
            target.slot(),
            above.slot(),
            false,
            below.slot(),
            false,
            in.uniform));
  }

  static void convert(InstructionContext in) {
    Method exact = SemanticTable.find(in.opcode);
    if (exact != null && (in.opcode.contains("x2") || in.has("pack") || in.operands.size() == 2)) {
      List<Value> sources = new ArrayList<>();
      for (int s = 0; s < exact.getParameterCount(); s++) {
        sources.add(in.source(in.operand(s + 1), exact.getParameterTypes()[s]));
      }
      in.lanes(in.target(in.operand(0)), List.of(exact), sources);
      return;
    }
    List<Method> pair = ConversionChain.ofFloats(in.modifiers());
    if (!pair.isEmpty()) {
      List<Value> sources = new ArrayList<>();
      for (int s = 0; s < pair.getFirst().getParameterCount(); s++) {
        sources.add(in.source(in.operand(s + 1), float.class));
      }
      in.lanes(in.target(in.operand(0)), pair, sources);
      return;
    }
    List<String> types = in.modifiers().stream().filter(TYPES::contains).toList();
    if (types.size() != 2 || in.operands.size() != 2) {
      throw in.unsupported();
    }
    List<Method> chain = ConversionChain.of(types.get(0), types.get(1), in.modifiers());
    if (chain.isEmpty()) {
      throw in.unsupported();
    }
    Value source = in.source(in.operand(1), chain.getFirst().getParameterTypes()[0]);
    in.lanes(in.target(in.operand(0)), chain, List.of(source));
  }
}
