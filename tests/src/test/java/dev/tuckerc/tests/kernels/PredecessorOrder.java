package dev.tuckerc.tests.kernels;

import dev.tuckerc.codegen.GeneratedKernel;
import dev.tuckerc.codegen.Launch;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.lab.run.CompiledProgram;
import dev.tuckerc.ptx.MemoryAccesses;
import dev.tuckerc.ptx.PtxFunction;
import dev.tuckerc.ptx.PtxInstruction;
import dev.tuckerc.ptx.PtxOperand;
import dev.tuckerc.ptx.PtxParser;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What may go wrong when a kernel starts before its predecessor has ended, looked for in the PTX:
/// on no path may an activation be touched before `griddepcontrol.wait`, none may end without it
/// (the successor relies on that all kernels before this one have ended), and no activation may be
/// read by the non-coherent path, which the wait does not order.
final class PredecessorOrder {
  private static final Set<String> ACCESSES = Set.of("ld", "ldu", "st", "atom", "red", "cp");
  private static final Set<String> ENDS = Set.of("ret", "exit");

  private final PtxFunction function;
  private final Map<String, Set<String>> origins;
  private final Set<String> weights = new HashSet<>();
  private final List<String> violations = new ArrayList<>();

  private PredecessorOrder(PtxFunction function, List<Argument> arguments) {
    this.function = function;
    this.origins = MemoryAccesses.origins(function);
    for (int i = 0; i < arguments.size(); i++) {
      if (arguments.get(i) instanceof Argument.Weight) {
        weights.add(function.parameters().get(i).name());
      }
    }
  }

  /// All violations of a program's kernels, in words.
  static List<String> violations(CompiledProgram compiled) {
    Set<String> all = new LinkedHashSet<>();
    for (Launch launch : compiled.program().launches()) {
      GeneratedKernel kernel = launch.kernel();
      int index = compiled.program().kernels().indexOf(kernel);
      String ptx = compiled.compiled().get(index).ptx();
      boolean waits = kernel.work().ordering().programmatic();
      of(ptx, kernel.name(), launch.arguments(), waits)
          .forEach(v -> all.add(kernel.decision().template() + " " + kernel.name() + ": " + v));
    }
    return List.copyOf(all);
  }

  /// Violations of one kernel.
  ///
  /// @param waits whether it must wait for its predecessor
  static List<String> of(String ptx, String kernel, List<Argument> arguments, boolean waits) {
    PtxFunction function =
        PtxParser.parse(ptx, kernel).functions().stream()
            .filter(f -> f.name().equals(kernel))
            .findFirst()
            .orElseThrow();
    PredecessorOrder order = new PredecessorOrder(function, arguments);
    order.readCoherently();
    if (waits) {
      order.waitFirst();
    }
    return order.violations;
  }

  private void readCoherently() {
    for (PtxInstruction instruction : function.instructions()) {
      if (List.of(instruction.opcode().split("\\.", -1)).contains("nc") && touched(instruction)) {
        report(instruction, "reads an activation by the non-coherent path");
      }
    }
  }

  /// Follows every path from the entry up to the wait.
  private void waitFirst() {
    int end = function.instructions().size();
    BitSet seen = new BitSet();
    Deque<Integer> open = new ArrayDeque<>(List.of(0));
    while (!open.isEmpty()) {
      int at = open.pop();
      if (at >= end) {
        violations.add("ends without having waited");
        continue;
      }
      if (seen.get(at)) {
        continue;
      }
      seen.set(at);
      PtxInstruction instruction = function.instructions().get(at);
      boolean guarded = instruction.guard() != null;
      if (instruction.opcode().equals("griddepcontrol.wait") && !guarded) {
        continue;
      }
      if (touched(instruction)) {
        report(instruction, "touches an activation before the wait");
      }
      if (ENDS.contains(instruction.base())) {
        report(instruction, "ends without having waited");
      } else if (instruction.base().equals("bra")) {
        open.push(target(instruction));
      }
      if (guarded || !instruction.base().equals("bra") && !ENDS.contains(instruction.base())) {
        open.push(at + 1);
      }
    }
  }

  private int target(PtxInstruction branch) {
    if (branch.operands().getFirst() instanceof PtxOperand.Symbol(String label, _)) {
      Integer index = function.labels().get(label);
      if (index != null) {
        return index;
      }
    }
    throw new AssertionError("where does " + branch + " lead?");
  }

  /// Whether it is an access to global memory that may be an activation.
  private boolean touched(PtxInstruction instruction) {
    List<String> parts = List.of(instruction.opcode().split("\\.", -1));
    boolean global = parts.contains("global");
    boolean otherSpace =
        parts.stream()
            .anyMatch(p ->
                p.startsWith("param")
                    || p.startsWith("shared")
                    || p.equals("local")
                    || p.equals("const"));
    if (!ACCESSES.contains(instruction.base()) || otherSpace && !global) {
      return false;
    }
    for (PtxOperand operand : instruction.operands()) {
      if (operand instanceof PtxOperand.Address(PtxOperand.Register(String name, _), _, _)) {
        Set<String> from = origins.getOrDefault(name, Set.of());
        // Not a variable, such as a tile in shared memory or a table of the compiler's sine.
        boolean variable = !from.isEmpty() && pointers(from).isEmpty();
        if (!variable && (from.isEmpty() || !weights.containsAll(pointers(from)))) {
          return true;
        }
      }
    }
    return false;
  }

  private Set<String> pointers(Set<String> from) {
    Set<String> pointers = new HashSet<>(from);
    pointers.retainAll(function.parameters().stream().map(p -> p.name()).toList());
    return pointers;
  }

  private void report(PtxInstruction instruction, String what) {
    violations.add(
        what + ": " + instruction.opcode() + " in line " + instruction.position().line());
  }
}
