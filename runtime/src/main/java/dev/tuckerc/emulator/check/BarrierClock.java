package dev.tuckerc.emulator.check;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a memory barrier orders: those that arrive in a phase come before those that observe its
/// end, and so do the copies that it counts.
final class BarrierClock {
  /// Stands for the barrier's copies in [Stamp]s and [Clock]s.
  final int agent;

  private int phase = 1;
  private @Nullable Clock arriving;
  private @Nullable Clock completed;
  private List<AsyncCopy> copies = new ArrayList<>();
  private List<AsyncCopy> landing = new ArrayList<>();

  BarrierClock(int agent) {
    this.agent = agent;
  }

  void arrive(Clock clock) {
    arriving = arriving == null ? clock : arriving.join(clock);
  }

  void add(AsyncCopy copy, LaunchChecks launch) {
    launch.setIssuer(agent, Stamp.warp(copy.stamp));
    copies.add(copy);
  }

  /// The current phase has ended.
  void complete(Clock nothing) {
    completed = (arriving == null ? nothing : arriving).withAgent(agent, phase);
    arriving = null;
    landing.addAll(copies);
    copies = new ArrayList<>();
    phase = Math.min(phase + 1, Stamp.MOST_TIME);
  }

  /// A thread observed the end of the last phase: its copies have landed.
  ///
  /// @return what the thread knows from then on
  @Nullable Clock observe(@Nullable RaceDetector races) {
    if (!landing.isEmpty()) {
      for (AsyncCopy copy : landing) {
        long by = Stamp.of(agent, Stamp.lane(copy.stamp), phase - 1, Stamp.site(copy.stamp));
        copy.finish(by);
        if (races != null && copy.writes) {
          races.land(copy.shadow, copy.offset, copy.bytes, by);
        }
      }
      landing = new ArrayList<>();
    }
    return completed;
  }
}
