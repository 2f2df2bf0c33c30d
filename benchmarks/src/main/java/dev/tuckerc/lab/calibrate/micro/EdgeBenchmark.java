package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.LaunchSequence;
import dev.tuckerc.lab.results.Samples;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What it costs that one kernel of a graph follows another: a kernel of a chain, each with a load
/// that depends on the one before and a store. Programmatic launches are a microbenchmark of their
/// own: a driver that cannot record them must not keep the others from being measured.
///
/// @param programmatic whether kernels start before their predecessors have ended
record EdgeBenchmark(boolean programmatic) implements Microbenchmark {
  private static final int THREADS = 128;
  private static final double[] LENGTHS = {16, 48, 80, 112, 144, 176};
  private static final int FIRST_PROGRAMMATIC = 90;

  private Microkernel step(boolean work) {
    return Microkernel.of("step")
        .with("WORK", work ? 1 : 0)
        .with("PROGRAMMATIC", programmatic ? 1 : 0);
  }

  @Override
  public String name() {
    return programmatic ? "programmatic-edges" : "kernel-edges";
  }

  @Override
  public String method() {
    return "slope of the time of a chain of a graph against its length, by events around a replay;"
        + " each kernel with a dependent load and a store";
  }

  @Override
  public Optional<String> obstacle(Target target) {
    return programmatic
        ? Microbenchmark.below(target, FIRST_PROGRAMMATIC, "programmatic dependent launch")
        : Optional.empty();
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return List.of(step(false), step(true));
  }

  @Override
  public void check(Workbench bench) {
    int blocks = 3;
    DeviceBuffer values = bench.zeros("values", 4L * blocks);
    KernelLaunch work = launch(bench, values, blocks, true);
    List<KernelLaunch> chain = List.of(work, launch(bench, values, blocks, false), work, work);
    chain.forEach(bench::run);
    bench.record(chain).replay();
    for (int value : bench.ints(values, blocks)) {
      WrongResultException.require(value, 6, name() + ": steps counted");
    }
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    int all = bench.multiprocessors();
    DeviceBuffer values = bench.zeros("values", 4L * all);
    String kind = programmatic ? "programmatic" : "serial";
    graph(bench, probe, launch(bench, values, all, true), kind + " chain")
        .ifPresent(s ->
            probe.figure(
                programmatic ? Figure.PROGRAMMATIC_EDGE : Figure.SERIAL_EDGE,
                Reading.CHAIN + ", " + kind,
                s));
    graph(bench, probe, launch(bench, values, all, false), kind + " chain of empty kernels")
        .ifPresent(s -> probe.remark(kind + " chain of empty kernels", "us", s));
  }

  private KernelLaunch launch(Workbench bench, DeviceBuffer values, int blocks, boolean work) {
    return bench.launch(step(work), blocks, THREADS, 0, programmatic, pointer(values));
  }

  private static Optional<Samples> graph(
      Workbench bench, Probe probe, KernelLaunch launch, String label) {
    Map<Double, LaunchSequence> chains = new HashMap<>();
    return probe
        .slope(
            label,
            LENGTHS,
            length -> {
              LaunchSequence chain =
                  chains.computeIfAbsent(
                      length, n -> bench.record(Collections.nCopies(n.intValue(), launch)));
              chain.replay();
              return chain.lastReplayNanos();
            })
        .map(nanos -> nanos.map(n -> n / 1000));
  }
}
