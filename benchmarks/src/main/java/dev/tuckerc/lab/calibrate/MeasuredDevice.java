package dev.tuckerc.lab.calibrate;

import dev.tuckerc.cost.DeviceFile;
import dev.tuckerc.cost.DeviceFile.Entry;
import dev.tuckerc.cost.Figure;
import dev.tuckerc.cost.Kinship;
import dev.tuckerc.cuda.CudaLimits;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.lab.calibrate.fit.Samples;
import dev.tuckerc.lab.calibrate.micro.Reading;
import dev.tuckerc.lab.results.Environment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// A device file for the GPU that was measured. Every figure says where it comes from: measured,
/// asked of the driver, or kept from a shipped description. Nothing is invented.
///
/// @param file what is known, complete or not
/// @param base the description that other figures were kept from, if one is near enough
/// @param kept figures that are of the base and of no measurement
/// @param refused measurements that cannot be what they claim, and why
public record MeasuredDevice(
    DeviceFile file, Optional<DeviceFile> base, List<Figure> kept, List<String> refused) {
  private static final int FIRST_PROGRAMMATIC = 90;

  /// Puts the file together.
  ///
  /// @param limits what the driver says, for a real GPU
  /// @param outcomes of the microbenchmarks
  public static MeasuredDevice of(
      DeviceInfo gpu, Optional<CudaLimits> limits, List<Outcome> outcomes, Environment where) {
    Optional<Kinship> kinship = Kinship.of(gpu.name(), gpu.computeCapability());
    Optional<DeviceFile> base = kinship.map(kin -> DeviceFile.shipped(kin.shipped()));
    Map<Figure, Entry> borrowed = new EnumMap<>(Figure.class);
    kinship.ifPresent(kin ->
        base.ifPresent(shipped -> {
          boolean same = kin.degree() == Kinship.Degree.PRODUCT;
          shipped
              .figures()
              .forEach((figure, entry) ->
                  borrowed.put(figure, same ? entry : assumed(entry, shipped.name())));
        }));
    Map<Figure, Entry> asked = asked(gpu, limits);
    Map<Figure, Entry> measured = new EnumMap<>(Figure.class);
    List<String> refused = new ArrayList<>();
    for (Outcome outcome : outcomes) {
      for (Reading reading : outcome.readings()) {
        reading
            .figure()
            .ifPresent(figure -> {
              double value = reading.samples().median();
              if (value > 0 || figure == Figure.GRID_BARRIER) {
                measured.put(figure, new Entry(value, source(outcome, reading, where)));
              } else {
                refused.add(figure.key() + ": a median of " + value + " cannot be right");
              }
            });
      }
    }
    List<Figure> kept =
        borrowed.keySet().stream()
            .filter(f -> !asked.containsKey(f) && !measured.containsKey(f))
            .toList();
    Map<Figure, Entry> figures = new EnumMap<>(Figure.class);
    figures.putAll(borrowed);
    figures.putAll(asked);
    figures.putAll(measured);
    return new MeasuredDevice(new DeviceFile(gpu.name(), figures), base, kept, refused);
  }

  private static Entry assumed(Entry entry, String product) {
    return new Entry(
        entry.value(), "not measured, assumed as on " + product + ": " + entry.source());
  }

  /// What the driver says, or what follows from the architecture.
  private static Map<Figure, Entry> asked(DeviceInfo gpu, Optional<CudaLimits> limits) {
    Map<Figure, Entry> figures = new EnumMap<>(Figure.class);
    ask(figures, Figure.COMPUTE_CAPABILITY, gpu.computeCapability());
    ask(figures, Figure.MULTIPROCESSORS, gpu.multiprocessors());
    ask(figures, Figure.SHARED_PER_BLOCK, gpu.sharedBytesPerBlock());
    limits.ifPresent(of -> {
      ask(figures, Figure.REGISTERS, of.registersPerMultiprocessor());
      ask(figures, Figure.SHARED_PER_MULTIPROCESSOR, of.sharedPerMultiprocessor());
      ask(figures, Figure.THREADS, of.threadsPerMultiprocessor());
      ask(figures, Figure.BLOCKS, of.blocksPerMultiprocessor());
      ask(figures, Figure.L2_BYTES, of.l2Bytes());
    });
    if (gpu.computeCapability() < FIRST_PROGRAMMATIC) {
      figures.put(Figure.PROGRAMMATIC_EDGE, new Entry(-1, "not supported before sm_90"));
    }
    return figures;
  }

  private static void ask(Map<Figure, Entry> figures, Figure figure, double value) {
    figures.put(figure, new Entry(value, "asked of the driver (cuDeviceGetAttribute)"));
  }

  private static String source(Outcome outcome, Reading reading, Environment where) {
    Samples samples = reading.samples();
    return String.format(
        Locale.ROOT,
        "measured: %s (%s); median of %d, p10 %.4g, p90 %.4g, MAD %.3g%s; %s, driver %s, commit %s",
        reading.label(),
        outcome.method(),
        samples.count(),
        samples.quantile(0.1),
        samples.quantile(0.9),
        samples.medianDeviation(),
        samples.stable() ? "" : ", NOT STABLE",
        where.date(),
        where.device().driver().or(where.device()::driverCuda).orElse("unknown"),
        where.commit());
  }

  /// Whether the performance model can read it.
  public boolean complete() {
    return file.missing().isEmpty();
  }
}
