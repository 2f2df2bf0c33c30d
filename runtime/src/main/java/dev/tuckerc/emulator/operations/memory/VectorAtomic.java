package dev.tuckerc.emulator.operations.memory;

import dev.tuckerc.emulator.check.MemoryOrder;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Element;
import dev.tuckerc.emulator.operations.Value;
import java.util.List;

/// `atom` and `red` of vectors, each element indivisible by itself, and `atom` of 128 bits, which
/// is indivisible as a whole.
public final class VectorAtomic extends Operation {
  private final Addressing addressing;
  private final Atomic.Kind kind;
  private final String type;
  private final Element element;
  private final Value[] results;
  private final Value[] operands;
  private final Value[] swaps;
  private final MemoryOrder order;

  /// @param type PTX type of an element; a value of 128 bits is two of `b64`
  /// @param results registers of the old values, or empty
  /// @param swaps third operand of compare-and-swap, or empty
  /// @param order what it orders
  public VectorAtomic(
      Addressing addressing,
      Atomic.Kind kind,
      String type,
      List<Value> results,
      List<Value> operands,
      List<Value> swaps,
      MemoryOrder order) {
    this.order = order;
    this.addressing = addressing;
    this.kind = kind;
    this.type = type;
    this.element = Element.of(type);
    this.results = results.toArray(new Value[0]);
    this.operands = operands.toArray(new Value[0]);
    this.swaps = swaps.toArray(new Value[0]);
  }

  @Override
  public void run(Warp warp) {
    byte[] memory = addressing.resolve(warp, "atomic");
    if (warp.checks != null) {
      Checking.access(warp, warp.checks, addressing, memory, order, warp.position(), null);
    }
    warp.block.counters.atomics += Integer.bitCount(warp.mask);
    for (int m = warp.mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      int at = addressing.uniform() ? 0 : lane;
      byte[] bytes = memory == null ? warp.laneBytes[at] : memory;
      lane(warp, lane, bytes, warp.offsets[at]);
    }
  }

  private void lane(Warp warp, int lane, byte[] bytes, int offset) {
    long[] old = new long[operands.length];
    synchronized (bytes) {
      boolean equal = true;
      for (int e = 0; e < old.length; e++) {
        old[e] = element.read(bytes, offset + e * element.bytes);
        equal &= old[e] == bits(warp, operands[e], lane);
      }
      for (int e = 0; e < old.length; e++) {
        long value = bits(warp, operands[e], lane);
        long next =
            kind == Atomic.Kind.COMPARE_AND_SWAP
                ? equal ? bits(warp, swaps[e], lane) : old[e]
                : Atomic.apply(kind, type, old[e], value);
        element.write(bytes, offset + e * element.bytes, next);
      }
    }
    for (int e = 0; e < results.length; e++) {
      if (results[e].slot() >= 0) {
        Element.toRegister(warp, results[e].home(), results[e].slot(), lane, old[e]);
      }
    }
  }

  private static long bits(Warp warp, Value value, int lane) {
    return Element.fromRegister(warp, value.home(), value.slot(), lane);
  }
}
