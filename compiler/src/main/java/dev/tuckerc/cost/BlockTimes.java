package dev.tuckerc.cost;

import dev.tuckerc.cost.Estimate.Bound;

/// Times of a block's phases on a multiprocessor that it shares with others of its kind.
///
/// A phase of `n` blocks that run in step takes the longest of what one block waits for by itself
/// and of what each shared resource needs for all `n`.
final class BlockTimes {
  /// Clocks of a shuffle or a load from shared memory where a description has no figure; 19 to 30
  /// are published.
  private static final double SHARED_LATENCY = 30;

  /// Clocks of a load from the first-level cache where there is no figure; 32 to 41 are published.
  private static final double L1_LATENCY = 38;

  /// Clocks of a scalar multiply-add, as since Volta.
  private static final double FMA_LATENCY = 4;

  /// A multiprocessor has four schedulers; each needs two warps, one of which waits for operands
  /// while the other issues.
  private static final double ISSUING_WARPS = 8;

  private final DeviceDescription device;
  private final KernelWork work;
  private final ClusterCost clusterCost;
  private final double clock;
  private final double fromL2;
  private final double load;

  /// @param active multiprocessors that run blocks and share the second-level cache
  /// @param coldWeights share of the weights that comes from device memory
  BlockTimes(
      DeviceDescription device,
      KernelWork work,
      ClusterCost clusterCost,
      long active,
      double coldWeights) {
    this.device = device;
    this.work = work;
    this.clusterCost = clusterCost;
    this.clock = device.clocksPerMicrosecond();
    this.fromL2 = Math.min(device.l2BytesPerClock() * clock, device.l2Bandwidth() * 1000 / active);
    this.load = device.l2Load() + coldWeights * Math.max(0, device.dramLoad() - device.l2Load());
  }

  /// A phase's time, in microseconds, and what it waits for.
  record Time(double microseconds, Bound bound) {
    static Time longest(Time... times) {
      Time longest = times[0];
      for (Time time : times) {
        longest = time.microseconds > longest.microseconds ? time : longest;
      }
      return longest;
    }

    Time plus(double more) {
      return new Time(microseconds + more, bound);
    }
  }

  /// Time that `blocks` blocks take for a phase, all starting it together.
  ///
  /// @param first whether nothing was loaded before, so that the kernel's first load covers the
  ///   latency of this one
  Time of(Phase phase, double blocks, boolean first) {
    return switch (phase) {
      case Phase.Load load -> moved(load.bytes(), blocks).plus(first ? 0 : this.load);
      case Phase.Product product -> product(product, blocks, first);
      case Phase.Compute compute -> new Time(issue(compute.instructions(), blocks), Bound.COMPUTE);
      case Phase.Exchange exchange -> exchange(exchange, blocks);
      case Phase.Serial serial -> new Time(serial.steps() * latency(serial.on()), Bound.LATENCY);
      case Phase.Store store -> moved(store.bytes(), blocks);
      case Phase.Last last -> of(last.phase(), 1, first);
    };
  }

  /// What one block takes of each resource, in microseconds: no order of blocks can make them run
  /// faster than the busiest of these.
  record Demand(double memory, double shared, double compute) {
    double busiest() {
      return Math.max(memory, Math.max(shared, compute));
    }

    Bound bound() {
      double busiest = busiest();
      return memory == busiest ? Bound.MEMORY : shared == busiest ? Bound.SHARED : Bound.COMPUTE;
    }
  }

  /// The demand of all phases together.
  Demand demand() {
    double memory = 0;
    double shared = 0;
    double compute = 0;
    for (Phase phase : work.phases()) {
      memory += phase.bytes() / fromL2;
      shared += shared(phase.throughSharedPath(), 1);
      double issue = phase.instructions() / (device.fmaPerClock() * clock);
      compute +=
          phase instanceof Phase.Product product && product.unit() instanceof TensorShape shape
              ? Math.max(issue, product.multiplyAdds() / (shape.peak(device) * clock))
              : issue;
    }
    return new Demand(memory, shared, compute);
  }

  private Time moved(double bytes, double blocks) {
    return new Time(blocks * bytes / fromL2, Bound.MEMORY);
  }

  private double shared(double bytes, double blocks) {
    return blocks * bytes / (device.sharedBytesPerClock() * clock);
  }

  private double issue(double instructions, double blocks) {
    double warps = Math.ceilDiv(work.threadsPerBlock(), 32) * blocks;
    double rate = device.fmaPerClock() * Math.min(1, warps / ISSUING_WARPS);
    return blocks * instructions / (rate * clock);
  }

  private double latency(Phase.Wait wait) {
    return switch (wait) {
      case L2 -> load;
      case WRITTEN -> device.l2Load();
      case L1 -> device.figure(Figure.L1_LATENCY).orElse(L1_LATENCY) / clock;
      case SHARED -> sharedLatency();
      case ARITHMETIC -> device.figure(Figure.FMA_LATENCY).orElse(FMA_LATENCY) / clock;
    };
  }

  private double sharedLatency() {
    return device.figure(Figure.SHARED_LATENCY).orElse(SHARED_LATENCY) / clock;
  }

  /// A loop over steps: each waits for its data, for the other warps, and for its own first operand
  /// and last sum; data of a step is asked for `inFlight` steps before.
  private Time product(Phase.Product product, double blocks, boolean first) {
    Phase.Stream stream = product.stream();
    double steps = stream.steps();
    double rendezvous =
        switch (stream.sync()) {
          case BLOCK -> device.barrier();
          case WARP -> 0;
        };
    // Addresses of later copies are computed while the operands are on their way.
    double operands =
        product.ahead() ? 0 : Math.max(sharedLatency(), issue(product.instructions(), 1) / steps);
    Time units = units(product, blocks, rendezvous + operands);
    Time compute =
        Time.longest(
            units,
            new Time(issue(product.instructions(), blocks) / steps, Bound.COMPUTE),
            new Time(shared(product.throughSharedPath(), blocks) / steps, Bound.SHARED));
    Time transfer = moved(stream.bytes() / steps, blocks);
    if (stream.bytes() == 0) {
      return new Time(steps * compute.microseconds(), compute.bound());
    }
    double latency =
        stream.inFlight() == 0
            ? load + units.microseconds()
            : (load + transfer.microseconds()) / stream.inFlight();
    Time step = Time.longest(compute, transfer, new Time(latency, Bound.LATENCY));
    double fillOrDrain = Math.min(compute.microseconds(), transfer.microseconds());
    double covered = first && stream.inFlight() == 0 ? -device.firstLoad() : 0;
    double start = first || stream.primed() || stream.inFlight() == 0 ? covered : load;
    return new Time(Math.max(0, steps * step.microseconds() + fillOrDrain + start), step.bound());
  }

  /// Time of one step on its units: what a block's own warps reach, waiting included, or what the
  /// units need for all blocks.
  private Time units(Phase.Product product, double blocks, double waiting) {
    double multiplyAdds = product.multiplyAdds() / product.stream().steps();
    return switch (product.unit()) {
      case TensorShape shape -> {
        TensorShape.Rate rate = shape.rate(device);
        double alone = multiplyAdds / (rate.of(product.warps(), product.chains()) * clock);
        double together =
            blocks * multiplyAdds / (rate.of(product.warps() * blocks, product.chains()) * clock);
        double sums = rate.latency() / clock;
        double path =
            waiting
                + (product.ahead()
                    ? Math.max(Math.max(sums, sharedLatency()), alone)
                    : sums + alone);
        Bound bound = alone > path / 2 ? Bound.COMPUTE : Bound.LATENCY;
        yield Time.longest(new Time(path, bound), new Time(together, Bound.COMPUTE));
      }
      case Unit.Scalar _ -> {
        double latency = latency(Phase.Wait.ARITHMETIC);
        double each = multiplyAdds / (product.warps() * 32.0) / product.chains() * latency;
        Bound bound = each > waiting ? Bound.COMPUTE : Bound.LATENCY;
        yield new Time(waiting + each, bound);
      }
    };
  }

  private Time exchange(Phase.Exchange exchange, double blocks) {
    double barriers = exchange.barriers();
    return switch (exchange.scope()) {
      case BLOCK ->
          sum(barriers * device.barrier(), shared(exchange.exchanged(), blocks), Bound.SHARED);
      case CLUSTER ->
          sum(
              barriers * device.clusterExchange(work.ordering().clusterBlocks(), clusterCost),
              blocks
                  * exchange.exchanged()
                  / (device.figure(Figure.CLUSTER_BYTES_PER_CLOCK).orElse(device.l2BytesPerClock())
                      * clock),
              Bound.SHARED);
      case GRID ->
          sum(
              barriers * device.gridBarrier(work.blocks()),
              blocks * exchange.exchanged() / fromL2,
              Bound.MEMORY);
    };
  }

  private static Time sum(double waiting, double moving, Bound moved) {
    return new Time(waiting + moving, waiting > moving ? Bound.LATENCY : moved);
  }
}
