package dev.tuckerc.emulator.operations.memory;

import dev.tuckerc.emulator.check.MemoryOrder;
import dev.tuckerc.emulator.machine.Operation;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Element;
import dev.tuckerc.emulator.operations.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `st.async` and `red.async`: registers to the shared memory of a block of the cluster, with a
/// barrier there that counts the bytes.
public final class AsyncStore extends Operation {
  private final ClusterTarget target;
  private final Element element;
  private final Value[] sources;
  private final @Nullable Reduction reduction;

  /// @param reduction how the value is combined with memory, or null for a store
  public AsyncStore(
      ClusterTarget target, Element element, List<Value> sources, @Nullable Reduction reduction) {
    this.target = target;
    this.element = element;
    this.sources = sources.toArray(new Value[0]);
    this.reduction = reduction;
  }

  @Override
  public void run(Warp warp) {
    String what = reduction == null ? "st.async" : "red.async";
    int bytes = element.bytes * sources.length;
    int whole = warp.mask;
    for (int m = whole; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      warp.mask = 1 << lane;
      byte[] content = new byte[bytes];
      for (int s = 0; s < sources.length; s++) {
        long bits = Element.fromRegister(warp, sources[s].home(), sources[s].slot(), lane);
        element.write(content, s * element.bytes, bits);
      }
      Pieces writing = new Pieces(Space.SHARED, bytes, bytes, true, lane, what);
      if (reduction != null) {
        writing.as(MemoryOrder.ATOMIC);
      }
      target.deliver(
          warp,
          lane,
          bytes,
          what,
          (by, to) ->
              writing.visit(
                  by,
                  1,
                  _ -> to,
                  (_, memory, offset) -> {
                    if (reduction == null) {
                      System.arraycopy(content, 0, memory, offset, bytes);
                    } else {
                      reduction.apply(content, 0, memory, offset, bytes);
                    }
                  }));
    }
    warp.mask = whole;
  }
}
