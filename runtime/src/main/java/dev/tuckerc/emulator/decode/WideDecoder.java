package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.operations.Element;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.memory.Addressing;
import dev.tuckerc.emulator.operations.memory.AsyncStore;
import dev.tuckerc.emulator.operations.memory.Atomic;
import dev.tuckerc.emulator.operations.memory.ClusterTarget;
import dev.tuckerc.emulator.operations.memory.Reduction;
import dev.tuckerc.emulator.operations.memory.VectorAtomic;
import dev.tuckerc.ptx.PtxOperand;
import dev.tuckerc.ptx.PtxVariable;
import java.util.ArrayList;
import java.util.List;

/// Decodes atomics of vectors and of 128 bits, moves of 128 bits, and asynchronous stores.
final class WideDecoder {
  private WideDecoder() {}

  /// The two 64-bit registers that stand for one of 128 bits, low half first.
  static List<Value> halves(InstructionContext in, PtxOperand operand) {
    return switch (operand) {
      case PtxOperand.Register register ->
          List.of(in.registers().get(register.name()), in.registers().highHalf(register.name()));
      case PtxOperand.Sink _ -> List.of(Value.NONE, Value.NONE);
      case PtxOperand.Special _,
          PtxOperand.Symbol _,
          PtxOperand.Immediate _,
          PtxOperand.Tuple _,
          PtxOperand.Arguments _,
          PtxOperand.Pair _,
          PtxOperand.Address _ ->
          throw in.error(in.opcode + ": operand must be a register of 128 bits");
    };
  }

  /// `mov.b128`: between 128-bit registers and pairs of 64-bit ones.
  static void move(InstructionContext in) {
    List<Value> from = pair(in, in.operand(1));
    List<Value> to = pair(in, in.operand(0));
    List<Value> kept = new ArrayList<>();
    for (Value half : from) {
      // The result may be the source in another order.
      Value copy = in.registers().temporary(dev.tuckerc.emulator.machine.Home.LONG);
      in.lanes(copy, "mov_b64", half);
      kept.add(copy);
    }
    for (int h = 0; h < 2; h++) {
      if (to.get(h).slot() >= 0) {
        in.lanes(to.get(h), "mov_b64", kept.get(h));
      }
    }
  }

  private static List<Value> pair(InstructionContext in, PtxOperand operand) {
    if (operand instanceof PtxOperand.Tuple tuple && tuple.elements().size() == 2) {
      return tuple.elements().stream()
          .map(part -> part instanceof PtxOperand.Sink ? Value.NONE : in.source(part, long.class))
          .toList();
    }
    return halves(in, operand);
  }

  /// The type of an atomic; vectors may be written `.v2.f32.add` or `.add.v2.f32`.
  static String atomicType(InstructionContext in) {
    return in.modifiers().stream()
        .filter(modifier -> PtxVariable.bytesOf(modifier) > 0)
        .reduce((_, last) -> last)
        .orElseThrow(in::unsupported);
  }

  static void atomic(InstructionContext in, Atomic.Kind kind, String type, int width) {
    boolean result = in.instruction.base().equals("atom");
    int at = result ? 1 : 0;
    boolean whole = type.equals("b128");
    boolean swap = kind == Atomic.Kind.COMPARE_AND_SWAP;
    String element = whole ? "b64" : type;
    if (whole
        ? width != 1 || (!swap && kind != Atomic.Kind.EXCHANGE)
        : kind != Atomic.Kind.ADD && kind != Atomic.Kind.MIN && kind != Atomic.Kind.MAX) {
      throw in.unsupported();
    }
    List<Value> results = !result ? List.of() : values(in, in.operand(0), whole, element, width);
    List<Value> operands = values(in, in.operand(at + 1), whole, element, width);
    List<Value> swaps = swap ? values(in, in.operand(at + 2), true, element, width) : List.of();
    Addressing addressing =
        MemoryDecoder.addressing(
            in, in.operand(at), in.space(), PtxVariable.bytesOf(element) * operands.size(), false);
    in.emit(
        new VectorAtomic(
            addressing,
            kind,
            element,
            results,
            operands,
            swaps,
            MemoryDecoder.order(in, MemoryDecoder.access(kind), MemoryDecoder.access(kind))));
    // Sums of floats depend on their order, and so do old values.
    in.orderDependent = true;
  }

  private static List<Value> values(
      InstructionContext in, PtxOperand operand, boolean whole, String type, int width) {
    if (whole) {
      return halves(in, operand);
    }
    List<PtxOperand> parts = MemoryDecoder.elements(operand);
    if (parts.size() != width) {
      throw in.error(in.opcode + " with " + parts.size() + " elements");
    }
    return parts.stream()
        .map(part ->
            part instanceof PtxOperand.Sink
                ? Value.NONE
                : in.source(part, MemoryDecoder.valueType(type)))
        .toList();
  }

  /// `st.async` and `red.async`.
  static void asyncStore(InstructionContext in) {
    String type = atomicType(in);
    boolean reduces = in.opcode.startsWith("red.");
    if (!in.has("mbarrier::complete_tx::bytes")) {
      throw in.unsupported();
    }
    Reduction reduction = null;
    if (reduces) {
      Atomic.Kind kind =
          in.modifiers().stream()
              .filter(MemoryDecoder.ATOMICS::containsKey)
              .map(MemoryDecoder.ATOMICS::get)
              .findFirst()
              .orElseThrow(in::unsupported);
      if (!kind.reduces(type) || type.contains("f")) {
        throw in.unsupported();
      }
      reduction = new Reduction(kind, type);
    }
    List<Value> sources =
        MemoryDecoder.elements(in.operand(1)).stream()
            .map(part -> in.source(part, MemoryDecoder.valueType(type)))
            .toList();
    in.emit(
        new AsyncStore(
            new ClusterTarget(
                TensorDecoder.address(in, in.operand(0)),
                TensorDecoder.address(in, in.operand(2)),
                Value.NONE),
            Element.of(type),
            sources,
            reduction));
  }
}
