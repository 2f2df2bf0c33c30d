package dev.tuckerc.emulator.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// The `cp.async` groups of a warp: copies not yet visible in shared memory.
public final class AsyncCopies {
  /// One thread's copy: content taken when issued, written when waited for.
  record Copy(Region target, int offset, byte[] content) {}

  private List<Copy> open = new ArrayList<>();
  private final ArrayDeque<List<Copy>> groups = new ArrayDeque<>();

  void clear() {
    open = new ArrayList<>();
    groups.clear();
  }

  /// Adds a copy to the open group.
  public void add(Region target, int offset, byte[] content) {
    open.add(new Copy(target, offset, content));
  }

  /// Closes the open group.
  public void commit() {
    groups.addLast(open);
    open = new ArrayList<>();
  }

  /// Completes all but the newest `pending` groups.
  public void wait(int pending) {
    while (groups.size() > pending) {
      complete(groups.removeFirst());
    }
  }

  /// Completes everything, the open group included.
  public void waitAll() {
    wait(0);
    complete(open);
    open = new ArrayList<>();
  }

  private static void complete(List<Copy> copies) {
    for (Copy copy : copies) {
      System.arraycopy(copy.content, 0, copy.target.bytes, copy.offset, copy.content.length);
    }
  }
}
