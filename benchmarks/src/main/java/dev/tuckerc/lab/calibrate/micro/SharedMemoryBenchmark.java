package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;
import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import java.util.List;

/// Bandwidth of shared memory.
final class SharedMemoryBenchmark implements Microbenchmark {
  private static final Microkernel KERNEL = Microkernel.of("shared_stream");
  private static final int THREADS = 512;
  private static final int UNROLL = 8;
  private static final double[] STEPS = {64, 128, 192, 256};

  @Override
  public String name() {
    return "shared-memory";
  }

  @Override
  public String method() {
    return "%clock64 around 16-byte loads without bank conflicts of a block of "
        + THREADS
        + " threads; slope against the number of loads";
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return List.of(KERNEL);
  }

  private static long run(Workbench bench, DeviceBuffer cycles, DeviceBuffer sums, int steps) {
    bench.run(bench.launch(KERNEL, 1, THREADS, pointer(cycles), pointer(sums), number(steps)));
    return bench.longs(cycles, 1)[0];
  }

  @Override
  public void check(Workbench bench) {
    DeviceBuffer cycles = bench.zeros("cycles", 8);
    DeviceBuffer sums = bench.zeros("sums", 4L * THREADS);
    int steps = 3;
    run(bench, cycles, sums, steps);
    int[] found = bench.ints(sums, THREADS);
    for (int thread = 0; thread < THREADS; thread++) {
      int once = 0;
      for (int i = 0; i < UNROLL; i++) {
        once += thread + 64 * i + 6;
      }
      WrongResultException.require(
          found[thread], (long) steps * once, "shared-memory: sum of thread " + thread);
    }
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    DeviceBuffer cycles = bench.zeros("cycles", 8);
    DeviceBuffer sums = bench.zeros("sums", 4L * THREADS);
    double bytes = 16.0 * UNROLL * THREADS;
    probe
        .slope("clocks of shared loads", STEPS, steps -> run(bench, cycles, sums, (int) steps))
        .ifPresent(s ->
            probe.figure(
                Figure.SHARED_BYTES_PER_CLOCK,
                "shared memory of one multiprocessor, read",
                s.map(clocks -> bytes / clocks)));
  }
}
