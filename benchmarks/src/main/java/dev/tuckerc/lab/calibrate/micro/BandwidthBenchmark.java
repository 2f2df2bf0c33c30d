package dev.tuckerc.lab.calibrate.micro;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.LaunchSequence;
import dev.tuckerc.lab.results.Samples;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Bandwidth of the second-level cache, for one multiprocessor and for all, and of device memory.
final class BandwidthBenchmark implements Microbenchmark {
  private static final double[] CACHE_PASSES = {8, 16, 24, 32};
  private static final double[] MEMORY_PASSES = {1, 2, 3};

  /// What one block reads over and over: more than a first-level cache, little of the second.
  private static final long ONE_BLOCK_BYTES = 1 << 20;

  /// Blocks a multiprocessor that keep enough loads on the way to device memory.
  private static final int MEMORY_BLOCKS = 4;

  @Override
  public String name() {
    return "memory-bandwidth";
  }

  @Override
  public String method() {
    return "16-byte loads past the first-level cache; slope of the time against the number of"
        + " passes, by %clock64 for one block, by events around a graph for the device;"
        + " device memory by copying four times the second-level cache";
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return List.of(MemoryStream.stream(false), MemoryStream.stream(true));
  }

  @Override
  public void check(Workbench bench) {
    MemoryStream.check(bench, false);
    MemoryStream.check(bench, true);
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    int all = bench.multiprocessors();
    oneBlock(bench, probe);
    // Half of the cache at most: the other half may belong to the far partition's copies.
    int busy =
        MemoryStream.bytes(MemoryStream.chunks(0, 2 * all)) <= bench.l2Bytes() / 2 ? 2 * all : all;
    int cached = MemoryStream.chunks(bench.l2Bytes() / 2, busy);
    device(bench, probe, "second-level cache, read", false, busy, cached, CACHE_PASSES)
        .ifPresent(s -> probe.figure(Figure.L2_BANDWIDTH, Figure.L2_BANDWIDTH.meaning(), s));
    int blocks = all * MEMORY_BLOCKS;
    int half = MemoryStream.chunks(4 * bench.l2Bytes(), blocks);
    device(bench, probe, "device memory, copy", true, blocks, half, MEMORY_PASSES)
        .ifPresent(s -> probe.figure(Figure.DRAM_BANDWIDTH, Figure.DRAM_BANDWIDTH.meaning(), s));
  }

  private static void oneBlock(Workbench bench, Probe probe) {
    int chunks = MemoryStream.chunks(ONE_BLOCK_BYTES, 1);
    DeviceBuffer source = bench.scratch("source", MemoryStream.bytes(chunks));
    DeviceBuffer sums = bench.scratch("sums", 4L * MemoryStream.THREADS);
    DeviceBuffer cycles = bench.scratch("cycles", 8);
    probe
        .slope(
            "clocks of passes, one block",
            CACHE_PASSES,
            passes -> {
              bench.run(
                  MemoryStream.launch(
                      bench, false, 1, source, source, sums, cycles, chunks, (int) passes));
              return bench.longs(cycles, 1)[0];
            })
        .ifPresent(clocks ->
            probe.figure(
                Figure.L2_BYTES_PER_CLOCK,
                Figure.L2_BYTES_PER_CLOCK.meaning(),
                clocks.map(c -> MemoryStream.bytes(chunks) / c)));
  }

  /// GB/s; a copied byte counts twice.
  private static Optional<Samples> device(
      Workbench bench,
      Probe probe,
      String label,
      boolean copy,
      int blocks,
      int chunks,
      double[] lengths) {
    DeviceBuffer source = bench.scratch("source", MemoryStream.bytes(chunks));
    DeviceBuffer target = copy ? bench.scratch("target", MemoryStream.bytes(chunks)) : source;
    DeviceBuffer sums = bench.scratch("sums", 4L * blocks * MemoryStream.THREADS);
    DeviceBuffer cycles = bench.scratch("cycles", 8L * blocks);
    Map<Double, LaunchSequence> sequences = new HashMap<>();
    double bytes = MemoryStream.bytes(chunks) * (copy ? 2.0 : 1.0);
    return probe
        .slope(
            "nanoseconds of passes, " + label,
            lengths,
            passes -> {
              LaunchSequence sequence =
                  sequences.computeIfAbsent(
                      passes,
                      p ->
                          bench.record(
                              List.of(
                                  MemoryStream.launch(
                                      bench,
                                      copy,
                                      blocks,
                                      source,
                                      target,
                                      sums,
                                      cycles,
                                      chunks,
                                      p.intValue()))));
              sequence.replay();
              return sequence.lastReplayNanos();
            })
        .map(nanos -> nanos.map(n -> bytes / n));
  }
}
