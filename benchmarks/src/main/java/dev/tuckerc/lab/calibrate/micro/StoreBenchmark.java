package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;
import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.KernelLaunch;
import java.util.List;

/// A store, until the whole device can see it.
final class StoreBenchmark implements Microbenchmark {
  private static final Microkernel KERNEL = Microkernel.of("store");
  private static final int THREADS = 128;
  private static final double[] ROUNDS = {8, 16, 24, 32};

  @Override
  public String name() {
    return "store";
  }

  @Override
  public String method() {
    return "%clock64 around 16-byte stores of 128 threads, each followed by a fence of the device,"
        + " one block on each multiprocessor; slope against their number, median of the blocks";
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return List.of(KERNEL);
  }

  private static KernelLaunch launch(
      Workbench bench, DeviceBuffer target, DeviceBuffer cycles, int blocks, int rounds) {
    return bench.launch(KERNEL, blocks, THREADS, pointer(target), pointer(cycles), number(rounds));
  }

  @Override
  public void check(Workbench bench) {
    int blocks = 2;
    int rounds = 3;
    DeviceBuffer target = bench.zeros("target", 16L * blocks * THREADS);
    DeviceBuffer cycles = bench.zeros("cycles", 8L * blocks);
    bench.run(launch(bench, target, cycles, blocks, rounds));
    int[] found = bench.ints(target, 4 * blocks * THREADS);
    for (int i = 0; i < found.length; i++) {
      int[] expected = {rounds, i / 4 % THREADS, i / 4 / THREADS, 3 * rounds};
      WrongResultException.require(found[i], expected[i % 4], "store: word " + i);
    }
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    int blocks = bench.multiprocessors();
    DeviceBuffer target = bench.zeros("target", 16L * blocks * THREADS);
    DeviceBuffer cycles = bench.zeros("cycles", 8L * blocks);
    probe
        .slope(
            "clocks of stores and fences",
            ROUNDS,
            rounds -> {
              bench.run(launch(bench, target, cycles, blocks, (int) rounds));
              return bench.median(cycles, blocks);
            })
        .ifPresent(s ->
            probe.figure(
                Figure.STORE_LATENCY, "a store and its fence", s.map(bench::microseconds)));
  }
}
