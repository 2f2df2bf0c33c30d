package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;
import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.lab.results.Samples;
import java.util.List;
import java.util.Optional;

/// Rate and latency of `mma.sync` with f16 factors and f32 sums, by the number of warps and of
/// independent chains: m16n8k16, or m16n8k8 where that is what there is.
///
/// @param depth extent of the sum, 8 or 16
record MmaBenchmark(int depth) implements Microbenchmark {
  private static final int F16_ONES = 0x3c003c00;
  private static final int FIRST_WITH_16 = 80;
  private static final int WARP = 32;

  /// Products of a chain in one step of the loop.
  private static final int UNROLL = 8;

  private static final double[] STEPS = {16, 32, 48, 64};
  private static final List<Integer> CHAINS = List.of(1, 2, 4);

  /// Configurations that may reach the full rate.
  private static final List<Load> LOADS =
      List.of(
          new Load(4, 1),
          new Load(4, 2),
          new Load(4, 4),
          new Load(8, 2),
          new Load(8, 4),
          new Load(16, 1),
          new Load(16, 2),
          new Load(16, 4));

  private record Load(int warps, int chains) {}

  private Microkernel kernel(int chains) {
    return Microkernel.of("mma").with("KIND", depth == 16 ? 0 : 3).with("CHAINS", chains);
  }

  @Override
  public String name() {
    return "mma-m16n8k" + depth + "-f16";
  }

  @Override
  public String method() {
    return "%clock64 around dependent "
        + name()
        + "; slope against their number: one warp of one chain for the latency, the best of "
        + LOADS.size()
        + " numbers of warps and chains for the rate";
  }

  @Override
  public Optional<String> obstacle(Target target) {
    boolean usual = depth == (target.capability() >= FIRST_WITH_16 ? 16 : 8);
    return usual
        ? Optional.empty()
        : Optional.of("kernels for " + target.architecture() + " multiply with the other shape");
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return CHAINS.stream().map(this::kernel).toList();
  }

  private long run(
      Workbench bench, Load load, DeviceBuffer cycles, DeviceBuffer results, int steps) {
    bench.run(
        bench.launch(
            kernel(load.chains()),
            1,
            WARP * load.warps(),
            pointer(cycles),
            pointer(results),
            number(F16_ONES),
            number(F16_ONES),
            number(steps)));
    return bench.longs(cycles, 1)[0];
  }

  @Override
  public void check(Workbench bench) {
    DeviceBuffer cycles = bench.zeros("cycles", 8);
    DeviceBuffer results = bench.zeros("results", 4L * WARP * 2);
    int steps = 3;
    for (int chains : CHAINS) {
      run(bench, new Load(2, chains), cycles, results, steps);
      int expected = 0;
      for (int chain = 0; chain < chains; chain++) {
        expected += 4 * (chain + depth * steps * UNROLL);
      }
      for (float found : bench.floats(results, 2 * WARP)) {
        WrongResultException.require(
            Float.floatToRawIntBits(found),
            Float.floatToRawIntBits(expected),
            name() + ": bits of the sum over " + chains + " chains");
      }
    }
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    DeviceBuffer cycles = bench.zeros("cycles", 8);
    DeviceBuffer results = bench.zeros("results", 4L * 16 * WARP);
    Optional<Samples> clocks =
        probe
            .slope(
                "clocks, one chain",
                STEPS,
                steps -> run(bench, new Load(1, 1), cycles, results, (int) steps))
            .map(s -> s.map(c -> c / UNROLL));
    clocks.ifPresent(s -> probe.figure(Figure.MMA_LATENCY, name() + ", one dependent step", s));
    Optional<Samples> best = Optional.empty();
    for (Load load : LOADS) {
      double work = 16.0 * 8 * depth * UNROLL * load.warps() * load.chains();
      String label = load.warps() + " warps of " + load.chains() + " chains";
      Optional<Samples> found =
          probe
              .slope(
                  "clocks, " + label,
                  STEPS,
                  steps -> run(bench, load, cycles, results, (int) steps))
              .map(s -> s.map(c -> work / c));
      if (found.isPresent() && (best.isEmpty() || found.get().median() > best.get().median())) {
        best = found;
      }
    }
    best.ifPresent(
        s -> probe.figure(Figure.TENSOR_PER_CLOCK, name() + ", the best of warps and chains", s));
  }
}
