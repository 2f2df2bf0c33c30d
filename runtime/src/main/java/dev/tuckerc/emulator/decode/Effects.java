package dev.tuckerc.emulator.decode;

import dev.tuckerc.ptx.PtxInstruction;
import dev.tuckerc.ptx.PtxOperand;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Registers an instruction reads and writes.
///
/// @param writes in order
/// @param reads guard included
record Effects(List<String> writes, List<String> reads) {
  private static final Set<String> WITHOUT_RESULT =
      Set.of(
          "st",
          "red",
          "bra",
          "brx",
          "call",
          "cp",
          "prefetch",
          "prefetchu",
          "fence",
          "membar",
          "ret",
          "exit",
          "trap",
          "brkpt",
          "nanosleep",
          "stmatrix",
          "griddepcontrol",
          "discard",
          "applypriority",
          "setmaxnreg",
          "pmevent");

  static Effects of(PtxInstruction instruction) {
    List<String> writes = new ArrayList<>(2);
    List<String> reads = new ArrayList<>(4);
    String opcode = instruction.opcode();
    String base = instruction.base();
    if (instruction.guard() != null) {
      reads.add(instruction.guard());
    }
    boolean result = !WITHOUT_RESULT.contains(base);
    if (base.equals("bar") || base.equals("barrier")) {
      result = opcode.contains(".red.");
    } else if (base.equals("mbarrier")) {
      result =
          !opcode.contains(".init")
              && !opcode.contains(".inval")
              && !opcode.contains("expect_tx.relaxed")
              && !opcode.contains("complete_tx")
              && !(instruction.operands().getFirst() instanceof PtxOperand.Address);
    } else if (base.equals("wgmma")) {
      result = opcode.contains("mma_async");
    }
    for (int o = 0; o < instruction.operands().size(); o++) {
      PtxOperand operand = instruction.operands().get(o);
      if (o == 0 && result) {
        collect(operand, writes);
        if (base.equals("wgmma")) {
          collect(operand, reads);
        }
      } else {
        collect(operand, reads);
      }
    }
    if (opcode.contains(".cc")) {
      writes.add(Registers.CARRY);
    }
    if (base.equals("addc") || base.equals("subc") || base.equals("madc")) {
      reads.add(Registers.CARRY);
    }
    return new Effects(writes, reads);
  }

  private static void collect(PtxOperand operand, List<String> into) {
    switch (operand) {
      case PtxOperand.Register register -> into.add(register.name());
      case PtxOperand.Tuple tuple -> tuple.elements().forEach(e -> collect(e, into));
      case PtxOperand.Arguments arguments -> arguments.elements().forEach(e -> collect(e, into));
      case PtxOperand.Pair pair -> {
        collect(pair.first(), into);
        collect(pair.second(), into);
      }
      case PtxOperand.Address address -> {
        collect(address.base(), into);
        address.more().forEach(e -> collect(e, into));
      }
      case PtxOperand.Special _,
          PtxOperand.Symbol _,
          PtxOperand.Immediate _,
          PtxOperand.Sink _ -> {}
    }
  }
}
