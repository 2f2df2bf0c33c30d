package dev.tuckerc.lab.calibrate;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cost.Figure;
import dev.tuckerc.cuda.CudaDevice;
import dev.tuckerc.cuda.CudaLimits;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.lab.LabOptions;
import dev.tuckerc.lab.calibrate.micro.Microbenchmark;
import dev.tuckerc.lab.calibrate.micro.Microbenchmarks;
import dev.tuckerc.lab.calibrate.micro.Probe;
import dev.tuckerc.lab.calibrate.micro.Reading;
import dev.tuckerc.lab.calibrate.micro.Sampler;
import dev.tuckerc.lab.calibrate.micro.Target;
import dev.tuckerc.lab.calibrate.micro.Workbench;
import dev.tuckerc.lab.calibrate.micro.WrongResultException;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.Outcome;
import dev.tuckerc.lab.worker.CaseRunner;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Runs a microbenchmark: it is checked by what it computes, then timed. On the emulator, whose
/// times mean nothing, the measurements are only rehearsed.
final class Calibrator implements CaseRunner {
  /// The case that measures nothing: what the driver says of the device.
  static final String LIMITS = "limits";

  private static final int WARM_UPS = 3;
  private static final int MOST_REPETITIONS = 200;

  /// No microbenchmark gets more, so that one that never settles leaves the others their time.
  private static final double MOST_SECONDS = 2;

  /// The emulator has no such cache; its kernels need a size to divide.
  private static final long EMULATED_CACHE_BYTES = 1 << 16;

  private final Device device;
  private final Optional<CudaLimits> limits;
  private final Workbench bench;
  private final Environment environment;

  private Calibrator(
      Device device, Optional<CudaLimits> limits, Workbench bench, Environment environment) {
    this.device = device;
    this.limits = limits;
    this.bench = bench;
    this.environment = environment;
  }

  static Calibrator open(LabOptions options) {
    Device device = options.openDevice().device();
    DeviceInfo info = device.info();
    Optional<CudaLimits> limits =
        device instanceof CudaDevice gpu ? Optional.of(gpu.limits()) : Optional.empty();
    Workbench bench =
        new Workbench(
            device,
            options.cachedCompiler(),
            Target.of(info.computeCapability()),
            limits.map(l -> (long) l.l2Bytes()).orElse(EMULATED_CACHE_BYTES));
    return new Calibrator(
        device, limits, bench, Environment.of(info, options.compiler().version()));
  }

  @Override
  public Environment environment() {
    return environment;
  }

  @Override
  public Outcome run(String name, ObjectNode node) {
    node.put("emulated", environment.emulated());
    if (name.equals(LIMITS)) {
      ObjectNode figures = node.putObject("limits");
      limits().forEach((figure, value) -> figures.put(figure.key(), value));
      return Outcome.DONE;
    }
    Microbenchmark benchmark =
        Microbenchmarks.all().stream()
            .filter(b -> b.name().equals(name))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no microbenchmark " + name));
    Optional<String> obstacle = benchmark.obstacle(bench.target());
    if (obstacle.isPresent()) {
      node.put("reason", obstacle.get());
      return Outcome.MISSING;
    }
    node.put("method", benchmark.method());
    try {
      if (!benchmark.name().equals(Microbenchmarks.CLOCK.name()) && !bench.knowsClock()) {
        measure(Microbenchmarks.CLOCK);
      }
      write(measure(benchmark), node);
      return Outcome.DONE;
    } catch (WrongResultException e) {
      node.put("reason", e.getMessage());
      return Outcome.DIFFERS;
    } finally {
      bench.release();
    }
  }

  private Probe measure(Microbenchmark benchmark) {
    bench.prepare(benchmark.kernels(bench.target()));
    benchmark.check(bench);
    long end = System.nanoTime() + (long) (MOST_SECONDS * 1e9);
    Probe probe =
        environment.emulated()
            ? Probe.rehearsal()
            : new Probe(new Sampler(WARM_UPS, MOST_REPETITIONS, () -> System.nanoTime() > end));
    benchmark.measure(bench, probe);
    return probe;
  }

  /// What was found; of a rehearsal, which figures there would be.
  private void write(Probe probe, ObjectNode node) {
    ArrayNode readings = node.putArray("readings");
    StringBuilder summary = new StringBuilder();
    for (Reading reading : probe.readings()) {
      ObjectNode one = readings.addObject();
      one.put("label", reading.label());
      one.put("unit", reading.unit());
      reading.figure().ifPresent(figure -> one.put("figure", figure.key()));
      if (!environment.emulated()) {
        one.put("stable", reading.samples().stable());
        reading.samples().addTo(one);
        reading
            .figure()
            .ifPresent(figure ->
                summary.append(
                    "%s %.4g %s  "
                        .formatted(figure.key(), reading.samples().median(), figure.unit())));
      }
    }
    ArrayNode failures = node.putArray("failures");
    probe.failures().forEach(failures::add);
    node.put("summary", environment.emulated() ? "rehearsed" : summary.toString().strip());
  }

  private Map<Figure, Double> limits() {
    DeviceInfo info = device.info();
    Map<Figure, Double> figures = new LinkedHashMap<>();
    figures.put(Figure.COMPUTE_CAPABILITY, (double) info.computeCapability());
    figures.put(Figure.MULTIPROCESSORS, (double) info.multiprocessors());
    figures.put(Figure.SHARED_PER_BLOCK, (double) info.sharedBytesPerBlock());
    limits.ifPresent(of -> {
      figures.put(Figure.REGISTERS, (double) of.registersPerMultiprocessor());
      figures.put(Figure.SHARED_PER_MULTIPROCESSOR, (double) of.sharedPerMultiprocessor());
      figures.put(Figure.THREADS, (double) of.threadsPerMultiprocessor());
      figures.put(Figure.BLOCKS, (double) of.blocksPerMultiprocessor());
      figures.put(Figure.L2_BYTES, (double) of.l2Bytes());
    });
    return figures;
  }
}
