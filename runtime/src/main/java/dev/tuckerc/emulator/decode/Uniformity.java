package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.machine.SpecialRegisters;
import dev.tuckerc.ptx.PtxFunction;
import dev.tuckerc.ptx.PtxInstruction;
import dev.tuckerc.ptx.PtxOperand;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Finds registers whose value is the same in all lanes of a warp, so that it can be computed once.
///
/// A register varies if anything it is computed from varies, if it is written under a varying
/// guard, or if lanes that took different ways may have seen different writes: it is written in the
/// region between a varying branch and its post-dominator, and is either written more than once or
/// read where that write does not dominate within the region.
final class Uniformity {
  private static final Set<String> VARYING =
      Set.of(
          "atom",
          "shfl",
          "vote",
          "match",
          "redux",
          "activemask",
          "elect",
          "mbarrier",
          "mma",
          "wgmma",
          "ldmatrix",
          "movmatrix",
          "bar",
          "barrier",
          "isspacep",
          "createpolicy",
          "clusterlaunchcontrol",
          "call",
          "mapa",
          "getctarank");

  private final PtxFunction function;
  private final ControlFlow flow;
  private final boolean alignedRows;
  private final List<Effects> effects = new ArrayList<>();
  private final Map<String, List<Integer>> writes = new HashMap<>();
  private final Map<String, List<Integer>> reads = new HashMap<>();
  private final Set<String> varying = new HashSet<>();
  private final int[] blockOf;
  private final BitSet divergentBlocks = new BitSet();
  private final Set<String> threadX = new HashSet<>();

  /// @param alignedRows whether a warp lies within one row of the block (its width is a multiple of
  ///   32)
  /// @param use whether uniform values are wanted; otherwise everything counts as varying
  Uniformity(PtxFunction function, ControlFlow flow, boolean alignedRows, boolean use) {
    this.function = function;
    this.flow = flow;
    this.alignedRows = alignedRows;
    List<PtxInstruction> code = function.instructions();
    blockOf = new int[code.size()];
    for (int b = 0; b < flow.nodes.size(); b++) {
      for (int i = flow.nodes.get(b).from(); i < flow.nodes.get(b).to(); i++) {
        blockOf[i] = b;
      }
    }
    for (int i = 0; i < code.size(); i++) {
      Effects effect = Effects.of(code.get(i));
      effects.add(effect);
      for (String register : effect.writes()) {
        writes.computeIfAbsent(register, _ -> new ArrayList<>()).add(i);
      }
      for (String register : effect.reads()) {
        reads.computeIfAbsent(register, _ -> new ArrayList<>()).add(i);
      }
    }
    for (int i = 0; i < code.size(); i++) {
      PtxInstruction instruction = code.get(i);
      if (instruction.base().equals("mov")
          && instruction.operands().size() == 2
          && instruction.operands().get(1) instanceof PtxOperand.Special special
          && special.name().equals("%tid.x")
          && instruction.operands().get(0) instanceof PtxOperand.Register register
          && writes.getOrDefault(register.name(), List.of()).size() == 1) {
        threadX.add(register.name());
      }
    }
    if (!function.entry() || !use) {
      divergentBlocks.set(0, flow.nodes.size());
      // A function may be called by lanes that took different ways.
      varying.addAll(function.registers().keySet());
      varying.add(Registers.CARRY);
      return;
    }
    solve();
  }

  /// Whether a register is the same in all lanes.
  boolean uniform(String register) {
    return !varying.contains(register);
  }

  /// Whether everything the instruction reads and writes is uniform, so that it can run once.
  boolean uniform(int index) {
    Effects effect = effects.get(index);
    return !effect.writes().isEmpty()
        && effect.writes().stream().allMatch(this::uniform)
        && sameResult(index);
  }

  /// Whether lanes may take different ways around the block.
  boolean divergentBlock(int block) {
    return divergentBlocks.get(block);
  }

  private void solve() {
    BitSet regionsDone = new BitSet();
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = 0; i < function.instructions().size(); i++) {
        if (!effects.get(i).writes().isEmpty() && !sameResult(i)) {
          changed |= varying.addAll(effects.get(i).writes());
        }
      }
      for (int b = 0; b < flow.nodes.size(); b++) {
        if (!regionsDone.get(b) && divergent(b)) {
          regionsDone.set(b);
          changed |= spread(b);
        }
      }
    }
  }

  private boolean sameResult(int index) {
    PtxInstruction instruction = function.instructions().get(index);
    String base = instruction.base();
    // Of 128-bit registers only the lower half is known here.
    if (VARYING.contains(base) || instruction.opcode().endsWith(".b128")) {
      return false;
    }
    Effects effect = effects.get(index);
    if (base.equals("ld")) {
      String opcode = instruction.opcode();
      if (opcode.contains(".local")
          || opcode.contains(".volatile")
          || opcode.contains(".acquire")) {
        return false;
      }
    }
    if (warpIndex(instruction)) {
      return true;
    }
    for (PtxOperand operand : instruction.operands()) {
      if (operand instanceof PtxOperand.Special special && !special(special.name())) {
        return false;
      }
      // A thread's own memory, such as the result of a call: each thread has its own content.
      PtxOperand place = operand instanceof PtxOperand.Address address ? address.base() : operand;
      if (place instanceof PtxOperand.Symbol symbol && localVariable(symbol)) {
        return false;
      }
    }
    return effect.reads().stream().allMatch(this::uniform);
  }

  private boolean special(String name) {
    return SpecialRegisters.uniform(name)
        || (alignedRows && (name.equals("%tid.y") || name.equals("%tid.z")));
  }

  private boolean localVariable(PtxOperand.Symbol symbol) {
    return function.variables().stream()
        .anyMatch(v ->
            v.name().equals(symbol.name())
                && (v.space().equals("local") || v.space().equals("param")));
  }

  /// `tid.x` divided by 32 or more, where rows are whole warps.
  private boolean warpIndex(PtxInstruction instruction) {
    if (!alignedRows || instruction.guard() != null) {
      return false;
    }
    String opcode = instruction.opcode();
    boolean shift = opcode.equals("shr.u32") || opcode.equals("shr.s32");
    if ((!shift && !opcode.equals("and.b32")) || instruction.operands().size() != 3) {
      return false;
    }
    return instruction.operands().get(1) instanceof PtxOperand.Register register
        && threadX.contains(register.name())
        && instruction.operands().get(2) instanceof PtxOperand.Immediate immediate
        && (shift ? immediate.bits() >= 5 : (immediate.bits() & 31) == 0);
  }

  private boolean divergent(int block) {
    ControlFlow.Node node = flow.nodes.get(block);
    if (node.from() == node.to() || flow.flow(block).size() < 2) {
      return false;
    }
    return effects.get(node.to() - 1).reads().stream().anyMatch(r -> !uniform(r));
  }

  /// Marks what a divergent branch makes different.
  private boolean spread(int branch) {
    BitSet region = new BitSet();
    int join = flow.join[branch];
    List<Integer> work = new ArrayList<>(flow.flow(branch));
    while (!work.isEmpty()) {
      int block = work.removeLast();
      if (block == ControlFlow.EXIT || block == join || region.get(block)) {
        continue;
      }
      region.set(block);
      work.addAll(flow.flow(block));
    }
    divergentBlocks.or(region);
    boolean changed = false;
    for (Map.Entry<String, List<Integer>> entry : writes.entrySet()) {
      String register = entry.getKey();
      if (varying.contains(register)
          || entry.getValue().stream().noneMatch(i -> region.get(blockOf[i]))) {
        continue;
      }
      if (entry.getValue().size() > 1
          || escapes(register, entry.getValue().getFirst(), region, branch)) {
        varying.add(register);
        changed = true;
      }
    }
    return changed;
  }

  /// Whether the only write of a register may reach a read by lanes other than those that wrote:
  /// the read is outside the region, or in a block the write does not dominate.
  private boolean escapes(String register, int write, BitSet region, int branch) {
    int home = blockOf[write];
    if (function.instructions().get(write).guard() != null) {
      return true;
    }
    for (int read : reads.getOrDefault(register, List.of())) {
      int block = blockOf[read];
      if (!region.get(block) || (block == home ? read <= write : reachesAvoiding(block, home))) {
        return true;
      }
    }
    return false;
  }

  /// Whether a block can be reached from the entry without passing another.
  private boolean reachesAvoiding(int target, int avoided) {
    BitSet seen = new BitSet();
    List<Integer> work = new ArrayList<>(List.of(0));
    while (!work.isEmpty()) {
      int block = work.removeLast();
      if (block == ControlFlow.EXIT || block == avoided || seen.get(block)) {
        continue;
      }
      if (block == target) {
        return true;
      }
      seen.set(block);
      work.addAll(flow.flow(block));
    }
    return false;
  }
}
