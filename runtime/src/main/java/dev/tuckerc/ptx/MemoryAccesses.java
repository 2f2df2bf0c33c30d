package dev.tuckerc.ptx;

import dev.tuckerc.ptx.PtxOperand.Address;
import dev.tuckerc.ptx.PtxOperand.Arguments;
import dev.tuckerc.ptx.PtxOperand.Immediate;
import dev.tuckerc.ptx.PtxOperand.Pair;
import dev.tuckerc.ptx.PtxOperand.Register;
import dev.tuckerc.ptx.PtxOperand.Sink;
import dev.tuckerc.ptx.PtxOperand.Special;
import dev.tuckerc.ptx.PtxOperand.Symbol;
import dev.tuckerc.ptx.PtxOperand.Tuple;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The widest access that a kernel makes through each of its pointers: what the pointer must be
/// aligned to.
///
/// A register comes from a parameter or variable when any instruction computes it from one that
/// does; the order of instructions does not matter, so the answer may name too many parameters and
/// never too few. An access whose address comes from neither (it was read from memory, say) counts
/// for all parameters, and so does every access of the functions that a kernel calls.
public final class MemoryAccesses {
  private static final int BULK_COPY_ALIGNMENT = 16;
  private static final int TENSOR_MAP_ALIGNMENT = 64;
  private static final int MATRIX_ALIGNMENT = 32;
  private static final int CACHE_LINE = 128;

  private final PtxFunction function;
  private final Map<String, Set<String>> origins = new HashMap<>();
  private final Map<String, Integer> widest = new HashMap<>();
  private int widestOfUnknown = 1;

  private MemoryAccesses(PtxFunction function) {
    this.function = function;
    traceRegisters();
    for (PtxInstruction instruction : function.instructions()) {
      addAccess(instruction);
    }
  }

  /// Bytes of the widest access through each parameter of a kernel, in their order; 1 where there
  /// is none.
  ///
  /// @param kernel a function of the module
  public static List<Integer> widest(PtxModule module, PtxFunction kernel) {
    MemoryAccesses own = new MemoryAccesses(kernel);
    int everywhere = own.widestOfUnknown;
    if (kernel.instructions().stream().anyMatch(i -> i.base().equals("call"))) {
      for (PtxFunction called : module.functions()) {
        if (!called.entry()) {
          MemoryAccesses inside = new MemoryAccesses(called);
          everywhere = Math.max(everywhere, inside.widestOfUnknown);
          everywhere = inside.widest.values().stream().reduce(everywhere, Math::max);
        }
      }
    }
    int least = everywhere;
    return kernel.parameters().stream()
        .map(p -> Math.max(least, own.widest.getOrDefault(p.name(), 1)))
        .toList();
  }

  /// Parameters and variables that each register of a function may be computed from, by name; a
  /// register that is computed from none is left out.
  public static Map<String, Set<String>> origins(PtxFunction function) {
    return Collections.unmodifiableMap(new MemoryAccesses(function).origins);
  }

  private void traceRegisters() {
    Set<String> parameters = new HashSet<>();
    function.parameters().forEach(p -> parameters.add(p.name()));
    boolean changed = true;
    while (changed) {
      changed = false;
      for (PtxInstruction instruction : function.instructions()) {
        if (instruction.operands().size() < 2) {
          continue;
        }
        Set<String> sources = new HashSet<>();
        for (PtxOperand source : instruction.operands().subList(1, instruction.operands().size())) {
          switch (source) {
            case Symbol(String name, _) -> sources.add(name);
            case Address(Symbol(String name, _), _, _) when parameters.contains(name) ->
                sources.add(name);
            default ->
                registers(source)
                    .forEach(name -> sources.addAll(origins.getOrDefault(name, Set.of())));
          }
        }
        if (sources.isEmpty()) {
          continue;
        }
        for (String target : registers(instruction.operands().getFirst())) {
          if (!"pred".equals(function.registers().get(target))) {
            changed |= origins.computeIfAbsent(target, _ -> new HashSet<>()).addAll(sources);
          }
        }
      }
    }
  }

  private static List<String> registers(PtxOperand operand) {
    return switch (operand) {
      case Register(String name, _) -> List.of(name);
      case Tuple(List<PtxOperand> elements) -> all(elements);
      case Arguments(List<PtxOperand> elements) -> all(elements);
      case Pair(PtxOperand first, PtxOperand second) -> all(List.of(first, second));
      case Address _, Symbol _, Immediate _, Special _, Sink _ -> List.of();
    };
  }

  private static List<String> all(List<PtxOperand> operands) {
    List<String> names = new ArrayList<>();
    operands.forEach(operand -> names.addAll(registers(operand)));
    return names;
  }

  private void addAccess(PtxInstruction instruction) {
    List<String> parts = List.of(instruction.opcode().split("\\.", -1));
    List<Address> addresses =
        instruction.operands().stream()
            .filter(Address.class::isInstance)
            .map(Address.class::cast)
            .toList();
    if (addresses.isEmpty()) {
      return;
    }
    if (instruction.base().equals("cp")) {
      addCopy(instruction, parts, addresses);
    } else if (parts.stream().noneMatch(MemoryAccesses::isOtherSpace)) {
      switch (instruction.base()) {
        case "ld", "ldu", "st", "atom", "red", "multimem" ->
            add(addresses.getFirst(), bytes(parts));
        case "wmma" -> add(addresses.getFirst(), MATRIX_ALIGNMENT);
        case "discard", "applypriority" -> add(addresses.getFirst(), CACHE_LINE);
        default -> {}
      }
    }
  }

  private void addCopy(PtxInstruction instruction, List<String> parts, List<Address> addresses) {
    if (parts.contains("tensor")) {
      // The tensor map is the address that has coordinates.
      addresses.stream()
          .filter(address -> !address.more().isEmpty())
          .forEach(address -> add(address, TENSOR_MAP_ALIGNMENT));
    } else if (parts.contains("bulk") && parts.contains("global")) {
      boolean toGlobal = parts.indexOf("global") < indexOfShared(parts);
      add(addresses.get(toGlobal || addresses.size() < 2 ? 0 : 1), BULK_COPY_ALIGNMENT);
    } else if (parts.contains("global")
        && addresses.size() == 2
        && instruction.operands().size() > 2
        && instruction.operands().get(2) instanceof Immediate(long bytes, _)) {
      add(addresses.get(1), (int) bytes);
    }
  }

  private static int indexOfShared(List<String> parts) {
    for (int i = 0; i < parts.size(); i++) {
      if (parts.get(i).startsWith("shared")) {
        return i;
      }
    }
    return parts.size();
  }

  private void add(Address address, int bytes) {
    if (address.base() instanceof Register(String name, _)) {
      Set<String> from = origins.getOrDefault(name, Set.of());
      if (from.isEmpty()) {
        widestOfUnknown = Math.max(widestOfUnknown, bytes);
      }
      from.forEach(origin -> widest.merge(origin, bytes, Math::max));
    }
  }

  private static boolean isOtherSpace(String part) {
    return part.startsWith("param")
        || part.startsWith("shared")
        || part.equals("local")
        || part.equals("const");
  }

  private static int bytes(List<String> parts) {
    int elements = 1;
    for (String part : parts) {
      elements =
          switch (part) {
            case "v2" -> 2;
            case "v4" -> 4;
            case "v8" -> 8;
            default -> elements;
          };
    }
    return elements * Math.max(1, PtxVariable.bytesOf(parts.getLast()));
  }
}
