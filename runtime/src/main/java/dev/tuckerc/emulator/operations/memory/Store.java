package dev.tuckerc.emulator.operations.memory;

import dev.tuckerc.emulator.check.MemoryOrder;
import dev.tuckerc.emulator.check.StoredValues;
import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Bytes;
import dev.tuckerc.emulator.operations.Element;
import dev.tuckerc.emulator.operations.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `st`: one to eight elements of each lane. Where lanes write the same place, the highest wins.
public final class Store extends Operation {
  private final Addressing addressing;
  private final Element element;
  private final Value[] sources;
  private final MemoryOrder order;

  public Store(Addressing addressing, Element element, List<Value> sources, MemoryOrder order) {
    this.order = order;
    this.addressing = addressing;
    this.element = element;
    this.sources = sources.toArray(new Value[0]);
  }

  @Override
  public void run(Warp warp) {
    byte[] memory = addressing.resolve(warp, "store");
    if (warp.checks != null) {
      Values values = new Values(warp, memory);
      Checking.access(warp, warp.checks, addressing, memory, order, warp.position(), values);
    }
    MemoryCounting.store(warp, addressing);
    for (int e = 0; e < sources.length; e++) {
      Value source = sources[e];
      int shift = e * element.bytes;
      if (memory != null && warp.mask == -1 && !addressing.uniform()) {
        converged(warp, memory, source, shift);
        continue;
      }
      for (int m = warp.mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        int at = addressing.uniform() ? 0 : lane;
        long bits = Element.fromRegister(warp, source.home(), source.slot(), lane);
        element.write(memory == null ? warp.laneBytes[at] : memory, warp.offsets[at] + shift, bits);
      }
    }
  }

  /// What the lanes are about to write.
  private final class Values implements StoredValues {
    private final Warp warp;
    private final byte @Nullable [] memory;

    Values(Warp warp, byte @Nullable [] memory) {
      this.warp = warp;
      this.memory = memory;
    }

    @Override
    public boolean unchanged(int lane) {
      byte[] bytes = memory == null ? warp.laneBytes[lane] : memory;
      for (int e = 0; e < sources.length; e++) {
        long old = element.read(bytes, warp.offsets[lane] + e * element.bytes);
        if (((old ^ bits(sources[e], lane)) & element.mask()) != 0) {
          return false;
        }
      }
      return true;
    }

    @Override
    public boolean same(int lane, int other) {
      for (Value source : sources) {
        if (((bits(source, lane) ^ bits(source, other)) & element.mask()) != 0) {
          return false;
        }
      }
      return true;
    }

    private long bits(Value source, int lane) {
      return Element.fromRegister(warp, source.home(), source.slot(), lane);
    }
  }

  private void converged(Warp warp, byte[] memory, Value source, int shift) {
    int[] offsets = warp.offsets;
    Home home = source.home();
    if (home == Home.FLOAT) {
      float[] values = warp.f[source.slot()];
      for (int lane = 0; lane < 32; lane++) {
        Bytes.FLOAT.set(memory, offsets[lane] + shift, values[lane]);
      }
    } else if (home == Home.INT && element.bytes == 4) {
      int[] values = warp.i[source.slot()];
      for (int lane = 0; lane < 32; lane++) {
        Bytes.INT.set(memory, offsets[lane] + shift, values[lane]);
      }
    } else if (home == Home.INT && element.bytes == 2) {
      int[] values = warp.i[source.slot()];
      for (int lane = 0; lane < 32; lane++) {
        Bytes.SHORT.set(memory, offsets[lane] + shift, (short) values[lane]);
      }
    } else {
      for (int lane = 0; lane < 32; lane++) {
        long bits = Element.fromRegister(warp, home, source.slot(), lane);
        element.write(memory, offsets[lane] + shift, bits);
      }
    }
  }
}
