package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.machine.DecodedFunction;
import dev.tuckerc.emulator.machine.DecodedFunction.SpecialSlot;
import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.SpecialRegisters;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.ptx.PtxFunction;
import dev.tuckerc.ptx.PtxInstruction;
import dev.tuckerc.ptx.PtxOperand;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Gives each PTX register a home and a slot, and collects constants and special registers.
final class Registers {
  /// Name of the hidden carry flag.
  static final String CARRY = "%cc";

  private static final Set<String> VOTING =
      Set.of(
          "add", "sub", "mul", "fma", "mad", "div", "min", "max", "neg", "abs", "sqrt", "rsqrt",
          "rcp", "ex2", "lg2", "sin", "cos", "tanh", "setp", "selp", "mov", "ld", "st", "and", "or",
          "xor", "shl", "shr", "cvt");

  private final Map<String, Value> values = new HashMap<>();
  private final Map<String, Value> highHalves = new HashMap<>();
  private final Map<String, Value> specials = new LinkedHashMap<>();
  private final int[] counts = new int[Home.values().length];
  private final Map<Integer, Value> intConstants = new LinkedHashMap<>();
  private final Map<Integer, Value> floatConstants = new LinkedHashMap<>();
  private final Map<Long, Value> longConstants = new LinkedHashMap<>();
  private final Map<Long, Value> doubleConstants = new LinkedHashMap<>();

  Registers(PtxFunction function) {
    // The first two predicates are the constants false and true.
    counts[Home.PREDICATE.ordinal()] = 2;
    Map<String, Integer> votes = votes(function);
    function
        .registers()
        .forEach((name, type) -> values.put(name, next(home(type, votes.getOrDefault(name, 0)))));
    function
        .registers()
        .forEach((name, type) -> {
          if (type.equals("b128")) {
            highHalves.put(name, next(Home.LONG));
          }
        });
    values.put(CARRY, next(Home.PREDICATE));
    for (PtxInstruction instruction : function.instructions()) {
      instruction.operands().forEach(this::collectSpecials);
    }
  }

  private static Home home(String type, int floatVotes) {
    return switch (type) {
      case "pred" -> Home.PREDICATE;
      case "f32" -> Home.FLOAT;
      case "f64" -> Home.DOUBLE;
      case "b32" -> floatVotes > 0 ? Home.FLOAT : Home.INT;
      // Of 128 bits, this is the low half.
      case "b64", "u64", "s64", "b128" -> Home.LONG;
      default -> Home.INT;
    };
  }

  /// Untyped 32-bit registers live where most of their uses want them.
  private static Map<String, Integer> votes(PtxFunction function) {
    Map<String, Integer> votes = new HashMap<>();
    for (PtxInstruction instruction : function.instructions()) {
      String opcode = instruction.opcode();
      String base = instruction.base();
      List<PtxOperand> operands = instruction.operands();
      if (base.equals("mma") && opcode.contains(".f32") || opcode.startsWith("wgmma.mma_async")) {
        vote(operands.getFirst(), votes, 1);
        vote(operands.getLast(), votes, base.equals("mma") ? 1 : 0);
        continue;
      }
      if (!VOTING.contains(base)) {
        operands.forEach(o -> vote(o, votes, -1));
        continue;
      }
      if (base.equals("cvt") && operands.size() == 2) {
        String[] parts = opcode.split("\\.");
        vote(operands.get(0), votes, parts[parts.length - 2].equals("f32") ? 1 : -1);
        vote(operands.get(1), votes, parts[parts.length - 1].equals("f32") ? 1 : -1);
        continue;
      }
      if (opcode.endsWith(".b32") && (base.equals("mov") || base.equals("ld") || base.equals("st"))
          || opcode.endsWith("selp.b32")) {
        continue;
      }
      int weight = opcode.endsWith(".f32") ? 1 : -1;
      operands.forEach(o -> vote(o, votes, weight));
    }
    return votes;
  }

  private static void vote(PtxOperand operand, Map<String, Integer> votes, int weight) {
    switch (operand) {
      case PtxOperand.Register register -> votes.merge(register.name(), weight, Integer::sum);
      case PtxOperand.Tuple tuple -> tuple.elements().forEach(e -> vote(e, votes, weight));
      case PtxOperand.Pair pair -> vote(pair.first(), votes, weight);
      case PtxOperand.Address address -> vote(address.base(), votes, -1000);
      case PtxOperand.Special _,
          PtxOperand.Symbol _,
          PtxOperand.Immediate _,
          PtxOperand.Arguments _,
          PtxOperand.Sink _ -> {}
    }
  }

  private void collectSpecials(PtxOperand operand) {
    if (operand instanceof PtxOperand.Special special && SpecialRegisters.known(special.name())) {
      special(special.name());
    } else if (operand instanceof PtxOperand.Tuple tuple) {
      tuple.elements().forEach(this::collectSpecials);
    }
  }

  private Value next(Home home) {
    return new Value(home, counts[home.ordinal()]++);
  }

  /// A new hidden register.
  Value temporary(Home home) {
    return next(home);
  }

  /// The home and slot of a declared register.
  Value get(String name) {
    Value value = values.get(name);
    if (value == null) {
      throw new IllegalStateException("register " + name);
    }
    return value;
  }

  /// All that holds a declared register: one place, or two of 64 bits.
  List<Value> parts(String name) {
    Value high = highHalves.get(name);
    return high == null ? List.of(get(name)) : List.of(get(name), high);
  }

  /// The upper 64 bits of a 128-bit register, whose lower ones are [#get].
  Value highHalf(String name) {
    Value value = highHalves.get(name);
    if (value == null) {
      throw new IllegalStateException("register " + name + " does not have 128 bits");
    }
    return value;
  }

  /// The register that holds a special register's value.
  Value special(String name) {
    return specials.computeIfAbsent(
        name, n -> next(SpecialRegisters.predicate(n) ? Home.PREDICATE : Home.INT));
  }

  Value intConstant(int value) {
    return intConstants.computeIfAbsent(value, _ -> next(Home.INT));
  }

  Value floatConstant(float value) {
    return floatConstants.computeIfAbsent(Float.floatToRawIntBits(value), _ -> next(Home.FLOAT));
  }

  Value longConstant(long value) {
    return longConstants.computeIfAbsent(value, _ -> next(Home.LONG));
  }

  Value doubleConstant(double value) {
    return doubleConstants.computeIfAbsent(
        Double.doubleToRawLongBits(value), _ -> next(Home.DOUBLE));
  }

  /// A predicate that is always false or always true.
  Value predicateConstant(boolean value) {
    return new Value(Home.PREDICATE, value ? 1 : 0);
  }

  /// Writes counts, constants and specials into the function.
  DecodedFunction finish(String name, boolean entry) {
    DecodedFunction result = new DecodedFunction(name, entry, counts.clone());
    result.intConstants = new int[counts[Home.INT.ordinal()]][];
    intConstants.forEach((v, at) -> result.intConstants[at.slot()] = filled(v));
    result.floatConstants = new float[counts[Home.FLOAT.ordinal()]][];
    floatConstants.forEach(
        (v, at) -> result.floatConstants[at.slot()] = filled(Float.intBitsToFloat(v)));
    result.longConstants = new long[counts[Home.LONG.ordinal()]][];
    longConstants.forEach((v, at) -> result.longConstants[at.slot()] = filled(v));
    result.doubleConstants = new double[counts[Home.DOUBLE.ordinal()]][];
    doubleConstants.forEach(
        (v, at) -> result.doubleConstants[at.slot()] = filled(Double.longBitsToDouble(v)));
    result.specials =
        specials.entrySet().stream()
            .map(e -> new SpecialSlot(e.getKey(), e.getValue().home(), e.getValue().slot()))
            .toList();
    return result;
  }

  private static int[] filled(int value) {
    int[] all = new int[32];
    Arrays.fill(all, value);
    return all;
  }

  private static float[] filled(float value) {
    float[] all = new float[32];
    Arrays.fill(all, value);
    return all;
  }

  private static long[] filled(long value) {
    long[] all = new long[32];
    Arrays.fill(all, value);
    return all;
  }

  private static double[] filled(double value) {
    double[] all = new double[32];
    Arrays.fill(all, value);
    return all;
  }
}
