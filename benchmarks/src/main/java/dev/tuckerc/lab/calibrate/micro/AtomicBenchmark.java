package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;
import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.LaunchSequence;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Atomic adds in shared and device memory, to one address and to own addresses.
final class AtomicBenchmark implements Microbenchmark {
  private static final int THREADS = 512;
  private static final double[] STEPS = {8, 16, 24, 32};

  /// @param awaited whether each add waits for the old value of the one before
  private record Variant(boolean shared, boolean spread, boolean awaited, Figure figure) {
    Microkernel kernel() {
      return Microkernel.of("atomics")
          .with("SHARED", shared ? 1 : 0)
          .with("SPREAD", spread ? 1 : 0)
          .with("AWAITED", awaited ? 1 : 0);
    }
  }

  private static final List<Variant> VARIANTS =
      List.of(
          new Variant(false, false, false, Figure.ATOMIC_GLOBAL_SAME),
          new Variant(false, true, false, Figure.ATOMIC_GLOBAL_SPREAD),
          new Variant(true, false, false, Figure.ATOMIC_SHARED_SAME),
          new Variant(true, true, false, Figure.ATOMIC_SHARED_SPREAD),
          new Variant(false, false, true, Figure.ATOMIC_GLOBAL_LATENCY));

  @Override
  public String name() {
    return "atomics";
  }

  @Override
  public String method() {
    return "slope of the time against the number of adds of each of 512 threads: %clock64 for one"
        + " block in shared memory and for one thread whose adds wait for each other, events around"
        + " a graph for one block on every multiprocessor in device memory";
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return VARIANTS.stream().map(Variant::kernel).toList();
  }

  private record Memory(DeviceBuffer counters, DeviceBuffer olds, DeviceBuffer cycles) {
    static Memory of(Workbench bench, int blocks) {
      return new Memory(
          bench.zeros("counters", 4L * blocks * THREADS),
          bench.zeros("olds", 4L * blocks * THREADS),
          bench.zeros("cycles", 8L * blocks));
    }

    KernelLaunch launch(Workbench bench, Variant variant, int blocks, int threads, int steps) {
      return bench.launch(
          variant.kernel(),
          blocks,
          threads,
          pointer(counters),
          pointer(olds),
          pointer(cycles),
          number(steps));
    }
  }

  @Override
  public void check(Workbench bench) {
    int blocks = 2;
    int steps = 3;
    for (Variant variant : VARIANTS) {
      Memory memory = Memory.of(bench, blocks);
      bench.run(memory.launch(bench, variant, blocks, THREADS, steps));
      int[] counters = bench.ints(memory.counters(), blocks * THREADS);
      for (int i = 0; i < counters.length; i++) {
        int users = variant.spread() ? 1 : variant.shared() ? THREADS : blocks * THREADS;
        boolean used = variant.spread() || i % (variant.shared() ? THREADS : counters.length) == 0;
        WrongResultException.require(
            counters[i], used ? users * steps : 0, "atomics: counter " + i + " of " + variant);
      }
      if (variant.awaited()) {
        // Every old value from 0 on was met once.
        long adds = (long) blocks * THREADS * steps;
        long sum = 0;
        for (int old : bench.ints(memory.olds(), blocks * THREADS)) {
          sum += Integer.toUnsignedLong(old);
        }
        WrongResultException.require(sum, adds * (adds - 1) / 2, "atomics: sum of old values");
      }
    }
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    int all = bench.multiprocessors();
    Memory memory = Memory.of(bench, all);
    for (Variant variant : VARIANTS) {
      Figure figure = variant.figure();
      if (variant.shared() || variant.awaited()) {
        int threads = variant.awaited() ? 1 : THREADS;
        probe
            .slope(
                "clocks, " + figure.meaning(),
                STEPS,
                steps -> {
                  bench.run(memory.launch(bench, variant, 1, threads, (int) steps));
                  return bench.longs(memory.cycles(), 1)[0];
                })
            .ifPresent(s ->
                probe.figure(
                    figure,
                    figure.meaning(),
                    variant.awaited() ? s : s.map(clocks -> THREADS / clocks)));
      } else {
        Map<Double, LaunchSequence> sequences = new HashMap<>();
        probe
            .slope(
                "nanoseconds, " + figure.meaning(),
                STEPS,
                steps -> {
                  LaunchSequence sequence =
                      sequences.computeIfAbsent(
                          steps,
                          n ->
                              bench.record(
                                  List.of(
                                      memory.launch(bench, variant, all, THREADS, n.intValue()))));
                  sequence.replay();
                  return sequence.lastReplayNanos();
                })
            .ifPresent(s ->
                probe.figure(figure, figure.meaning(), s.map(n -> 1000.0 * all * THREADS / n)));
      }
    }
  }
}
