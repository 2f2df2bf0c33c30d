package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.KernelArgument;
import java.util.List;

/// Latency of a load from each level of the memory, by following a ring of addresses.
final class LoadLatencyBenchmark implements Microbenchmark {
  private static final int FIRST_LEVEL = 0;
  private static final int SECOND_LEVEL = 1;
  private static final int SHARED = 2;
  private static final double[] STEPS = {256, 512, 768, 1024};

  /// A walk through device memory is long, for its nodes are met once only.
  private static final int DEVICE_STEPS = 1024;

  private static final int LINE_BYTES = 128;

  /// Nodes in device memory lie further apart than what one miss brings in.
  private static final int DEVICE_SPACING = 256;

  private static final int MOST_NODES = 1 << 21;

  private static Microkernel kernel(int level) {
    return Microkernel.of("chase").with("LEVEL", level);
  }

  @Override
  public String name() {
    return "load-latency";
  }

  @Override
  public String method() {
    return "%clock64 around one thread that follows a random ring of addresses; slope against the"
        + " number of steps after one round untimed, device memory by walks that never return";
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return List.of(kernel(FIRST_LEVEL), kernel(SECOND_LEVEL), kernel(SHARED), Flush.KERNEL);
  }

  /// Clocks and end of a walk.
  private static long[] walk(
      Workbench bench,
      int level,
      AddressRing ring,
      DeviceBuffer result,
      int start,
      int warm,
      int steps) {
    int sharedBytes = level == SHARED ? 4 * ring.nodes() : 0;
    bench.run(
        bench.launch(
            kernel(level),
            1,
            1,
            sharedBytes,
            false,
            new KernelArgument.Pointer(ring.buffer(), ring.offset(start)),
            Workbench.pointer(result),
            number(ring.nodes()),
            number(warm),
            number(steps)));
    long[] values = bench.longs(result, 2);
    long end = ring.elementAfter(start, warm + steps) - ring.offset(start) / Long.BYTES;
    WrongResultException.require(values[1], end, "load-latency: the walk's end");
    return values;
  }

  @Override
  public void check(Workbench bench) {
    DeviceBuffer result = bench.zeros("result", 16);
    for (int level : List.of(FIRST_LEVEL, SECOND_LEVEL, SHARED)) {
      AddressRing ring =
          AddressRing.of(bench, "ring", 37, level == SHARED ? Long.BYTES : LINE_BYTES);
      walk(bench, level, ring, result, 0, 11, 50);
    }
    AddressRing ring = AddressRing.of(bench, "ring", 37, DEVICE_SPACING);
    walk(bench, SECOND_LEVEL, ring, result, 20, 0, 30);
    Flush.check(bench);
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    DeviceBuffer result = bench.zeros("result", 16);
    level(bench, probe, FIRST_LEVEL, Figure.L1_LATENCY, 64, LINE_BYTES, result);
    level(bench, probe, SECOND_LEVEL, Figure.L2_LATENCY, 2048, LINE_BYTES, result);
    level(bench, probe, SHARED, Figure.SHARED_LATENCY, 1024, Long.BYTES, result);

    int nodes =
        Math.toIntExact(
            Math.clamp(4 * bench.l2Bytes() / DEVICE_SPACING, 2 * DEVICE_STEPS, MOST_NODES));
    AddressRing ring = AddressRing.of(bench, "ring in device memory", nodes, DEVICE_SPACING);
    // The ring's upload left a part of it in the second-level cache.
    Flush.of(bench).run(bench);
    int[] start = {0};
    probe
        .samples(
            "clocks of " + DEVICE_STEPS + " loads from device memory",
            () -> {
              long clocks = walk(bench, SECOND_LEVEL, ring, result, start[0], 0, DEVICE_STEPS)[0];
              start[0] = (start[0] + DEVICE_STEPS) % (nodes - DEVICE_STEPS);
              return (double) clocks / DEVICE_STEPS;
            })
        .ifPresent(s ->
            probe.figure(Figure.DRAM_LATENCY, "dependent load, device memory (TLB misses too)", s));
  }

  private static void level(
      Workbench bench,
      Probe probe,
      int level,
      Figure figure,
      int nodes,
      int spacing,
      DeviceBuffer result) {
    AddressRing ring = AddressRing.of(bench, "ring", nodes, spacing);
    probe
        .slope(
            "clocks, " + figure.meaning(),
            STEPS,
            steps -> walk(bench, level, ring, result, 0, nodes, (int) steps)[0])
        .ifPresent(s -> probe.figure(figure, figure.meaning(), s));
  }
}
