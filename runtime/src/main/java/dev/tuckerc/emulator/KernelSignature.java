package dev.tuckerc.emulator;

import dev.tuckerc.emulator.machine.InstructionClass;
import dev.tuckerc.ptx.PtxFunction;
import dev.tuckerc.ptx.PtxModule;
import dev.tuckerc.ptx.PtxParser;
import dev.tuckerc.ptx.PtxVariable;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// How a kernel of a PTX text is called, and what it consists of.
///
/// @param name entry point
/// @param parameters in order
/// @param mostThreads of a block by `.maxntid`, or 0 where the text sets no limit
/// @param staticSharedBytes statically allocated shared memory of the whole text
/// @param instructions in the text by class, called functions not included
public record KernelSignature(
    String name,
    List<Parameter> parameters,
    int mostThreads,
    long staticSharedBytes,
    Map<InstructionClass, Integer> instructions) {

  /// A kernel parameter.
  ///
  /// @param name its symbol
  /// @param type PTX type such as `u64` or `f32`; `b8` for a structure
  /// @param bytes size
  public record Parameter(String name, String type, int bytes) {}

  public KernelSignature {
    parameters = List.copyOf(parameters);
    instructions = Collections.unmodifiableMap(instructions);
  }

  /// The kernels of a PTX text, in order.
  ///
  /// @param label what the text is, for messages
  /// @throws dev.tuckerc.device.DeviceException where it is not PTX, naming the line
  public static List<KernelSignature> all(String ptx, String label) {
    PtxModule module = PtxParser.parse(ptx, label);
    return module.functions().stream()
        .filter(function -> function.entry() && function.defined())
        .map(function -> of(module, function))
        .toList();
  }

  private static KernelSignature of(PtxModule module, PtxFunction function) {
    EnumMap<InstructionClass, Integer> mix = new EnumMap<>(InstructionClass.class);
    function
        .instructions()
        .forEach(each -> mix.merge(InstructionClass.of(each.opcode()), 1, Integer::sum));
    long shared =
        module.variables().stream()
            .filter(variable -> variable.space().equals("shared") && !variable.external())
            .mapToLong(PtxVariable::bytes)
            .sum();
    shared +=
        function.variables().stream()
            .filter(variable -> variable.space().equals("shared"))
            .mapToLong(PtxVariable::bytes)
            .sum();
    return new KernelSignature(
        function.name(),
        function.parameters().stream()
            .map(p -> new Parameter(p.name(), p.type(), (int) p.bytes()))
            .toList(),
        function.mostThreads(),
        shared,
        mix);
  }
}
