package dev.tuckerc.emulator.check;

import org.jspecify.annotations.Nullable;

/// What a thread knows to have happened: of every other thread, the time up to which its accesses
/// come before the thread's next one. Immutable.
///
/// Lanes of a warp share one time, so one number for a warp covers its 32 threads. Single lanes
/// that are known for longer (a lane that arrived alone at a barrier) are listed beside. Warps of
/// the own cluster are a dense array; warps of other clusters are known only after synchronisation
/// through global memory.
final class Clock {
  private final int base;
  private final int[] times;
  private final Sparse foreign;
  private final Sparse lanes;
  private final Sparse agents;

  /// What is also visible to asynchronous copies: what came before a `fence.proxy.async` that comes
  /// before the thread's next access.
  final @Nullable Clock fenced;

  /// What a strong write of the thread passes on to other blocks: what came before a fence that
  /// comes before the thread's next access.
  final @Nullable Clock published;

  private Clock(
      int base,
      int[] times,
      Sparse foreign,
      Sparse lanes,
      Sparse agents,
      @Nullable Clock fenced,
      @Nullable Clock published) {
    this.base = base;
    this.times = times;
    this.foreign = foreign;
    this.lanes = lanes;
    this.agents = agents;
    this.fenced = fenced;
    this.published = published;
  }

  /// Knows nothing.
  ///
  /// @param base first warp of the cluster
  /// @param warps warps of the cluster
  static Clock empty(int base, int warps) {
    return new Clock(base, new int[warps], Sparse.EMPTY, Sparse.EMPTY, Sparse.EMPTY, null, null);
  }

  /// Whether anything is known of other clusters.
  boolean knowsOthers() {
    return foreign.size != 0;
  }

  /// Whether an access comes before.
  ///
  /// @param lane lane, or [Stamp#ALL_LANES]
  boolean covers(int warp, int lane, int time) {
    int index = warp - base;
    if (index >= 0 && index < times.length) {
      if (times[index] >= time) {
        return true;
      }
    } else if (warp >= Stamp.FIRST_AGENT) {
      return agents.get(warp) >= time;
    } else if (foreign.size != 0 && foreign.get(warp) >= time) {
      return true;
    }
    return lanes.size != 0 && lanesCover(warp, lane == Stamp.ALL_LANES ? -1 : 1 << lane, time);
  }

  /// Whether the accesses of several lanes come before.
  boolean coversAll(int warp, int mask, int time) {
    return covers(warp, Stamp.ALL_LANES, time) || (lanes.size != 0 && lanesCover(warp, mask, time));
  }

  private boolean lanesCover(int warp, int mask, int time) {
    for (int m = mask; m != 0; m &= m - 1) {
      if (lanes.get(warp << 5 | Integer.numberOfTrailingZeros(m)) < time) {
        return false;
      }
    }
    return true;
  }

  /// This and what another clock knows.
  Clock join(@Nullable Clock other) {
    if (other == null || other == this) {
      return this;
    }
    int[] newTimes = times;
    Sparse newForeign = foreign;
    if (other.base == base) {
      for (int i = 0; i < times.length; i++) {
        newTimes = raise(newTimes, i, other.times[i]);
      }
    } else {
      newForeign = newForeign.latest(Sparse.run(other.base, other.times));
    }
    if (other.foreign.size != 0 && other.foreign != foreign) {
      int from = base;
      int to = base + times.length;
      for (int i = 0; i < other.foreign.size; i++) {
        int warp = other.foreign.key(i);
        if (warp >= from && warp < to) {
          newTimes = raise(newTimes, warp - from, other.foreign.value(i));
        }
      }
      newForeign = newForeign.latest(other.foreign.keep((warp, _) -> warp < from || warp >= to));
    }
    Sparse newLanes = lanes.latest(other.lanes);
    Sparse newAgents = agents.latest(other.agents);
    Clock newFenced = fenced == null ? other.fenced : fenced.join(other.fenced);
    Clock newPublished = published == null ? other.published : published.join(other.published);
    if (newTimes == times
        && newForeign == foreign
        && newLanes == lanes
        && newAgents == agents
        && newFenced == fenced
        && newPublished == published) {
      return this;
    }
    return new Clock(
        base, newTimes, newForeign, prune(newLanes, newTimes), newAgents, newFenced, newPublished);
  }

  private int[] raise(int[] array, int index, int time) {
    if (time <= array[index]) {
      return array;
    }
    int[] result = array == times ? times.clone() : array;
    result[index] = time;
    return result;
  }

  /// Single lanes of the own cluster of which the whole warp is known say nothing more.
  private Sparse prune(Sparse some, int[] whole) {
    return some.size == 0
        ? some
        : some.keep((lane, time) -> {
          int index = (lane >> 5) - base;
          return index < 0 || index >= whole.length || whole[index] < time;
        });
  }

  /// This, and a whole warp up to a time.
  Clock withWarp(int warp, int time) {
    int[] newTimes = times.clone();
    newTimes[warp - base] = time;
    return new Clock(base, newTimes, foreign, prune(lanes, newTimes), agents, fenced, published);
  }

  /// This, and some lanes of a warp up to a time.
  Clock withLanes(int warp, int mask, int time) {
    return new Clock(
        base,
        times,
        foreign,
        lanes.latest(Sparse.lanes(warp, mask, time)),
        agents,
        fenced,
        published);
  }

  /// This, and the copies of a memory barrier up to a phase.
  Clock withAgent(int agent, int time) {
    return new Clock(
        base, times, foreign, lanes, agents.latest(Sparse.of(agent, time)), fenced, published);
  }

  /// This, with the other visible to asynchronous copies.
  Clock withFenced(Clock other) {
    Clock bare = other.bare();
    return new Clock(
        base, times, foreign, lanes, agents, fenced == null ? bare : fenced.join(bare), published);
  }

  /// This, with the other passed on by strong writes.
  Clock withPublished(Clock other) {
    Clock bare = other.bare();
    return new Clock(
        base,
        times,
        foreign,
        lanes,
        agents,
        fenced,
        published == null ? bare : published.join(bare));
  }

  private Clock bare() {
    return fenced == null && published == null
        ? this
        : new Clock(base, times, foreign, lanes, agents, null, null);
  }
}
