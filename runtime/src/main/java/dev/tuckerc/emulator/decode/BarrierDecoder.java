package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.bulk.BulkCopy;
import dev.tuckerc.emulator.operations.memory.Addressing;
import dev.tuckerc.emulator.operations.memory.Fence;
import dev.tuckerc.emulator.operations.memory.MemoryBarrier;
import dev.tuckerc.emulator.operations.memory.Space;
import dev.tuckerc.ptx.PtxOperand;

/// Decodes `mbarrier`, `cp.async.bulk`, and addresses in the shared memory of a cluster.
final class BarrierDecoder {
  private BarrierDecoder() {}

  static void barrier(InstructionContext in) {
    String what = in.modifiers().getFirst();
    switch (what) {
      case "init" -> emit(in, MemoryBarrier.Kind.INITIALIZE, Value.NONE, 0, int.class);
      case "inval" -> emit(in, MemoryBarrier.Kind.INVALIDATE, Value.NONE, 0, int.class);
      case "arrive", "arrive_drop" -> arrive(in, what);
      case "expect_tx" -> emit(in, MemoryBarrier.Kind.EXPECT_BYTES, Value.NONE, 0, int.class);
      case "complete_tx" -> emit(in, MemoryBarrier.Kind.COMPLETE_BYTES, Value.NONE, 0, int.class);
      case "test_wait", "try_wait" -> {
        boolean parity = in.has("parity");
        emit(
            in,
            parity ? MemoryBarrier.Kind.TEST_PARITY : MemoryBarrier.Kind.TEST_STATE,
            in.predicate(in.operand(0)),
            1,
            parity ? int.class : long.class);
      }
      case "pending_count" -> {
        // The state is the object as it was before the arrival.
        Value pending = in.registers().temporary(Home.LONG);
        Value state = in.source(in.operand(1), long.class);
        in.lanes(pending, "shr_u64", state, in.registers().intConstant(20));
        in.lanes(pending, "and_b64", pending, in.registers().longConstant(0xf_ffff));
        in.lanes(in.target(in.operand(0)), "cvt_u32_u64", pending);
      }
      default -> throw in.unsupported();
    }
  }

  private static void arrive(InstructionContext in, String what) {
    boolean result = !(in.operand(0) instanceof PtxOperand.Address);
    if (in.has("expect_tx") && what.equals("arrive_drop")) {
      int at = result ? 1 : 0;
      emit(in, MemoryBarrier.Kind.EXPECT_BYTES, Value.NONE, at, int.class);
      Addressing addressing = MemoryDecoder.addressing(in, in.operand(at), in.space(), 8, false);
      Value state = result ? in.target(in.operand(0)) : Value.NONE;
      in.emit(new MemoryBarrier(MemoryBarrier.Kind.ARRIVE_DROP, addressing, state, Value.NONE));
      return;
    }
    emit(
        in,
        in.has("expect_tx")
            ? MemoryBarrier.Kind.ARRIVE_EXPECT_BYTES
            : what.equals("arrive") ? MemoryBarrier.Kind.ARRIVE : MemoryBarrier.Kind.ARRIVE_DROP,
        result ? in.target(in.operand(0)) : Value.NONE,
        result ? 1 : 0,
        int.class);
  }

  private static void emit(
      InstructionContext in,
      MemoryBarrier.Kind kind,
      Value result,
      int addressAt,
      Class<?> operandType) {
    Value operand =
        in.operands.size() > addressAt + 1
            ? in.source(in.operand(addressAt + 1), operandType)
            : Value.NONE;
    Addressing addressing =
        MemoryDecoder.addressing(in, in.operand(addressAt), in.space(), 8, false);
    in.emit(new MemoryBarrier(kind, addressing, result, operand));
  }

  /// `cp.async.mbarrier.arrive`: copies of `cp.async` land when they are issued, so this is an
  /// arrival at once; without `.noinc` it is balanced by an increment.
  static void copiesArrive(InstructionContext in) {
    Addressing addressing = MemoryDecoder.addressing(in, in.operand(0), in.space(), 8, false);
    in.emit(
        new MemoryBarrier(
            in.has("noinc") ? MemoryBarrier.Kind.ARRIVE_COPIES : MemoryBarrier.Kind.COUNT_COPIES,
            addressing,
            Value.NONE,
            Value.NONE));
  }

  /// `fence` and `membar`: memory is coherent here, so only the checks want to know.
  static void fence(InstructionContext in) {
    if (in.has("proxy")) {
      if (in.opcode.startsWith("fence.proxy.async")) {
        in.emit(new Fence(Fence.Kind.PROXY));
      }
    } else if (!in.has("mbarrier_init")) {
      in.emit(new Fence(in.has("cta") ? Fence.Kind.BLOCK : Fence.Kind.DEVICE));
    }
  }

  static void bulk(InstructionContext in) {
    if (in.has("prefetch")) {
      return;
    }
    if (in.has("tensor")
        || in.has("multicast::cluster")
        || in.has("cp_mask")
        || in.opcode.contains(".reduce")) {
      throw in.unsupported();
    }
    Space target = in.modifiers().get(2).startsWith("shared") ? Space.SHARED : Space.GLOBAL;
    Space source = in.modifiers().get(3).startsWith("shared") ? Space.SHARED : Space.GLOBAL;
    boolean signals = in.has("mbarrier::complete_tx::bytes");
    Value size = in.source(in.operand(2), int.class);
    Addressing barrier =
        MemoryDecoder.addressing(in, in.operand(signals ? 3 : 0), Space.SHARED, 8, false);
    in.emit(new BulkCopy(target, source, address(in, 0), address(in, 1), size, barrier, signals));
  }

  private static Value address(InstructionContext in, int index) {
    return TensorDecoder.address(in, in.operand(index));
  }

  /// `mapa`: the same place in another block's shared memory.
  static void mapAddress(InstructionContext in) {
    Value target = in.target(in.operand(0));
    boolean wide = target.home() == Home.LONG;
    Value source;
    if (in.operand(1) instanceof PtxOperand.Symbol) {
      source = in.registers().temporary(target.home());
      MoveDecoder.address(in, source, (PtxOperand.Symbol) in.operand(1));
    } else {
      source = in.source(in.operand(1), wide ? long.class : int.class);
    }
    in.lanes(target, wide ? "mapa_b64" : "mapa_b32", source, in.source(in.operand(2), int.class));
  }

  static void rankOf(InstructionContext in) {
    Value source =
        in.source(in.operand(1), in.lastModifier().equals("u64") ? long.class : int.class);
    in.lanes(in.target(in.operand(0)), "rank_of_address", source);
  }
}
