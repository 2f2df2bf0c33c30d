package dev.tuckerc.emulator.operations.bulk;

import dev.tuckerc.emulator.machine.GlobalMemory;
import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.memory.Atomic;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// `cp.async.bulk.tensor` from shared to global memory, and `cp.reduce.async.bulk.tensor`.
public final class TensorStore extends Operation {
  private final TensorAccess tensor;
  private final Value source;
  private final Atomic.@Nullable Kind reduction;

  /// @param source register with the address in shared memory
  /// @param reduction how elements are combined with those of the tensor, or null for a copy
  public TensorStore(TensorAccess tensor, Value source, Atomic.@Nullable Kind reduction) {
    this.tensor = tensor;
    this.source = source;
    this.reduction = reduction;
  }

  @Override
  public void run(Warp warp) {
    String what = reduction == null ? "cp.async.bulk.tensor" : "cp.reduce.async.bulk.tensor";
    int whole = warp.mask;
    for (int m = whole; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      warp.mask = 1 << lane;
      TensorBox box = tensor.box(warp, lane, what);
      long from = sharedAddress(warp, source, lane);
      if (warp.checks != null) {
        warp.checks.copies().inGroup();
      }
      write(warp, box, box.load(warp, from));
    }
    warp.mask = whole;
  }

  private void write(Warp warp, TensorBox box, byte[] content) {
    if (reduction == null) {
      box.put(warp, content);
    } else {
      box.reduce(warp, content, reduction);
    }
  }

  /// An address in shared memory: in the cluster's window, generic or not.
  static long sharedAddress(Warp warp, Value register, int lane) {
    long value =
        register.home() == Home.LONG
            ? warp.l[register.slot()][lane]
            : Integer.toUnsignedLong(warp.i[register.slot()][lane]);
    return value >= GlobalMemory.SHARED_WINDOW ? value - GlobalMemory.SHARED_WINDOW : value;
  }

  @Override
  public String toString() {
    return "TensorStore" + (reduction == null ? "" : reduction.name().toLowerCase(Locale.ROOT));
  }
}
