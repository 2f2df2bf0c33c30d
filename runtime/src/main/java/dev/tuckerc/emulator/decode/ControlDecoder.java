package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.machine.Block;
import dev.tuckerc.emulator.machine.Terminator;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.control.Control;
import dev.tuckerc.emulator.operations.control.RuntimeCall;
import dev.tuckerc.ptx.PtxFunction;
import dev.tuckerc.ptx.PtxInstruction;
import dev.tuckerc.ptx.PtxOperand;
import java.util.List;

/// Decodes what ends a basic block.
final class ControlDecoder {
  private ControlDecoder() {}

  static Terminator decode(
      InstructionContext in, ControlFlow flow, int block, ModuleSymbols symbols) {
    PtxInstruction instruction = in.instruction;
    int guard = -1;
    boolean negated = instruction.guardNegated();
    if (instruction.guard() != null) {
      guard = in.predicate(new PtxOperand.Register(instruction.guard(), false)).slot();
    }
    int next = block + 1;
    return switch (instruction.base()) {
      case "bra" -> {
        int target = flow.target(instruction, in.operand(0));
        if (guard < 0) {
          yield new Control.Jump(target);
        }
        if (flow.returnsConditionally(block)) {
          yield new Control.Leave(guard, negated, in.entry(), next);
        }
        yield new Control.Branch(guard, negated, target, next, flow.join[block]);
      }
      case "ret", "exit" ->
          new Control.Leave(guard, negated, in.entry() || instruction.base().equals("exit"), next);
      case "brx" -> {
        List<String> table = flow.table(instruction);
        int[] targets =
            table.stream()
                .mapToInt(t -> flow.target(instruction, new PtxOperand.Symbol(t, 0)))
                .toArray();
        if (guard >= 0) {
          throw in.error("a guarded brx.idx is not supported by the emulator");
        }
        yield new Control.Switch(in.source(in.operand(0), int.class), targets, flow.join[block]);
      }
      case "call" -> call(in, next, symbols, guard);
      case "bar", "barrier" -> barrier(in, next, guard);
      case "griddepcontrol" -> new Control.AwaitLaunches(guard, negated, next);
      default -> throw in.unsupported();
    };
  }

  private static Terminator call(
      InstructionContext in, int next, ModuleSymbols symbols, int guard) {
    if (guard >= 0) {
      throw in.error("a guarded call is not supported by the emulator");
    }
    List<PtxOperand> operands = in.operands;
    int at = 0;
    List<PtxOperand> results = List.of();
    if (operands.getFirst() instanceof PtxOperand.Arguments list) {
      results = list.elements();
      at = 1;
    }
    if (!(in.operand(at) instanceof PtxOperand.Symbol callee)) {
      throw in.error(
          "calls by function pointer (virtual functions among them) are not supported by the"
              + " emulator");
    }
    List<PtxOperand> arguments =
        operands.size() > at + 1 && operands.get(at + 1) instanceof PtxOperand.Arguments list
            ? list.elements()
            : List.of();
    if (symbols.module().functions().stream()
        .noneMatch(f -> f.name().equals(callee.name()) && f.defined())) {
      return runtimeFunction(in, callee.name(), arguments, results, next);
    }
    PtxFunction target =
        symbols.module().functions().stream()
            .filter(f -> f.name().equals(callee.name()) && f.defined())
            .findFirst()
            .orElseThrow(() -> in.error("call of " + callee.name() + ", which is not defined"));
    if (target.parameters().size() != arguments.size()
        || target.results().size() != results.size()) {
      throw in.error("call of " + callee.name() + " with the wrong number of arguments");
    }
    return new Control.Call(
        () -> symbols.callee().apply(callee.name()),
        offsets(in, arguments),
        offsets(in, results),
        next);
  }

  /// A call of a function that the device's run time provides.
  private static Terminator runtimeFunction(
      InstructionContext in,
      String name,
      List<PtxOperand> arguments,
      List<PtxOperand> results,
      int next) {
    int[] given = offsets(in, arguments);
    int[] returned = offsets(in, results);
    if (name.equals("vprintf") && given.length == 2 && returned.length == 1) {
      // Threads print in the order in which they come, so that comes from the schedule alone.
      in.communicates = true;
      return new RuntimeCall.Print(given[0], given[1], returned[0], next);
    }
    if (name.equals("__assertfail") && given.length >= 4) {
      return new RuntimeCall.AssertionFailure(given, next);
    }
    if (name.equals("malloc") || name.equals("free")) {
      throw in.error(
          name
              + " in a kernel is not supported by the emulator: pass memory as an argument, or use"
              + " shared or local memory");
    }
    throw in.error("call of " + name + ", which is not defined: modules are not linked");
  }

  private static int[] offsets(InstructionContext in, List<PtxOperand> operands) {
    int[] offsets = new int[operands.size()];
    for (int i = 0; i < offsets.length; i++) {
      Integer offset =
          operands.get(i) instanceof PtxOperand.Symbol symbol ? in.local(symbol.name()) : null;
      if (offset == null) {
        throw in.error("call arguments must be .param variables");
      }
      offsets[i] = offset;
    }
    return offsets;
  }

  private static Terminator barrier(InstructionContext in, int next, int guard) {
    if (guard >= 0) {
      throw in.error("a guarded barrier is not supported by the emulator");
    }
    if (in.has("warp")) {
      return new Control.WarpBarrier(in.source(in.operand(0), int.class), next);
    }
    boolean aligned = in.instruction.base().equals("bar") || in.has("aligned");
    if (in.has("cluster")) {
      return new Control.ClusterBarrier(in.has("arrive"), aligned, !in.has("relaxed"), next);
    }
    boolean reduce = in.has("red");
    int at = reduce ? 1 : 0;
    Value id = in.source(in.operand(at), int.class);
    Value count = Value.NONE;
    PtxOperand predicate = null;
    for (int o = at + 1; o < in.operands.size(); o++) {
      PtxOperand operand = in.operand(o);
      if (reduce && o == in.operands.size() - 1) {
        predicate = operand;
      } else {
        count = in.source(operand, int.class);
      }
    }
    Block.Reduction reduction =
        !reduce
            ? Block.Reduction.NONE
            : in.has("popc")
                ? Block.Reduction.POPULATION
                : in.has("and") ? Block.Reduction.AND : Block.Reduction.OR;
    return new Control.Barrier(
        id,
        count,
        !in.has("arrive"),
        aligned,
        reduction,
        predicate == null ? -1 : in.predicate(predicate).slot(),
        predicate != null && InstructionContext.negated(predicate),
        reduce ? in.target(in.operand(0)).slot() : -1,
        next);
  }
}
