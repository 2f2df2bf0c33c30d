package dev.tuckerc.emulator.operations.memory;

import dev.tuckerc.emulator.check.MemoryOrder;
import dev.tuckerc.emulator.check.Shadow;
import dev.tuckerc.emulator.check.WarpChecks;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.ptx.SourcePosition;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/// Many accesses of equal size by one instruction that is not of one thread: they are made 32 at a
/// time, like those of the lanes of a load, so that they are checked and counted as all others are.
public final class Pieces {
  /// What is done with each piece.
  public interface Visitor {
    void visit(int piece, byte[] memory, int offset);
  }

  private final Space space;
  private final int bytes;
  private final String what;
  private final boolean store;
  private final int lane;
  private final Addressing addressing;

  /// How the checks take it: as part of an asynchronous copy unless something else is said.
  private @Nullable MemoryOrder order;

  private boolean checked = true;

  /// @param bytes of each piece
  /// @param alignment of each piece's address, a power of two
  /// @param lane thread that faults are ascribed to, or -1
  public Pieces(Space space, int bytes, int alignment, boolean store, int lane, String what) {
    this.space = space;
    this.bytes = bytes;
    this.what = what;
    this.store = store;
    this.lane = lane;
    this.addressing = new Addressing(space, 0, bytes, alignment);
  }

  /// The pieces are accessed as ordinary instructions do.
  public Pieces as(MemoryOrder plain) {
    order = plain;
    return this;
  }

  /// The caller tells the checks.
  Pieces unchecked() {
    checked = false;
    return this;
  }

  private void check(Warp warp, WarpChecks checks, int count) {
    for (int i = 0; i < count; i++) {
      Shadow shadow = Checking.shadow(warp, addressing, i);
      int at = warp.offsets[i];
      SourcePosition position = warp.position();
      MemoryOrder plain = order;
      Checking.report(
          plain != null
              ? checks.together(
                  shadow, at, bytes, lane < 0 ? -1 : 1 << lane, warp.live, plain, position)
              : store
                  ? checks.copies().write(lane, shadow, at, bytes, position)
                  : checks.copies().read(lane, shadow, at, bytes, position));
    }
  }

  /// Visits pieces in order.
  ///
  /// @param address of each piece
  public void visit(Warp warp, int count, IntToLongFunction address, Visitor visitor) {
    int whole = warp.mask;
    long[][] registers = warp.l;
    long[] addresses = new long[32];
    // The addresses are in a register of the access's own.
    warp.l = new long[][] {addresses};
    try {
      for (int from = 0; from < count; from += 32) {
        int now = Math.min(32, count - from);
        for (int i = 0; i < now; i++) {
          addresses[i] = address.applyAsLong(from + i);
        }
        warp.mask = now == 32 ? -1 : (1 << now) - 1;
        byte[] memory = addressing.resolve(warp, what, store);
        if (warp.checks != null && checked) {
          check(warp, warp.checks, now);
        }
        if (store) {
          MemoryCounting.store(warp, addressing);
        } else {
          MemoryCounting.load(warp, addressing);
        }
        for (int i = 0; i < now; i++) {
          visitor.visit(from + i, memory == null ? warp.laneBytes[i] : memory, warp.offsets[i]);
        }
      }
    } catch (Fault fault) {
      throw new Fault(lane, String.valueOf(fault.getMessage()));
    } finally {
      warp.l = registers;
      warp.mask = whole;
    }
  }

  /// Copies all pieces, one after the other, into an array.
  public byte[] read(Warp warp, int count, IntToLongFunction address) {
    byte[] content = new byte[count * bytes];
    visit(
        warp,
        count,
        address,
        (piece, memory, offset) -> System.arraycopy(memory, offset, content, piece * bytes, bytes));
    return content;
  }

  @Override
  public String toString() {
    return what + " (" + space + ")";
  }
}
