package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;
import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import java.util.List;

/// A barrier of a block of eight warps.
final class BlockBarrierBenchmark implements Microbenchmark {
  private static final int WARP = 32;
  private static final int MOST_THREADS = 1024;
  private static final int ROUNDS = 128;
  private static final int USUAL_WARPS = 8;

  private static final Microkernel KERNEL = Microkernel.of("block_barrier");

  @Override
  public String name() {
    return "block-barrier";
  }

  @Override
  public String method() {
    return "%clock64 around "
        + ROUNDS
        + " barriers of one block of 8 warps, divided by their number";
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return List.of(KERNEL);
  }

  private static long run(
      Workbench bench, DeviceBuffer cycles, DeviceBuffer sums, int warps, int rounds) {
    bench.run(
        bench.launch(KERNEL, 1, WARP * warps, pointer(cycles), pointer(sums), number(rounds)));
    return bench.longs(cycles, 1)[0];
  }

  @Override
  public void check(Workbench bench) {
    DeviceBuffer cycles = bench.zeros("cycles", 8);
    DeviceBuffer sums = bench.zeros("sums", 4L * MOST_THREADS);
    int rounds = 5;
    int ofRounds = rounds * (rounds + 1) / 2;
    for (int warps : List.of(1, 3, 8)) {
      run(bench, cycles, sums, warps, rounds);
      for (int found : bench.ints(sums, WARP * warps)) {
        WrongResultException.require(found, ofRounds, "block-barrier: sum of the rounds");
      }
    }
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    DeviceBuffer cycles = bench.zeros("cycles", 8);
    DeviceBuffer sums = bench.zeros("sums", 4L * MOST_THREADS);
    probe
        .samples(
            "clocks of a barrier of 8 warps",
            () -> (double) run(bench, cycles, sums, USUAL_WARPS, ROUNDS) / ROUNDS)
        .ifPresent(s ->
            probe.figure(Figure.BARRIER, Figure.BARRIER.meaning(), s.map(bench::microseconds)));
  }
}
