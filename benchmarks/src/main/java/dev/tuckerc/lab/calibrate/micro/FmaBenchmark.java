package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;
import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import java.util.List;

/// Rate and latency of scalar multiply-adds, in f32 and in pairs of f16.
final class FmaBenchmark implements Microbenchmark {
  private static final int MANY_CHAINS = 8;
  private static final int MANY_THREADS = 1024;
  private static final int WARP = 32;

  /// Multiply-adds of a chain in one step of the loop.
  private static final int UNROLL = 16;

  private static final double[] STEPS = {32, 64, 96, 128};
  private static final int ONE = 0x3f800000;
  private static final int PAIR_OF_ONES = 0x3c003c00;

  /// Twice 2^-10, the distance of neighbours between 1 and 2.
  private static final int PAIR_OF_SMALLEST = 0x14001400;

  private static Microkernel kernel(boolean pairs, int chains) {
    return Microkernel.of("fma").with("PAIRS", pairs ? 1 : 0).with("CHAINS", chains);
  }

  @Override
  public String name() {
    return "multiply-add";
  }

  @Override
  public String method() {
    return "%clock64 around chains of dependent multiply-adds; slope against their length: 32 warps"
        + " of 8 chains for the rate, one warp of one chain for the latency";
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return List.of(
        kernel(false, 1), kernel(false, MANY_CHAINS), kernel(true, 1), kernel(true, MANY_CHAINS));
  }

  private static long run(
      Workbench bench,
      boolean pairs,
      int chains,
      int threads,
      DeviceBuffer cycles,
      DeviceBuffer results,
      int steps) {
    bench.run(
        bench.launch(
            kernel(pairs, chains),
            1,
            threads,
            pointer(cycles),
            pointer(results),
            number(pairs ? PAIR_OF_ONES : ONE),
            number(pairs ? PAIR_OF_SMALLEST : ONE),
            number(steps)));
    return bench.longs(cycles, 1)[0];
  }

  @Override
  public void check(Workbench bench) {
    DeviceBuffer cycles = bench.zeros("cycles", 8);
    DeviceBuffer results = bench.zeros("results", 4L * MANY_THREADS);
    int steps = 3;
    int length = steps * UNROLL;
    for (boolean pairs : List.of(false, true)) {
      for (int chains : List.of(1, MANY_CHAINS)) {
        run(bench, pairs, chains, 2 * WARP, cycles, results, steps);
        int expected = 0;
        float sum = 0;
        for (int chain = 0; chain < chains; chain++) {
          sum += chain + length;
          // Every addition moves both halves to the next representable number.
          expected ^= PAIR_OF_ONES + (length << 16) + length + chain;
        }
        int bits = pairs ? expected : Float.floatToRawIntBits(sum);
        for (int found : bench.ints(results, 2 * WARP)) {
          WrongResultException.require(
              found,
              bits,
              "multiply-add: bits of " + chains + (pairs ? " f16x2" : " f32") + " chains");
        }
      }
    }
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    DeviceBuffer cycles = bench.zeros("cycles", 8);
    DeviceBuffer results = bench.zeros("results", 4L * MANY_THREADS);
    for (boolean pairs : List.of(false, true)) {
      String type = pairs ? "f16x2" : "f32";
      double work = (double) MANY_THREADS * MANY_CHAINS * UNROLL * (pairs ? 2 : 1);
      Figure figure = pairs ? Figure.HALF2_FMA_PER_CLOCK : Figure.FMA_PER_CLOCK;
      probe
          .slope(
              "clocks of many " + type + " chains",
              STEPS,
              steps -> run(bench, pairs, MANY_CHAINS, MANY_THREADS, cycles, results, (int) steps))
          .ifPresent(s -> probe.figure(figure, figure.meaning(), s.map(c -> work / c)));
      probe
          .slope(
              "clocks of one " + type + " chain",
              STEPS,
              steps -> run(bench, pairs, 1, WARP, cycles, results, (int) steps))
          .map(s -> s.map(c -> c / UNROLL))
          .ifPresent(s -> {
            if (pairs) {
              probe.remark("one dependent f16x2 multiply-add", "clk", s);
            } else {
              probe.figure(Figure.FMA_LATENCY, Figure.FMA_LATENCY.meaning(), s);
            }
          });
    }
  }
}
