package dev.tuckerc.emulator.decode;

import dev.tuckerc.device.KernelArgument.TensorMap;
import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.bulk.BulkGroup;
import dev.tuckerc.emulator.operations.bulk.BulkLoad;
import dev.tuckerc.emulator.operations.bulk.BulkReduce;
import dev.tuckerc.emulator.operations.bulk.TensorAccess;
import dev.tuckerc.emulator.operations.bulk.TensorLoad;
import dev.tuckerc.emulator.operations.bulk.TensorStore;
import dev.tuckerc.emulator.operations.memory.Addressing;
import dev.tuckerc.emulator.operations.memory.Atomic;
import dev.tuckerc.emulator.operations.memory.ClusterTarget;
import dev.tuckerc.emulator.operations.memory.Reduction;
import dev.tuckerc.emulator.operations.memory.Space;
import dev.tuckerc.ptx.PtxOperand;
import dev.tuckerc.ptx.PtxVariable;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decodes `cp.async.bulk.tensor`, `cp.reduce.async.bulk`, bulk copies to several blocks, and bulk
/// groups.
final class TensorDecoder {
  private static final Set<String> REDUCTIONS =
      Set.of("add", "min", "max", "inc", "dec", "and", "or", "xor");

  private TensorDecoder() {}

  /// Whether the instruction is decoded here.
  static boolean handles(InstructionContext in) {
    return in.has("tensor")
        || in.opcode.startsWith("cp.reduce.async.bulk.")
        || in.has("multicast::cluster")
        || in.has("commit_group")
        || in.has("wait_group");
  }

  static void decode(InstructionContext in) {
    if (in.has("commit_group")) {
      in.emit(new BulkGroup(true, 0, false));
    } else if (in.has("wait_group")) {
      if (!(in.operand(0) instanceof PtxOperand.Immediate pending) || pending.bits() < 0) {
        throw in.error(in.opcode + " takes a constant");
      }
      in.emit(new BulkGroup(false, (int) pending.bits(), in.has("read")));
    } else if (in.has("tensor")) {
      tensor(in);
    } else if (in.opcode.startsWith("cp.reduce.")) {
      reduce(in);
    } else {
      in.emit(
          new BulkLoad(
              new ClusterTarget(
                  address(in, in.operand(0)), address(in, in.operand(3)), multicast(in, 4)),
              address(in, in.operand(1)),
              in.source(in.operand(2), int.class)));
    }
  }

  private static void tensor(InstructionContext in) {
    if (in.modifiers().stream().anyMatch(m -> m.startsWith("im2col::"))
        || in.has("tile::gather4")
        || in.has("tile::scatter4")
        || in.has("cta_group::2")) {
      throw in.unsupported();
    }
    boolean pixels = in.has("im2col");
    if (in.has("prefetch")) {
      access(in, in.operand(0), pixels ? in.operand(1) : null);
    } else if (in.has("mbarrier::complete_tx::bytes")) {
      in.emit(
          new TensorLoad(
              access(in, in.operand(1), pixels ? in.operand(3) : null),
              new ClusterTarget(
                  address(in, in.operand(0)),
                  address(in, in.operand(2)),
                  multicast(in, pixels ? 4 : 3))));
    } else if (in.has("bulk_group")) {
      Atomic.@Nullable Kind kind = in.opcode.startsWith("cp.reduce.") ? kind(in) : null;
      in.emit(new TensorStore(access(in, in.operand(0), null), address(in, in.operand(1)), kind));
      in.orderDependent |= kind != null;
    } else {
      throw in.unsupported();
    }
  }

  private static Atomic.Kind kind(InstructionContext in) {
    return in.modifiers().stream()
        .filter(REDUCTIONS::contains)
        .map(MemoryDecoder.ATOMICS::get)
        .findFirst()
        .orElseThrow(in::unsupported);
  }

  private static void reduce(InstructionContext in) {
    String type = in.lastModifier();
    Atomic.Kind kind = kind(in);
    if (in.has("L2::cache_hint")) {
      type = in.modifiers().stream().filter(m -> PtxVariable.bytesOf(m) > 0).findFirst().orElse("");
    }
    if (!kind.reduces(type)) {
      throw in.unsupported();
    }
    boolean cluster = in.has("mbarrier::complete_tx::bytes");
    Value target = address(in, in.operand(0));
    in.emit(
        new BulkReduce(
            target,
            cluster ? new ClusterTarget(target, address(in, in.operand(3)), Value.NONE) : null,
            address(in, in.operand(1)),
            in.source(in.operand(2), int.class),
            new Reduction(kind, type)));
    in.orderDependent |= !cluster;
  }

  /// The mask of blocks, after the barrier.
  private static Value multicast(InstructionContext in, int index) {
    return in.has("multicast::cluster") ? in.source(in.operand(index), int.class) : Value.NONE;
  }

  /// @param shift the offsets of `im2col` mode
  private static TensorAccess access(
      InstructionContext in, PtxOperand operand, @Nullable PtxOperand shift) {
    String rank =
        in.modifiers().stream()
            .filter(m -> m.matches("[1-5]d"))
            .findFirst()
            .orElseThrow(in::unsupported);
    if (!(operand instanceof PtxOperand.Address address)
        || address.more().size() != 1
        || !(address.more().getFirst() instanceof PtxOperand.Tuple tuple)
        || tuple.elements().size() != rank.charAt(0) - '0') {
      throw in.error(in.opcode + ": expected [tensorMap, {" + rank.charAt(0) + " coordinates}]");
    }
    List<Value> coordinates =
        tuple.elements().stream().map(element -> in.source(element, int.class)).toList();
    Addressing map =
        MemoryDecoder.addressing(
            in,
            new PtxOperand.Address(address.base(), address.offset(), List.of()),
            Space.GENERIC,
            TensorMap.BYTES,
            false);
    boolean pixels = in.has("im2col") || in.has("im2col_no_offs");
    List<Value> offsets = List.of();
    if (shift != null) {
      if (!(shift instanceof PtxOperand.Tuple values)
          || values.elements().size() != tuple.elements().size() - 2) {
        throw in.error(in.opcode + ": expected " + (rank.charAt(0) - '2') + " im2col offsets");
      }
      offsets = values.elements().stream().map(value -> in.source(value, int.class)).toList();
    }
    return new TensorAccess(
        map, coordinates.toArray(new Value[0]), pixels, offsets.toArray(new Value[0]));
  }

  /// The register with an address; constant offsets are added.
  static Value address(InstructionContext in, PtxOperand operand) {
    if (operand instanceof PtxOperand.Address address && address.more().isEmpty()) {
      if (address.base() instanceof PtxOperand.Register register) {
        Value base = in.registers().get(register.name());
        if (address.offset() == 0) {
          return base;
        }
        Value sum = in.registers().temporary(base.home());
        if (base.home() == Home.LONG) {
          in.lanes(sum, "add_b64", base, in.registers().longConstant(address.offset()));
        } else {
          in.lanes(sum, "add_b32", base, in.registers().intConstant((int) address.offset()));
        }
        return sum;
      }
      if (address.base() instanceof PtxOperand.Symbol symbol) {
        Value place =
            in.registers().temporary(in.shared(symbol.name()) == null ? Home.LONG : Home.INT);
        MoveDecoder.address(
            in, place, new PtxOperand.Symbol(symbol.name(), symbol.offset() + address.offset()));
        return place;
      }
    }
    throw in.error(in.opcode + ": expected an address in brackets");
  }
}
