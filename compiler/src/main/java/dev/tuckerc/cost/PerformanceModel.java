package dev.tuckerc.cost;

/// Predicts a kernel's time from what it moves and computes, without running it.
///
/// `T = edge + first + max(fill, compute) + overlap * min(fill, compute) + reduction + store`. The
/// kernels of a network at batch 1 run for a few microseconds each, so the fixed costs matter as
/// much as the rooflines. Data is assumed to be in the second-level cache where it fits (it was
/// written by the kernel before, or it is weights of a replayed graph).
public final class PerformanceModel {
  private final DeviceDescription device;

  public PerformanceModel(DeviceDescription device) {
    this.device = device;
  }

  /// The device this model is for.
  public DeviceDescription device() {
    return device;
  }

  /// Blocks of a kernel that fit one multiprocessor at a time; 0 when not even one does.
  public int occupancy(KernelWork work) {
    int warps = Math.ceilDiv(work.threadsPerBlock(), 32);
    int registersPerWarp = Math.ceilDiv(work.registersPerThread(), 8) * 8 * 32;
    int byRegisters = device.registersPerMultiprocessor() / (registersPerWarp * warps);
    int byThreads = device.threadsPerMultiprocessor() / (warps * 32);
    int byShared =
        work.sharedPerBlock() == 0
            ? Integer.MAX_VALUE
            // Every block is charged a kilobyte for the system on sm_80 and later.
            : device.sharedPerMultiprocessor() / (work.sharedPerBlock() + 1024);
    if (work.sharedPerBlock() > device.sharedPerBlock()) {
      return 0;
    }
    return Math.min(
        Math.min(byRegisters, byThreads), Math.min(byShared, device.blocksPerMultiprocessor()));
  }

  /// Share of the multiply-add rate that the resident warps can use. A multiprocessor has four
  /// schedulers; each needs two warps, one of which waits for operands while the other issues.
  private static double issueShare(KernelWork work, double blocks, int occupancy) {
    double warps = Math.ceilDiv(work.threadsPerBlock(), 32) * Math.min(blocks, occupancy);
    return Math.min(1, warps / 8);
  }

  /// Predicted time.
  ///
  /// @throws IllegalArgumentException when a block does not fit the device
  public Estimate estimate(KernelWork work) {
    int occupancy = occupancy(work);
    if (occupancy == 0) {
      throw new IllegalArgumentException(
          "a block of "
              + work.threadsPerBlock()
              + " threads, "
              + work.registersPerThread()
              + " registers and "
              + work.sharedPerBlock()
              + " bytes of shared memory does not fit "
              + device.name());
    }
    double clocksPerMicrosecond = device.clockGigahertz() * 1000;
    long concurrent = (long) device.multiprocessors() * occupancy;
    long waves = Math.ceilDiv(work.blocks(), concurrent);
    // Blocks the busiest multiprocessor runs in total.
    double blocksPerMultiprocessor =
        waves == 1
            ? Math.ceilDiv(work.blocks(), (long) device.multiprocessors())
            : (double) waves * occupancy;
    double throughMultiprocessor =
        work.bytesPerBlock()
            * blocksPerMultiprocessor
            / (device.l2BytesPerClock() * clocksPerMicrosecond);
    double throughL2 = work.bytesPerBlock() * work.blocks() / (device.l2Bandwidth() * 1000);
    double throughDram =
        work.uniqueBytes() > device.l2Bytes() * 0.8
            ? work.uniqueBytes() / (device.dramBandwidth() * 1000)
            : 0;
    double fill = Math.max(throughMultiprocessor, Math.max(throughL2, throughDram));
    double rate =
        switch (work.unit()) {
          case FMA -> device.fmaPerClock() * issueShare(work, blocksPerMultiprocessor, occupancy);
          case TENSOR -> device.tensorPerClock();
        };
    double throughput =
        work.multiplyAddsPerBlock() * blocksPerMultiprocessor / (rate * clocksPerMicrosecond);
    double chain = work.dependentSteps() * device.mmaLatency() * waves / clocksPerMicrosecond;
    double shared =
        work.sharedBytesPerBlock()
            * blocksPerMultiprocessor
            / (device.sharedBytesPerClock() * clocksPerMicrosecond);
    double compute = Math.max(Math.max(throughput, chain), shared);
    double reduction =
        work.reductionBytesPerBlock() == 0
            ? 0
            : device.barrier()
                + work.reductionBytesPerBlock()
                    * blocksPerMultiprocessor
                    / (device.sharedBytesPerClock() * clocksPerMicrosecond);
    KernelWork.Ordering order = work.order();
    reduction +=
        order.clusterExchanges() * device.clusterExchange(order.clusterBlocks())
            + order.gridBarriers() * device.gridBarrier(work.blocks());
    double edge = device.edge(order.programmatic());
    return new Estimate(
        edge,
        device.firstLoad(),
        fill,
        compute,
        work.overlap() * Math.min(fill, compute),
        reduction,
        device.storeLatency(),
        work.blocks(),
        (double) work.blocks() / concurrent);
  }
}
