package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.check.Access;
import dev.tuckerc.emulator.check.MemoryOrder;
import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.operations.Element;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.control.Simple;
import dev.tuckerc.emulator.operations.memory.Addressing;
import dev.tuckerc.emulator.operations.memory.Atomic;
import dev.tuckerc.emulator.operations.memory.CopyAsync;
import dev.tuckerc.emulator.operations.memory.Load;
import dev.tuckerc.emulator.operations.memory.Space;
import dev.tuckerc.emulator.operations.memory.Store;
import dev.tuckerc.ptx.PtxOperand;
import dev.tuckerc.ptx.PtxVariable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Decodes loads, stores, atomics and `cp.async`.
final class MemoryDecoder {
  static final Map<String, Atomic.Kind> ATOMICS =
      Map.of(
          "add", Atomic.Kind.ADD,
          "min", Atomic.Kind.MIN,
          "max", Atomic.Kind.MAX,
          "and", Atomic.Kind.AND,
          "or", Atomic.Kind.OR,
          "xor", Atomic.Kind.XOR,
          "exch", Atomic.Kind.EXCHANGE,
          "cas", Atomic.Kind.COMPARE_AND_SWAP,
          "inc", Atomic.Kind.INCREMENT,
          "dec", Atomic.Kind.DECREMENT);

  private MemoryDecoder() {}

  /// The address of a memory operand; variables are turned into offsets.
  static Addressing addressing(
      InstructionContext in, PtxOperand operand, Space space, int bytes, boolean uniform) {
    if (!(operand instanceof PtxOperand.Address address)) {
      throw in.error(in.opcode + ": operand must be an address in brackets");
    }
    long offset = address.offset();
    switch (address.base()) {
      case PtxOperand.Register register -> {
        Value base = in.source(register, long.class);
        return switch (base.home()) {
          case LONG -> new Addressing(space, true, base.slot(), offset, bytes, uniform);
          case INT -> new Addressing(space, false, base.slot(), offset, bytes, uniform);
          case FLOAT, DOUBLE, PREDICATE ->
              throw in.error("address " + register.name() + " is not an integer register");
        };
      }
      case PtxOperand.Symbol symbol -> {
        long place = offset + symbol.offset();
        Integer local = in.local(symbol.name());
        Integer shared = in.shared(symbol.name());
        Long global = in.global(symbol.name());
        if (local != null) {
          Value base = in.registers().temporary(Home.INT);
          in.emit(new Simple(Simple.Kind.LOCAL_ADDRESS, base, local + place));
          return new Addressing(Space.LOCAL, false, base.slot(), 0, bytes, false);
        }
        if (shared != null) {
          if (in.clusters()) {
            Value base = in.registers().temporary(Home.INT);
            in.emit(new Simple(Simple.Kind.SHARED_ADDRESS, base, shared + place));
            return new Addressing(Space.SHARED, false, base.slot(), 0, bytes, uniform);
          }
          Value base = in.registers().intConstant(shared);
          return new Addressing(Space.SHARED, false, base.slot(), place, bytes, uniform);
        }
        if (global != null) {
          Value base = in.registers().longConstant(global);
          return new Addressing(Space.GLOBAL, true, base.slot(), place, bytes, uniform);
        }
        if (in.kernelParameter(symbol.name())) {
          Value base = in.registers().intConstant(in.parameterOffset(symbol.name()));
          return new Addressing(Space.PARAMETER, false, base.slot(), place, bytes, uniform);
        }
        throw in.unknown(symbol.name());
      }
      case PtxOperand.Immediate immediate -> {
        Value base = in.registers().longConstant(immediate.bits());
        return new Addressing(space, true, base.slot(), offset, bytes, uniform);
      }
      case PtxOperand.Special _,
          PtxOperand.Pair _,
          PtxOperand.Tuple _,
          PtxOperand.Arguments _,
          PtxOperand.Address _,
          PtxOperand.Sink _ ->
          throw in.error(in.opcode + ": unreadable address");
    }
  }

  static String type(InstructionContext in) {
    String type = in.lastModifier();
    if (PtxVariable.bytesOf(type) == 0 || type.equals("b128")) {
      throw in.unsupported();
    }
    return type;
  }

  static List<PtxOperand> elements(PtxOperand operand) {
    return operand instanceof PtxOperand.Tuple tuple ? tuple.elements() : List.of(operand);
  }

  private static int width(InstructionContext in) {
    return in.has("v2") ? 2 : in.has("v4") ? 4 : in.has("v8") ? 8 : 1;
  }

  static void load(InstructionContext in) {
    if (in.lastModifier().equals("b128")) {
      load(in, Element.B64, WideDecoder.halves(in, in.operand(0)));
      return;
    }
    Element element = Element.of(type(in));
    List<PtxOperand> parts = elements(in.operand(0));
    if (parts.size() != width(in)) {
      throw in.error(in.opcode + " with " + parts.size() + " results");
    }
    List<Value> targets = new ArrayList<>();
    for (PtxOperand part : parts) {
      targets.add(in.target(part));
    }
    load(in, element, targets);
  }

  private static void load(InstructionContext in, Element element, List<Value> targets) {
    Addressing addressing =
        addressing(in, in.operand(1), in.space(), element.bytes * targets.size(), in.uniform);
    in.emit(new Load(addressing, element, targets, order(in, Access.READ, Access.STRONG_READ)));
    communicates(in, addressing);
  }

  static void store(InstructionContext in) {
    if (in.opcode.startsWith("st.async.")) {
      WideDecoder.asyncStore(in);
      return;
    }
    if (in.lastModifier().equals("b128")) {
      store(in, Element.B64, WideDecoder.halves(in, in.operand(1)));
      return;
    }
    if (in.opcode.startsWith("st.bulk")) {
      throw in.unsupported();
    }
    String type = type(in);
    Element element = Element.of(type);
    List<PtxOperand> parts = elements(in.operand(1));
    if (parts.size() != width(in)) {
      throw in.error(in.opcode + " with " + parts.size() + " sources");
    }
    Class<?> kind = valueType(type);
    List<Value> sources = new ArrayList<>();
    for (PtxOperand part : parts) {
      sources.add(in.source(part, kind));
    }
    store(in, element, sources);
  }

  private static void store(InstructionContext in, Element element, List<Value> sources) {
    Addressing addressing =
        addressing(in, in.operand(0), in.space(), element.bytes * sources.size(), false);
    in.emit(new Store(addressing, element, sources, order(in, Access.WRITE, Access.STRONG_WRITE)));
    communicates(in, addressing);
  }

  /// What a load or store orders, by its qualifiers.
  static MemoryOrder order(InstructionContext in, Access plain, Access strong) {
    boolean acquires = in.has("acquire") || in.has("acq_rel");
    boolean releases = in.has("release") || in.has("acq_rel");
    boolean ordered =
        acquires || releases || in.has("volatile") || in.has("relaxed") || in.has("mmio");
    return new MemoryOrder(ordered ? strong : plain, acquires, releases, in.has("cta"));
  }

  /// Loads and stores that may talk to other blocks.
  private static void communicates(InstructionContext in, Addressing addressing) {
    boolean global = addressing.space() == Space.GLOBAL || addressing.space() == Space.GENERIC;
    in.communicates =
        global
            && (in.has("volatile") || in.has("acquire") || in.has("release") || in.has("relaxed"));
  }

  static Class<?> valueType(String type) {
    return switch (type) {
      case "f32" -> float.class;
      case "f64" -> double.class;
      case "b64", "u64", "s64" -> long.class;
      default -> int.class;
    };
  }

  static void atomic(InstructionContext in) {
    if (in.opcode.startsWith("red.async.")) {
      WideDecoder.asyncStore(in);
      return;
    }
    boolean result = in.instruction.base().equals("atom");
    String type = WideDecoder.atomicType(in);
    Atomic.Kind kind = null;
    for (String modifier : in.modifiers()) {
      if (ATOMICS.containsKey(modifier)) {
        kind = ATOMICS.get(modifier);
      }
    }
    if (kind == null) {
      throw in.unsupported();
    }
    if (width(in) != 1 || type.equals("b128")) {
      WideDecoder.atomic(in, kind, type, width(in));
      return;
    }
    int at = result ? 1 : 0;
    Class<?> value = valueType(type);
    Addressing addressing =
        addressing(in, in.operand(at), in.space(), PtxVariable.bytesOf(type), false);
    boolean swap = kind == Atomic.Kind.COMPARE_AND_SWAP;
    Value target = result ? in.target(in.operand(0)) : Value.NONE;
    in.emit(
        new Atomic(
            addressing,
            kind,
            type,
            target,
            in.source(in.operand(at + 1), value),
            swap ? in.source(in.operand(at + 2), value) : Value.NONE,
            order(in, access(kind), access(kind))));
    boolean exchange = kind == Atomic.Kind.EXCHANGE || swap;
    boolean ordered = target.slot() >= 0 || exchange || type.contains("f");
    in.warpOrderDependent = ordered;
    if (addressing.space() != Space.SHARED && ordered) {
      in.orderDependent = true;
    }
  }

  static Access access(Atomic.Kind kind) {
    return kind == Atomic.Kind.EXCHANGE ? Access.EXCHANGE : Access.ATOMIC;
  }

  /// The constant of an instruction that waits for copies.
  static int pending(InstructionContext in) {
    if (!(in.operand(0) instanceof PtxOperand.Immediate pending) || pending.bits() < 0) {
      throw in.error(in.opcode + " takes a constant");
    }
    return (int) Math.min(pending.bits(), Integer.MAX_VALUE / 2);
  }

  static void copyAsync(InstructionContext in) {
    String opcode = in.opcode;
    if (opcode.equals("cp.async.commit_group")) {
      in.emit(new Simple(Simple.Kind.COMMIT_COPIES, Value.NONE, 0));
    } else if (opcode.equals("cp.async.wait_all")) {
      in.emit(new Simple(Simple.Kind.WAIT_ALL_COPIES, Value.NONE, 0));
    } else if (opcode.equals("cp.async.wait_group")) {
      in.emit(new Simple(Simple.Kind.WAIT_COPIES, Value.NONE, pending(in)));
    } else if (opcode.startsWith("cp.async.ca.") || opcode.startsWith("cp.async.cg.")) {
      if (!(in.operand(2) instanceof PtxOperand.Immediate size)
          || (size.bits() != 4 && size.bits() != 8 && size.bits() != 16)) {
        throw in.error(opcode + " copies 4, 8 or 16 bytes");
      }
      int bytes = (int) size.bits();
      Value sourceBytes = Value.NONE;
      int ignore = -1;
      if (in.operands.size() > (in.has("L2::cache_hint") ? 4 : 3)) {
        PtxOperand extra = in.operand(3);
        if (extra instanceof PtxOperand.Register register
            && in.registers().get(register.name()).home() == Home.PREDICATE) {
          ignore = in.predicate(extra).slot();
        } else {
          sourceBytes = in.source(extra, int.class);
        }
      }
      in.emit(
          new CopyAsync(
              addressing(in, in.operand(0), Space.SHARED, bytes, false),
              addressing(in, in.operand(1), Space.GLOBAL, bytes, false),
              bytes,
              sourceBytes,
              ignore));
    } else {
      throw in.unsupported();
    }
  }
}
