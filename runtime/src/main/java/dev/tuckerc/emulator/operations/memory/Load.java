package dev.tuckerc.emulator.operations.memory;

import dev.tuckerc.emulator.check.MemoryOrder;
import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Bytes;
import dev.tuckerc.emulator.operations.Element;
import dev.tuckerc.emulator.operations.Value;
import java.util.Arrays;
import java.util.List;

/// `ld`: one to eight elements for each lane.
public final class Load extends Operation {
  private final Addressing addressing;
  private final Element element;
  private final Value[] targets;
  private final MemoryOrder order;

  public Load(Addressing addressing, Element element, List<Value> targets, MemoryOrder order) {
    this.order = order;
    this.addressing = addressing;
    this.element = element;
    this.targets = targets.toArray(new Value[0]);
  }

  @Override
  public void run(Warp warp) {
    byte[] memory = addressing.resolve(warp, "load");
    if (warp.checks != null) {
      Checking.access(warp, warp.checks, addressing, memory, order, warp.position(), null);
    }
    MemoryCounting.load(warp, addressing);
    if (addressing.uniform()) {
      uniform(warp, memory == null ? warp.laneBytes[0] : memory);
      return;
    }
    for (int e = 0; e < targets.length; e++) {
      Value target = targets[e];
      if (target.slot() < 0) {
        continue;
      }
      int shift = e * element.bytes;
      if (memory == null) {
        for (int m = warp.mask; m != 0; m &= m - 1) {
          int lane = Integer.numberOfTrailingZeros(m);
          long bits = element.read(warp.laneBytes[lane], warp.offsets[lane] + shift);
          Element.toRegister(warp, target.home(), target.slot(), lane, bits);
        }
      } else if (warp.mask == -1 && element.bytes >= 2 && element != Element.S16) {
        converged(warp, memory, target, shift);
      } else {
        int[] offsets = warp.offsets;
        for (int m = warp.mask; m != 0; m &= m - 1) {
          int lane = Integer.numberOfTrailingZeros(m);
          long bits = element.read(memory, offsets[lane] + shift);
          Element.toRegister(warp, target.home(), target.slot(), lane, bits);
        }
      }
    }
  }

  private void uniform(Warp warp, byte[] memory) {
    for (int e = 0; e < targets.length; e++) {
      Value target = targets[e];
      if (target.slot() < 0) {
        continue;
      }
      long bits = element.read(memory, warp.offsets[0] + e * element.bytes);
      switch (target.home()) {
        case INT -> Arrays.fill(warp.i[target.slot()], (int) bits);
        case FLOAT -> Arrays.fill(warp.f[target.slot()], Float.intBitsToFloat((int) bits));
        case LONG -> Arrays.fill(warp.l[target.slot()], bits);
        case DOUBLE -> Arrays.fill(warp.d[target.slot()], Double.longBitsToDouble(bits));
        case PREDICATE -> throw new IllegalStateException("load into a predicate");
      }
    }
  }

  private void converged(Warp warp, byte[] memory, Value target, int shift) {
    int[] offsets = warp.offsets;
    Home home = target.home();
    if (home == Home.FLOAT) {
      float[] result = warp.f[target.slot()];
      for (int lane = 0; lane < 32; lane++) {
        result[lane] = (float) Bytes.FLOAT.get(memory, offsets[lane] + shift);
      }
    } else if (home == Home.INT && element == Element.U16) {
      int[] result = warp.i[target.slot()];
      for (int lane = 0; lane < 32; lane++) {
        result[lane] = (short) Bytes.SHORT.get(memory, offsets[lane] + shift) & 0xffff;
      }
    } else if (home == Home.INT) {
      int[] result = warp.i[target.slot()];
      for (int lane = 0; lane < 32; lane++) {
        result[lane] = (int) Bytes.INT.get(memory, offsets[lane] + shift);
      }
    } else if (home == Home.LONG && element == Element.B64) {
      long[] result = warp.l[target.slot()];
      for (int lane = 0; lane < 32; lane++) {
        result[lane] = (long) Bytes.LONG.get(memory, offsets[lane] + shift);
      }
    } else {
      for (int lane = 0; lane < 32; lane++) {
        Element.toRegister(
            warp, home, target.slot(), lane, element.read(memory, offsets[lane] + shift));
      }
    }
  }
}
