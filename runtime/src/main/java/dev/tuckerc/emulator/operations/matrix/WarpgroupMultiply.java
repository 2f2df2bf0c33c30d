package dev.tuckerc.emulator.operations.matrix;

import dev.tuckerc.emulator.check.Check;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.PendingMultiplies;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Bytes;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.matrix.WarpgroupAccumulator.Files;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `wgmma.mma_async`: D = A B + D for 64 rows by up to 256 columns, by four warps.
///
/// Each warp computes its 16 rows by itself. Normally it does so at once. With [Check#ASYNC_COPIES]
/// the product is computed when it is waited for, from what shared memory holds then; until then
/// the accumulators hold no numbers, and registers that are written in the meantime are a finding.
public final class WarpgroupMultiply extends Operation {
  private final int columns;
  private final WarpgroupFormat formatA;
  private final WarpgroupFormat formatB;
  private final WarpgroupAccumulator d;
  private final Value[] registersA;
  private final @Nullable WarpgroupOperand a;
  private final WarpgroupOperand b;
  private final Value scale;
  private final boolean scaleNegated;
  private final boolean negateA;
  private final boolean negateB;
  private final boolean saturate;

  /// What a `wgmma.mma_async` is.
  ///
  /// @param columns N
  /// @param halfResult whether D is f16
  /// @param negateA whether A is multiplied by -1
  /// @param saturate whether integer sums are clamped
  public record Form(
      int columns,
      WarpgroupFormat formatA,
      WarpgroupFormat formatB,
      boolean halfResult,
      boolean negateA,
      boolean negateB,
      boolean saturate) {}

  /// @param registersA A where it is in registers
  /// @param a A where it is in shared memory
  /// @param scale predicate: whether D is added to
  public WarpgroupMultiply(
      Form form,
      List<Value> d,
      List<Value> registersA,
      @Nullable WarpgroupOperand a,
      WarpgroupOperand b,
      Value scale,
      boolean scaleNegated) {
    this.columns = form.columns;
    this.formatA = form.formatA;
    this.formatB = form.formatB;
    this.d = new WarpgroupAccumulator(d.toArray(new Value[0]), form.halfResult, form.columns);
    this.registersA = registersA.toArray(new Value[0]);
    this.a = a;
    this.b = b;
    this.scale = scale;
    this.scaleNegated = scaleNegated;
    this.negateA = form.negateA;
    this.negateB = form.negateB;
    this.saturate = form.saturate;
  }

  @Override
  public void run(Warp warp) {
    WarpgroupControl.requireWarpgroup(warp, "wgmma.mma_async");
    if (!warp.multiplies.fenced()) {
      throw new Fault(0, "the first wgmma.mma_async needs a wgmma.fence before it");
    }
    warp.block.counters.matrixMultiplyAdds += 16L * columns * formatA.depth();
    boolean add = (warp.p[scale.slot()] & 1) != 0 != scaleNegated;
    Files files = new Files(warp.i, warp.f);
    Issued issued = new Issued(files, a == null ? 0 : a.bits(warp), b.bits(warp), add, left(files));
    if (!warp.block.launch.checks.contains(Check.ASYNC_COPIES)) {
      issued.accumulator = new Accumulator(files);
      issued.multiply(warp);
      issued.accumulator.store();
      return;
    }
    issued.accumulator = accumulatorUnderWay(warp, files);
    issued.accumulator.users++;
    warp.multiplies.add(issued);
  }

  /// The accumulator of an instruction in flight that has the same registers, or a new one.
  private Accumulator accumulatorUnderWay(Warp warp, Files files) {
    for (PendingMultiplies.Multiply other : warp.multiplies.inFlight()) {
      if (other instanceof Issued issued
          && issued.files.equals(files)
          && issued.accumulator.registers().sameRegisters(d)) {
        return issued.accumulator;
      }
    }
    Accumulator fresh = new Accumulator(files);
    d.poison(files);
    return fresh;
  }

  private int[] left(Files files) {
    int[] bits = new int[32 * registersA.length];
    for (int r = 0; r < registersA.length; r++) {
      for (int lane = 0; lane < 32; lane++) {
        bits[32 * r + lane] = files.bits(registersA[r], lane);
      }
    }
    return bits;
  }

  /// Values of D between issue and completion, shared by the instructions that add to them.
  private final class Accumulator {
    private final Files files;
    private final float[] floats;
    private final int[] integers;
    private int users;

    Accumulator(Files files) {
      this.files = files;
      this.floats = formatA.integer ? new float[0] : d.floats(files);
      this.integers = formatA.integer ? d.integers(files) : new int[0];
    }

    WarpgroupAccumulator registers() {
      return d;
    }

    void store() {
      if (formatA.integer) {
        d.store(files, integers);
      } else {
        d.store(files, floats);
      }
    }
  }

  private final class Issued implements PendingMultiplies.Multiply {
    private final Files files;
    private final long bitsA;
    private final long bitsB;
    private final boolean add;
    private final int[] left;
    private Accumulator accumulator;

    @SuppressWarnings("NullAway.Init") // set right after construction
    Issued(Files files, long bitsA, long bitsB, boolean add, int[] left) {
      this.files = files;
      this.bitsA = bitsA;
      this.bitsB = bitsB;
      this.add = add;
      this.left = left;
    }

    @Override
    public void complete(Warp warp) {
      if (!Arrays.equals(left, left(files))) {
        throw new Fault(
            0, "registers of A of a wgmma.mma_async were written before wgmma.wait_group");
      }
      int touched = accumulator.registers().touched(files);
      if (touched >= 0) {
        throw new Fault(
            touched, "accumulators of a wgmma.mma_async were written before wgmma.wait_group");
      }
      multiply(warp);
      if (--accumulator.users == 0) {
        accumulator.store();
      }
    }

    private void multiply(Warp warp) {
      load(warp);
      WarpgroupProduct product = WarpgroupProduct.scratch();
      if (formatA.integer) {
        if (!add) {
          Arrays.fill(accumulator.integers, 0);
        }
        product.add(accumulator.integers, columns, formatA, formatB, saturate);
      } else {
        if (!add) {
          Arrays.fill(accumulator.floats, 0f);
        }
        product.add(accumulator.floats, columns, formatA, formatB, negateA, negateB);
        d.round(accumulator.floats);
      }
    }

    private void load(Warp warp) {
      WarpgroupProduct product = WarpgroupProduct.scratch();
      if (a != null) {
        a.read(warp, bitsA, 16 * (warp.index % 4), 16, product.left);
      } else {
        for (int r = 0; r < registersA.length; r++) {
          for (int lane = 0; lane < 32; lane++) {
            // Register r holds four bytes of row g (then g + 8), of the first and second half.
            int row = (lane >> 2) + 8 * (r & 1);
            int at = 32 * row + 16 * (r >> 1) + 4 * (lane & 3);
            Bytes.INT.set(product.left, at, left[32 * r + lane]);
          }
        }
      }
      b.read(warp, bitsB, 0, columns, product.right);
    }
  }
}
