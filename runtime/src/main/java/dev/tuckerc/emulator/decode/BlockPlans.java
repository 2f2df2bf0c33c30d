package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.translate.BlockPlan;
import dev.tuckerc.ptx.PtxFunction;
import dev.tuckerc.ptx.PtxInstruction;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Tells translation what it needs to know of a function's blocks.
final class BlockPlans implements BlockPlan.Source {
  private final PtxFunction function;
  private final ControlFlow flow;
  private final Registers registers;
  private final int[] firstOperation;
  private @Nullable Liveness liveness;

  /// @param firstOperation by instruction: its first operation in its block
  BlockPlans(PtxFunction function, ControlFlow flow, Registers registers, int[] firstOperation) {
    this.function = function;
    this.flow = flow;
    this.registers = registers;
    this.firstOperation = firstOperation;
  }

  @Override
  public synchronized @Nullable BlockPlan of(int block) {
    ControlFlow.Node node = flow.nodes.get(block);
    List<PtxInstruction> instructions = function.instructions().subList(node.from(), node.to());
    if (instructions.stream().anyMatch(i -> i.base().equals("wgmma"))) {
      // Its results are written when it is waited for, not where it stands.
      return null;
    }
    Liveness known = liveness;
    if (known == null) {
      known = new Liveness(function, flow);
      liveness = known;
    }
    Set<Value> live = new HashSet<>(values(known.after(block)));
    List<BlockPlan.Unit> units = new ArrayList<>();
    for (int i = node.from(); i < node.to(); i++) {
      PtxInstruction instruction = function.instructions().get(i);
      Effects effects = Effects.of(instruction);
      if (i == node.to() - 1 && endsByControl(instruction)) {
        live.addAll(values(effects.reads()));
      } else {
        units.add(
            new BlockPlan.Unit(
                firstOperation[i],
                i + 1 < node.to() ? firstOperation[i + 1] : Integer.MAX_VALUE,
                values(effects.reads()),
                values(effects.writes()),
                instruction.guard() == null));
      }
    }
    return new BlockPlan(units, live);
  }

  private List<Value> values(Collection<String> names) {
    return names.stream().flatMap(name -> registers.parts(name).stream()).toList();
  }

  /// Whether an instruction becomes the end of its block, not an operation in it.
  static boolean endsByControl(PtxInstruction instruction) {
    return ControlFlow.endsBlock(instruction) && !instruction.base().equals("trap");
  }
}
