package dev.tuckerc.emulator.decode;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.LaneFunction;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.SpecialRegisters;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.memory.Space;
import dev.tuckerc.ptx.PtxFunction;
import dev.tuckerc.ptx.PtxInstruction;
import dev.tuckerc.ptx.PtxOperand;
import dev.tuckerc.ptx.PtxOperand.Immediate.Form;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One instruction on its way to operations: its operands resolved to registers, and what has been
/// emitted for it.
final class InstructionContext {
  final PtxInstruction instruction;
  final String opcode;
  final List<PtxOperand> operands;

  /// Whether it may run once for the warp.
  final boolean uniform;

  final List<Operation> emitted = new ArrayList<>();

  /// Set where the result depends on the order in which blocks run.
  boolean orderDependent;

  /// Set where the result depends on the order in which the warps of a block run.
  boolean warpOrderDependent;

  /// Set where the instruction may tell blocks what others do.
  boolean communicates;

  private final String label;
  private final PtxFunction function;
  private final Registers registers;
  private final ModuleSymbols symbols;
  private final Map<String, Integer> locals;
  private final Map<String, Integer> parameterOffsets;
  private final java.util.function.Predicate<Value> needsFill;

  InstructionContext(
      PtxInstruction instruction,
      boolean uniform,
      String label,
      PtxFunction function,
      Registers registers,
      ModuleSymbols symbols,
      Map<String, Integer> locals,
      Map<String, Integer> parameterOffsets,
      java.util.function.Predicate<Value> needsFill) {
    this.instruction = instruction;
    this.opcode = instruction.opcode();
    this.operands = instruction.operands();
    this.uniform = uniform;
    this.label = label;
    this.function = function;
    this.registers = registers;
    this.symbols = symbols;
    this.locals = locals;
    this.parameterOffsets = parameterOffsets;
    this.needsFill = needsFill;
  }

  /// The error for a name that stands for nothing that has an address.
  DeviceException unknown(String name) {
    boolean function = symbols.module().functions().stream().anyMatch(f -> f.name().equals(name));
    return error(
        function
            ? "function pointers, such as the address of " + name + ", are not supported"
            : "unknown symbol " + name);
  }

  DeviceException error(String message) {
    return new DeviceException(label + ": " + instruction.position() + ": " + message);
  }

  DeviceException unsupported() {
    return error("instruction " + opcode + " is not supported by the emulator");
  }

  PtxOperand operand(int index) {
    if (index >= operands.size()) {
      throw error(opcode + " has too few operands");
    }
    return operands.get(index);
  }

  /// Opcode parts after the base, without dots.
  List<String> modifiers() {
    String[] parts = opcode.split("\\.");
    return List.of(parts).subList(1, parts.length);
  }

  boolean has(String modifier) {
    return modifiers().contains(modifier);
  }

  String lastModifier() {
    List<String> all = modifiers();
    return all.isEmpty() ? "" : all.getLast();
  }

  boolean entry() {
    return function.entry();
  }

  boolean clusters() {
    return symbols.clusters();
  }

  Registers registers() {
    return registers;
  }

  void emit(Operation operation) {
    emitted.add(operation);
  }

  /// Applies a scalar function: `target = f(sources)`, then unary functions.
  void lanes(Value target, List<Method> chain, List<Value> sources) {
    LaneFunction.Mode mode =
        !uniform
            ? LaneFunction.Mode.VECTOR
            : needsFill.test(target) ? LaneFunction.Mode.UNIFORM_FILL : LaneFunction.Mode.UNIFORM;
    emit(
        LaneOperationFactory.create(
            new LaneFunction(
                chain, target.home(), sources.stream().map(Value::home).toList(), mode),
            target.slot(),
            sources.stream().mapToInt(Value::slot).toArray()));
  }

  void lanes(Value target, String function, Value... sources) {
    lanes(target, List.of(SemanticTable.get(function)), List.of(sources));
  }

  /// The register of a result operand.
  Value target(PtxOperand operand) {
    return switch (operand) {
      case PtxOperand.Register register -> registers.get(register.name());
      case PtxOperand.Sink _ -> Value.NONE;
      case PtxOperand.Pair _,
          PtxOperand.Special _,
          PtxOperand.Symbol _,
          PtxOperand.Immediate _,
          PtxOperand.Tuple _,
          PtxOperand.Arguments _,
          PtxOperand.Address _ ->
          throw error(opcode + ": a result must be a register");
    };
  }

  /// The predicate register of a source operand, -1 for its negation flag being separate.
  Value predicate(PtxOperand operand) {
    if (operand instanceof PtxOperand.Register register) {
      Value value = registers.get(register.name());
      if (value.home() == Home.PREDICATE) {
        return value;
      }
    } else if (operand instanceof PtxOperand.Immediate immediate) {
      return registers.predicateConstant(immediate.bits() != 0);
    } else if (operand instanceof PtxOperand.Special special
        && SpecialRegisters.predicate(special.name())) {
      return registers.special(special.name());
    }
    throw error(opcode + ": operand must be a predicate");
  }

  static boolean negated(PtxOperand operand) {
    return operand instanceof PtxOperand.Register register && register.negated();
  }

  /// The register or constant of a source operand.
  ///
  /// @param type what the function wants: int, long, float, double or boolean
  Value source(PtxOperand operand, Class<?> type) {
    return switch (operand) {
      case PtxOperand.Register register -> {
        Value value = registers.get(register.name());
        if ((type == boolean.class) != (value.home() == Home.PREDICATE)) {
          throw error(opcode + ": " + register.name() + " is of the wrong kind");
        }
        if (register.negated()) {
          throw error(opcode + ": negation is not allowed here");
        }
        yield value;
      }
      case PtxOperand.Immediate immediate -> constant(immediate, type);
      case PtxOperand.Special special -> {
        if (!SpecialRegisters.known(special.name())) {
          throw error("special register " + special.name() + " cannot be used here");
        }
        yield registers.special(special.name());
      }
      case PtxOperand.Symbol symbol -> {
        Long address = symbols.globals().get(symbol.name());
        Integer shared = symbols.shared().get(symbol.name());
        if (address == null && shared == null) {
          throw unknown(symbol.name());
        }
        if (shared != null && symbols.clusters()) {
          throw error("address of " + symbol.name() + " must be taken with mov");
        }
        long value = symbol.offset();
        if (address != null) {
          value += address;
        } else if (shared != null) {
          value += shared;
        }
        yield type == int.class
            ? registers.intConstant((int) value)
            : registers.longConstant(value);
      }
      case PtxOperand.Pair _,
          PtxOperand.Tuple _,
          PtxOperand.Arguments _,
          PtxOperand.Address _,
          PtxOperand.Sink _ ->
          throw error(opcode + ": unexpected form of operand");
    };
  }

  private Value constant(PtxOperand.Immediate immediate, Class<?> type) {
    long bits = immediate.bits();
    if (type == float.class) {
      return registers.floatConstant(
          switch (immediate.form()) {
            case INTEGER -> (float) bits;
            case FLOAT32 -> Float.intBitsToFloat((int) bits);
            case FLOAT64 -> (float) Double.longBitsToDouble(bits);
          });
    }
    if (type == double.class) {
      return registers.doubleConstant(
          switch (immediate.form()) {
            case INTEGER -> (double) bits;
            case FLOAT32 -> Float.intBitsToFloat((int) bits);
            case FLOAT64 -> Double.longBitsToDouble(bits);
          });
    }
    if (type == boolean.class) {
      return registers.predicateConstant(bits != 0);
    }
    if (type == long.class) {
      return registers.longConstant(bits);
    }
    String last = lastModifier();
    boolean narrow =
        immediate.form() == Form.INTEGER && last.endsWith("16") && !opcode.startsWith("cvt");
    return registers.intConstant(narrow ? (int) bits & 0xffff : (int) bits);
  }

  /// The offset of a variable in local memory, or null.
  @Nullable Integer local(String name) {
    return locals.get(name);
  }

  /// The offset of a shared variable, or null.
  @Nullable Integer shared(String name) {
    return symbols.shared().get(name);
  }

  /// The address of a global or constant variable, or null.
  @Nullable Long global(String name) {
    return symbols.globals().get(name);
  }

  /// Whether the name is a variable in the kernel's parameter block.
  boolean kernelParameter(String name) {
    return function.entry() && function.parameters().stream().anyMatch(p -> p.name().equals(name));
  }

  /// The offset of a kernel parameter in the parameter block.
  int parameterOffset(String name) {
    Integer offset = parameterOffsets.get(name);
    if (offset == null) {
      throw error("unknown parameter " + name);
    }
    return offset;
  }

  /// State space named by the modifiers.
  Space space() {
    for (String modifier : modifiers()) {
      switch (modifier) {
        case "global", "const" -> {
          return Space.GLOBAL;
        }
        case "shared", "shared::cta", "shared::cluster" -> {
          return Space.SHARED;
        }
        case "local" -> {
          return Space.LOCAL;
        }
        case "param", "param::entry", "param::func" -> {
          return entry() ? Space.PARAMETER : Space.LOCAL;
        }
        default -> {}
      }
    }
    return Space.GENERIC;
  }
}
