package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;
import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.LaunchSequence;
import dev.tuckerc.lab.calibrate.fit.Samples;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// What it costs that one kernel follows another. Programmatic launches are a microbenchmark of
/// their own: a driver that cannot record them must not keep the others from being measured.
///
/// @param programmatic whether kernels start before their predecessors have ended
record EdgeBenchmark(boolean programmatic) implements Microbenchmark {
  private static final int THREADS = 128;
  private static final double[] LENGTHS = {16, 48, 80, 112, 144, 176};
  private static final int FIRST_PROGRAMMATIC = 90;
  private static final Microkernel STAMP = Microkernel.of("stamp");

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
    return "slope of the time of a chain against its length; graphs by events around a replay"
        + (programmatic
            ? ""
            : ", streams by %globaltimer in a kernel before and after, host times by"
                + " System.nanoTime");
  }

  @Override
  public Optional<String> obstacle(Target target) {
    return programmatic
        ? Microbenchmark.below(target, FIRST_PROGRAMMATIC, "programmatic dependent launch")
        : Optional.empty();
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return programmatic
        ? List.of(step(false), step(true))
        : List.of(step(false), step(true), STAMP);
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
    if (!programmatic) {
      checkStamps(bench);
    }
  }

  private static void checkStamps(Workbench bench) {
    DeviceBuffer times = bench.zeros("times", 16);
    bench.run(bench.launch(STAMP, 1, 1, pointer(times), number(0)));
    bench.run(bench.launch(STAMP, 1, 1, pointer(times), number(1)));
    long[] stamps = bench.longs(times, 2);
    WrongResultException.require(
        Long.signum(Math.min(stamps[0], stamps[1] - stamps[0] + 1)),
        1,
        "kernel-edges: time's sign");
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    int all = bench.multiprocessors();
    DeviceBuffer values = bench.zeros("values", 4L * all);
    String kind = programmatic ? "programmatic edge" : "serial edge";
    Figure figure = programmatic ? Figure.PROGRAMMATIC_EDGE : Figure.SERIAL_EDGE;
    graph(bench, probe, launch(bench, values, all, false), kind + ", empty kernels")
        .ifPresent(s -> probe.figure(figure, kind + " of a graph, one block a multiprocessor", s));
    graph(bench, probe, launch(bench, values, 1, false), kind + ", one block")
        .ifPresent(s -> probe.remark(kind + " of a graph, one block", "us", s));
    graph(bench, probe, launch(bench, values, all, true), kind + ", load and store")
        .ifPresent(
            s -> probe.remark(kind + " with a dependent load and a store in each kernel", "us", s));
    if (!programmatic) {
      stream(bench, probe, launch(bench, values, all, false));
      host(bench, probe, launch(bench, values, all, false));
    }
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

  private static void stream(Workbench bench, Probe probe, KernelLaunch launch) {
    DeviceBuffer times = bench.zeros("times", 16);
    KernelLaunch first = bench.launch(STAMP, 1, 1, pointer(times), number(0));
    KernelLaunch last = bench.launch(STAMP, 1, 1, pointer(times), number(1));
    probe
        .slope(
            "stream edge, empty kernels",
            LENGTHS,
            length -> {
              bench.run(first);
              IntStream.range(0, (int) length).forEach(_ -> bench.run(launch));
              bench.run(last);
              long[] stamps = bench.longs(times, 2);
              return stamps[1] - stamps[0];
            })
        .ifPresent(nanos ->
            probe.figure(
                Figure.STREAM_EDGE,
                "edge of a stream (the host's launches where they are slower)",
                nanos.map(n -> n / 1000)));
  }

  private static void host(Workbench bench, Probe probe, KernelLaunch launch) {
    int launches = 100;
    probe
        .samples(
            "host, launch",
            () -> {
              long start = System.nanoTime();
              IntStream.range(0, launches).forEach(_ -> bench.run(launch));
              long end = System.nanoTime();
              bench.synchronize();
              return (end - start) / 1000.0 / launches;
            })
        .ifPresent(s -> probe.figure(Figure.LAUNCH_OVERHEAD, "host time of a launch", s));
    LaunchSequence graph = bench.record(Collections.nCopies(50, launch));
    probe
        .samples(
            "host, replay",
            () -> {
              long start = System.nanoTime();
              graph.replay();
              long end = System.nanoTime();
              bench.synchronize();
              return (end - start) / 1000.0;
            })
        .ifPresent(
            s -> probe.figure(Figure.REPLAY_OVERHEAD, "host time of a replay of 50 launches", s));
  }
}
