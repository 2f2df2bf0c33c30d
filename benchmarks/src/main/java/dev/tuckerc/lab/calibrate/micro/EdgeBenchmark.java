package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.LaunchSequence;
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

  private Microkernel step() {
    return Microkernel.of("step").with("PROGRAMMATIC", programmatic ? 1 : 0);
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
    return List.of(step());
  }

  @Override
  public void check(Workbench bench) {
    int blocks = 3;
    DeviceBuffer values = bench.zeros("values", 4L * blocks);
    List<KernelLaunch> chain = Collections.nCopies(4, launch(bench, values, blocks));
    chain.forEach(bench::run);
    bench.record(chain).replay();
    for (int value : bench.ints(values, blocks)) {
      WrongResultException.require(value, 8, name() + ": steps counted");
    }
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    int all = bench.multiprocessors();
    DeviceBuffer values = bench.zeros("values", 4L * all);
    String kind = programmatic ? "programmatic" : "serial";
    KernelLaunch launch = launch(bench, values, all);
    Map<Double, LaunchSequence> chains = new HashMap<>();
    probe
        .slope(
            kind + " chain",
            LENGTHS,
            length -> {
              LaunchSequence chain =
                  chains.computeIfAbsent(
                      length, n -> bench.record(Collections.nCopies(n.intValue(), launch)));
              chain.replay();
              return chain.lastReplayNanos();
            })
        .ifPresent(s ->
            probe.figure(
                programmatic ? Figure.PROGRAMMATIC_EDGE : Figure.SERIAL_EDGE,
                Reading.CHAIN + ", " + kind,
                s.map(n -> n / 1000)));
  }

  private KernelLaunch launch(Workbench bench, DeviceBuffer values, int blocks) {
    return bench.launch(step(), blocks, THREADS, 0, programmatic, pointer(values));
  }
}
