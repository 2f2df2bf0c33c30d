package dev.tuckerc.emulator.decode;

import dev.tuckerc.ptx.PtxFunction;
import dev.tuckerc.ptx.PtxInstruction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Which registers a thread may still read after each basic block.
///
/// What an exchange between lanes reads counts as live everywhere: another lane's register is read
/// there, whatever that lane has done.
final class Liveness {
  private final PtxFunction function;
  private final ControlFlow flow;
  private final Set<String> exchanged = new HashSet<>();
  private final List<Set<String>> before = new ArrayList<>();

  Liveness(PtxFunction function, ControlFlow flow) {
    this.function = function;
    this.flow = flow;
    for (PtxInstruction instruction : function.instructions()) {
      if (FunctionDecoder.EXCHANGE.contains(instruction.base())) {
        exchanged.addAll(Effects.of(instruction).reads());
      }
    }
    solve();
  }

  private void solve() {
    int blocks = flow.nodes.size();
    List<Set<String>> reads = new ArrayList<>();
    List<Set<String>> kills = new ArrayList<>();
    for (int b = 0; b < blocks; b++) {
      Set<String> exposed = new HashSet<>();
      Set<String> killed = new HashSet<>();
      for (int i = flow.nodes.get(b).from(); i < flow.nodes.get(b).to(); i++) {
        PtxInstruction instruction = function.instructions().get(i);
        Effects effects = Effects.of(instruction);
        for (String register : effects.reads()) {
          if (!killed.contains(register)) {
            exposed.add(register);
          }
        }
        if (instruction.guard() == null) {
          killed.addAll(effects.writes());
        }
      }
      reads.add(exposed);
      kills.add(killed);
      before.add(new HashSet<>(exposed));
    }
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int b = blocks - 1; b >= 0; b--) {
        Set<String> live = new HashSet<>();
        for (int next : flow.nodes.get(b).successors()) {
          if (next != ControlFlow.EXIT) {
            live.addAll(before.get(next));
          }
        }
        live.removeAll(kills.get(b));
        changed |= before.get(b).addAll(live);
      }
    }
  }

  /// Registers that are live when a block ends, terminator included.
  Set<String> after(int block) {
    Set<String> live = new HashSet<>(exchanged);
    for (int next : flow.nodes.get(block).successors()) {
      if (next != ControlFlow.EXIT) {
        live.addAll(before.get(next));
      }
    }
    return live;
  }
}
