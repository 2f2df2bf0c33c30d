package dev.tuckerc.emulator.operations.memory;

import dev.tuckerc.emulator.check.MemoryOrder;
import dev.tuckerc.emulator.isa.BfloatMath;
import dev.tuckerc.emulator.isa.FloatMath;
import dev.tuckerc.emulator.isa.HalfMath;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Element;
import dev.tuckerc.emulator.operations.Value;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// `atom` and `red`: lanes one after the other, each indivisible.
public final class Atomic extends Operation {
  /// What is done with the old value and the operand.
  public enum Kind {
    ADD,
    MIN,
    MAX,
    AND,
    OR,
    XOR,
    EXCHANGE,
    COMPARE_AND_SWAP,
    INCREMENT,
    DECREMENT;

    /// Whether bulk reductions of elements of a type exist (PTX ISA, `cp.reduce.async.bulk`).
    public boolean reduces(String type) {
      return switch (this) {
        case ADD -> Set.of("u32", "s32", "u64", "f16", "bf16", "f32", "f64").contains(type);
        case MIN, MAX -> Set.of("u32", "s32", "u64", "s64", "f16", "bf16").contains(type);
        case INCREMENT, DECREMENT -> type.equals("u32");
        case AND, OR, XOR -> Set.of("b32", "b64", "u32", "s32", "u64", "s64").contains(type);
        case EXCHANGE, COMPARE_AND_SWAP -> false;
      };
    }
  }

  private final Addressing addressing;
  private final Kind kind;
  private final String type;
  private final Element element;
  private final Value result;
  private final Value operand;
  private final Value swap;
  private final MemoryOrder order;

  /// @param type PTX type that gives the arithmetic
  /// @param result register of the old value, or [Value#NONE]
  /// @param swap third operand of compare-and-swap, or [Value#NONE]
  /// @param order what it orders
  public Atomic(
      Addressing addressing,
      Kind kind,
      String type,
      Value result,
      Value operand,
      Value swap,
      MemoryOrder order) {
    this.order = order;
    this.addressing = addressing;
    this.kind = kind;
    this.type = type;
    this.element = Element.of(type);
    this.result = result;
    this.operand = operand;
    this.swap = swap;
  }

  @Override
  public void run(Warp warp) {
    byte @Nullable [] memory = addressing.resolve(warp, "atomic");
    if (warp.checks != null) {
      Checking.access(warp, warp.checks, addressing, memory, order, warp.position(), null);
    }
    warp.block.counters.atomics += Integer.bitCount(warp.mask);
    for (int m = warp.mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      int at = addressing.uniform() ? 0 : lane;
      byte[] bytes = memory == null ? warp.laneBytes[at] : memory;
      int offset = warp.offsets[at];
      long value = Element.fromRegister(warp, operand.home(), operand.slot(), lane);
      long old;
      // One lock for each buffer: blocks on other threads may do the same.
      synchronized (bytes) {
        old = element.read(bytes, offset);
        long next;
        if (kind == Kind.COMPARE_AND_SWAP) {
          long desired = Element.fromRegister(warp, swap.home(), swap.slot(), lane);
          next =
              old
                      == (element.bytes == 4
                          ? value & 0xffff_ffffL
                          : element.bytes == 2 ? value & 0xffff : value)
                  ? desired
                  : old;
        } else {
          next = apply(kind, type, old, value);
          next = flushing(warp, bytes) ? flushed(old, value) : next;
        }
        element.write(bytes, offset, next);
      }
      if (result.slot() >= 0) {
        Element.toRegister(warp, result.home(), result.slot(), lane, old);
      }
    }
  }

  /// Sums of floats flush subnormal numbers in global memory, in shared memory they do not (PTX
  /// ISA, `atom`).
  private boolean flushing(Warp warp, byte[] memory) {
    return kind == Kind.ADD
        && type.equals("f32")
        && switch (addressing.space()) {
          case GLOBAL -> true;
          case GENERIC -> memory != warp.block.shared.bytes;
          case SHARED, LOCAL, PARAMETER -> false;
        };
  }

  private static long flushed(long old, long value) {
    float a = FloatMath.flush(Float.intBitsToFloat((int) old));
    float b = FloatMath.flush(Float.intBitsToFloat((int) value));
    return Float.floatToRawIntBits(FloatMath.flush(a + b));
  }

  public static long apply(Kind kind, String type, long old, long value) {
    int a = (int) old;
    int b = (int) value;
    boolean signed = type.startsWith("s");
    boolean wide = type.endsWith("64");
    return switch (kind) {
      case ADD -> add(type, old, value);
      case MIN -> minimum(type, old, value, wide, signed);
      case MAX -> maximum(type, old, value, wide, signed);
      case AND -> old & value;
      case OR -> old | value;
      case XOR -> old ^ value;
      case EXCHANGE -> value;
      case COMPARE_AND_SWAP -> throw new IllegalStateException("has a third operand");
      case INCREMENT -> Integer.compareUnsigned(a, b) >= 0 ? 0 : a + 1;
      case DECREMENT -> a == 0 || Integer.compareUnsigned(a, b) > 0 ? b : a - 1;
    };
  }

  private static long add(String type, long old, long value) {
    int a = (int) old;
    int b = (int) value;
    return switch (type) {
      case "f32" -> Float.floatToRawIntBits(Float.intBitsToFloat(a) + Float.intBitsToFloat(b));
      case "f64" ->
          Double.doubleToRawLongBits(Double.longBitsToDouble(old) + Double.longBitsToDouble(value));
      case "f16" -> HalfMath.add_f16(a, b);
      case "f16x2" -> HalfMath.add_f16x2(a, b);
      case "bf16" -> BfloatMath.add_bf16(a, b);
      case "bf16x2" -> BfloatMath.add_bf16x2(a, b);
      default -> old + value;
    };
  }

  private static long minimum(String type, long old, long value, boolean wide, boolean signed) {
    return switch (type) {
      case "f16" -> HalfMath.min_f16((int) old, (int) value);
      case "f16x2" -> HalfMath.min_f16x2((int) old, (int) value);
      case "bf16" -> BfloatMath.min_bf16((int) old, (int) value);
      case "bf16x2" -> BfloatMath.min_bf16x2((int) old, (int) value);
      default -> compare(old, value, wide, signed) <= 0 ? old : value;
    };
  }

  private static long maximum(String type, long old, long value, boolean wide, boolean signed) {
    return switch (type) {
      case "f16" -> HalfMath.max_f16((int) old, (int) value);
      case "f16x2" -> HalfMath.max_f16x2((int) old, (int) value);
      case "bf16" -> BfloatMath.max_bf16((int) old, (int) value);
      case "bf16x2" -> BfloatMath.max_bf16x2((int) old, (int) value);
      default -> compare(old, value, wide, signed) >= 0 ? old : value;
    };
  }

  private static int compare(long a, long b, boolean wide, boolean signed) {
    if (wide) {
      return signed ? Long.compare(a, b) : Long.compareUnsigned(a, b);
    }
    return signed ? Integer.compare((int) a, (int) b) : Integer.compareUnsigned((int) a, (int) b);
  }
}
