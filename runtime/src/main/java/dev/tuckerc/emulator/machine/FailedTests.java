package dev.tuckerc.emulator.machine;

import dev.tuckerc.ptx.SourcePosition;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The tests of an `mbarrier` by a warp that failed since the last one that succeeded.
public final class FailedTests {
  private final Warp warp;
  private int count;
  private Supplier<String> tested = () -> "";
  private @Nullable SourcePosition position;
  private byte[] memory = new byte[0];
  private int offset;

  FailedTests(Warp warp) {
    this.warp = warp;
  }

  /// How many there are.
  int count() {
    return count;
  }

  /// Forgets them: a test succeeded, or what was tested may have changed.
  public void clear() {
    count = 0;
  }

  /// Remembers a test in vain, and lets other warps run.
  ///
  /// @param what describes it
  public void add(byte[] testedMemory, int testedOffset, Supplier<String> what) {
    count++;
    memory = testedMemory;
    offset = testedOffset;
    tested = what;
    position = warp.position();
    warp.yielded = true;
  }

  /// Whether the last test was of that `mbarrier`, and the warp can go on testing.
  boolean of(byte[] otherMemory, int otherOffset) {
    return warp.state == Warp.State.READY
        && count > 0
        && memory == otherMemory
        && offset == otherOffset;
  }

  /// What the warp tests in vain, in words.
  public String describe() {
    return "tests in vain at " + position + ": " + tested.get();
  }
}
