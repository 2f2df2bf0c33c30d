package dev.tuckerc.emulator.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// The `wgmma` groups of a warp: products that were issued and not yet waited for.
public final class PendingMultiplies {
  /// One issued product.
  public interface Multiply {
    /// Computes it and makes its result final.
    void complete(Warp warp);
  }

  private final List<Multiply> inFlight = new ArrayList<>();
  private List<Multiply> open = new ArrayList<>();
  private final ArrayDeque<List<Multiply>> groups = new ArrayDeque<>();
  private boolean fenced;

  void clear() {
    inFlight.clear();
    open = new ArrayList<>();
    groups.clear();
    fenced = false;
  }

  /// `wgmma.fence` was executed.
  public void fence() {
    fenced = true;
  }

  /// Whether `wgmma.fence` has been executed since the block began.
  public boolean fenced() {
    return fenced;
  }

  /// Adds a product to the open group.
  public void add(Multiply multiply) {
    open.add(multiply);
    inFlight.add(multiply);
  }

  /// All that are not complete, oldest first.
  public List<Multiply> inFlight() {
    return inFlight;
  }

  /// Closes the open group.
  public void commit() {
    groups.addLast(open);
    open = new ArrayList<>();
  }

  /// Completes all but the newest `pending` groups.
  public void wait(Warp warp, int pending) {
    while (groups.size() > pending) {
      for (Multiply multiply : groups.removeFirst()) {
        inFlight.remove(multiply);
        multiply.complete(warp);
      }
    }
  }
}
