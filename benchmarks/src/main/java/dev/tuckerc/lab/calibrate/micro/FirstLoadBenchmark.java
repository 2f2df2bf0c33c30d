package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.KernelLaunch;
import java.util.Arrays;
import java.util.List;

/// From the start of a kernel to its first data, as generated kernels load it: by `cp.async`, or
/// `ld.global` where there is none.
final class FirstLoadBenchmark implements Microbenchmark {
  private static final int THREADS = 128;
  private static final int INTS_PER_BLOCK = 4 * THREADS;
  private static final int FIRST_ASYNC = 80;

  private static Microkernel kernel(Target target) {
    return Microkernel.of("first_load").with("METHOD", target.capability() >= FIRST_ASYNC ? 1 : 0);
  }

  @Override
  public String name() {
    return "first-load";
  }

  @Override
  public String method() {
    return "%clock64 as the first instruction and when a block of 128 threads has its 2 KiB from"
        + " the second-level cache, median of one block on each multiprocessor";
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return List.of(kernel(target));
  }

  private record Memory(DeviceBuffer source, DeviceBuffer cycles, DeviceBuffer sums, int blocks) {
    static Memory of(Workbench bench, int blocks) {
      int[] values = new int[blocks * INTS_PER_BLOCK];
      Arrays.setAll(values, i -> i * 7);
      return new Memory(
          bench.ints("source", values),
          bench.zeros("cycles", 8L * blocks),
          bench.zeros("sums", 4L * blocks * THREADS),
          blocks);
    }

    KernelLaunch launch(Workbench bench) {
      return bench.launch(
          kernel(bench.target()), blocks, THREADS, pointer(source), pointer(cycles), pointer(sums));
    }
  }

  @Override
  public void check(Workbench bench) {
    Memory memory = Memory.of(bench, 3);
    bench.run(memory.launch(bench));
    int[] sums = bench.ints(memory.sums(), 3 * THREADS);
    for (int i = 0; i < sums.length; i++) {
      int first = (i / THREADS * THREADS + THREADS - 1 - i % THREADS) * 4;
      WrongResultException.require(sums[i], 7 * (4 * first + 6), "first-load: sum of thread " + i);
    }
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    Memory memory = Memory.of(bench, bench.multiprocessors());
    KernelLaunch launch = memory.launch(bench);
    probe
        .samples(
            "first load",
            () -> {
              bench.run(launch);
              return bench.median(memory.cycles(), memory.blocks());
            })
        .ifPresent(s ->
            probe.figure(
                Figure.FIRST_LOAD, "first load, second-level cache", s.map(bench::microseconds)));
  }
}
