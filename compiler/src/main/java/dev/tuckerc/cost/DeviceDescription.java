package dev.tuckerc.cost;

import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.StringJoiner;

/// What the performance model and the code generator know of a GPU. Times are in microseconds,
/// rates in bytes or multiply-adds per clock of one multiprocessor unless they say otherwise.
///
/// @param name product name
/// @param computeCapability major * 10 + minor
/// @param multiprocessors streaming multiprocessors
/// @param clockGigahertz sustained clock
/// @param registersPerMultiprocessor 32-bit registers
/// @param sharedPerMultiprocessor shared memory in bytes
/// @param sharedPerBlock most shared memory of one block, in bytes
/// @param threadsPerMultiprocessor most resident threads
/// @param blocksPerMultiprocessor most resident blocks
/// @param l2BytesPerClock second-level cache to one multiprocessor
/// @param l2Bandwidth second-level cache, whole device, in GB/s
/// @param l2Bytes size of the second-level cache
/// @param dramBandwidth device memory, achievable, in GB/s
/// @param sharedBytesPerClock shared memory of one multiprocessor
/// @param serialEdge between dependent kernels of a CUDA graph
/// @param programmaticEdge the same with programmatic dependent launch; negative where unsupported
/// @param barrier barrier of all threads of a block
/// @param firstLoad start of a kernel to its first arithmetic
/// @param storeLatency last arithmetic to visible result
/// @param fmaPerClock f32 multiply-adds
/// @param tensorPerClock f16 multiply-adds of the tensor cores
/// @param mmaLatency clocks of one dependent tensor-core step
/// @param optional figures that a description may leave out
public record DeviceDescription(
    String name,
    int computeCapability,
    int multiprocessors,
    double clockGigahertz,
    int registersPerMultiprocessor,
    int sharedPerMultiprocessor,
    int sharedPerBlock,
    int threadsPerMultiprocessor,
    int blocksPerMultiprocessor,
    double l2BytesPerClock,
    double l2Bandwidth,
    long l2Bytes,
    double dramBandwidth,
    double sharedBytesPerClock,
    double serialEdge,
    double programmaticEdge,
    double barrier,
    double firstLoad,
    double storeLatency,
    double fmaPerClock,
    double tensorPerClock,
    double mmaLatency,
    Map<Figure, Double> optional) {
  private static final int FIRST_WITH_PROGRAMMATIC_LAUNCH = 90;

  /// Barrier and exchange of a cluster where the description has no figure: 0.3 us, the middle of
  /// the range estimated for Hopper.
  private static final double CLUSTER_EXCHANGE = 0.3;

  /// Barrier of a grid where the description has no figure, likewise an estimate.
  private static final double GRID_BARRIER = 0.85;

  private static final List<Figure> CLUSTER_BARRIERS =
      List.of(
          Figure.CLUSTER_BARRIER_2,
          Figure.CLUSTER_BARRIER_4,
          Figure.CLUSTER_BARRIER_8,
          Figure.CLUSTER_BARRIER_16);

  /// The descriptions shipped with tuckerc.
  public static final List<String> SHIPPED = List.of("h200", "h100", "a100", "rtx4090", "t4");

  /// Architecture name for the kernel compiler, such as `sm_90`.
  public String architecture() {
    return "sm_" + computeCapability;
  }

  /// Whether a kernel may start before its predecessor has ended (programmatic dependent launch).
  public boolean programmaticLaunch() {
    return computeCapability >= FIRST_WITH_PROGRAMMATIC_LAUNCH;
  }

  public DeviceDescription {
    EnumMap<Figure, Double> ordered = new EnumMap<>(Figure.class);
    ordered.putAll(optional);
    optional = Collections.unmodifiableMap(ordered);
  }

  /// Every figure, in the order of the record: what is predicted for a device is kept under this
  /// text. A record's own would first be put together by the JVM, at 20 ms for so many figures.
  @Override
  public String toString() {
    return new StringJoiner(" ", "DeviceDescription[", "]")
        .add(name)
        .add(Integer.toString(computeCapability))
        .add(Integer.toString(multiprocessors))
        .add(Double.toString(clockGigahertz))
        .add(Integer.toString(registersPerMultiprocessor))
        .add(Integer.toString(sharedPerMultiprocessor))
        .add(Integer.toString(sharedPerBlock))
        .add(Integer.toString(threadsPerMultiprocessor))
        .add(Integer.toString(blocksPerMultiprocessor))
        .add(Double.toString(l2BytesPerClock))
        .add(Double.toString(l2Bandwidth))
        .add(Long.toString(l2Bytes))
        .add(Double.toString(dramBandwidth))
        .add(Double.toString(sharedBytesPerClock))
        .add(Double.toString(serialEdge))
        .add(Double.toString(programmaticEdge))
        .add(Double.toString(barrier))
        .add(Double.toString(firstLoad))
        .add(Double.toString(storeLatency))
        .add(Double.toString(fmaPerClock))
        .add(Double.toString(tensorPerClock))
        .add(Double.toString(mmaLatency))
        .add(optional.toString())
        .toString();
  }

  /// A description shipped with tuckerc, such as `h200`.
  ///
  /// @throws IllegalArgumentException when there is none of this name
  public static DeviceDescription shipped(String name) {
    return of(DeviceFile.shipped(name));
  }

  /// Reads a description from a JSON file of the form of the shipped ones, see [DeviceFile].
  ///
  /// @throws IllegalArgumentException when a figure is missing, unknown or no number
  public static DeviceDescription read(Path file) {
    return of(DeviceFile.read(file));
  }

  /// A figure that descriptions may leave out.
  public OptionalDouble figure(Figure which) {
    Double value = optional.get(which);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /// Barrier of a cluster and one exchange through its blocks' shared memory, in microseconds. A
  /// size without a figure costs what the next larger one costs.
  ///
  /// @param blocks size of the cluster
  public double clusterExchange(int blocks) {
    return bySize(
            blocks,
            Figure.CLUSTER_EXCHANGE_2,
            Figure.CLUSTER_EXCHANGE_4,
            Figure.CLUSTER_EXCHANGE_8,
            Figure.CLUSTER_EXCHANGE_16)
        .orElse(CLUSTER_EXCHANGE);
  }

  /// The same under one of the published figures for the barrier; the access to shared memory of
  /// another block costs the same under both.
  public double clusterExchange(int blocks, ClusterCost cost) {
    double dearest = clusterExchange(blocks);
    OptionalDouble least = figure(Figure.CLUSTER_BARRIER_LEAST);
    OptionalDouble barrier =
        bySize(
            blocks,
            Figure.CLUSTER_BARRIER_2,
            Figure.CLUSTER_BARRIER_4,
            Figure.CLUSTER_BARRIER_8,
            Figure.CLUSTER_BARRIER_16);
    return switch (cost) {
      case PESSIMISTIC -> dearest;
      case OPTIMISTIC ->
          least.isPresent() && barrier.isPresent()
              ? Math.min(dearest, dearest - barrier.getAsDouble() + least.getAsDouble())
              : dearest;
    };
  }

  /// Clusters that run at a time with one block on each multiprocessor. A cluster lies within one
  /// group of multiprocessors, so some of these stay idle; where there is no figure, none do.
  ///
  /// @param blocks size of the cluster
  public int residentClusters(int blocks) {
    return blocks == 1
        ? multiprocessors
        : (int)
            bySize(
                    blocks,
                    Figure.RESIDENT_CLUSTERS_2,
                    Figure.RESIDENT_CLUSTERS_4,
                    Figure.RESIDENT_CLUSTERS_8,
                    Figure.RESIDENT_CLUSTERS_16)
                .orElse((double) multiprocessors / blocks);
  }

  private OptionalDouble bySize(int blocks, Figure two, Figure four, Figure eight, Figure sixteen) {
    int size = 2;
    for (Figure figure : List.of(two, four, eight, sixteen)) {
      Double value = optional.get(figure);
      if (blocks <= size && value != null) {
        return OptionalDouble.of(value);
      }
      size *= 2;
    }
    return OptionalDouble.empty();
  }

  /// A dependent load from the second-level cache, in microseconds: the mean of its near and its
  /// far half where it has two.
  public double l2Load() {
    double near = figure(Figure.L2_LATENCY).orElse(firstLoad * clocksPerMicrosecond());
    return (near + figure(Figure.L2_FAR_LATENCY).orElse(near)) / 2 / clocksPerMicrosecond();
  }

  /// A dependent load from device memory, in microseconds; where there is no figure, twice that
  /// from the second-level cache.
  public double dramLoad() {
    OptionalDouble clocks = figure(Figure.DRAM_LATENCY);
    return clocks.isPresent() ? clocks.getAsDouble() / clocksPerMicrosecond() : 2 * l2Load();
  }

  /// Clocks of a microsecond.
  public double clocksPerMicrosecond() {
    return clockGigahertz * 1000;
  }

  /// Barrier of all blocks of a grid through device memory, in microseconds.
  ///
  /// @param blocks of the grid, all of them resident
  public double gridBarrier(long blocks) {
    Double fixed = optional.get(Figure.GRID_BARRIER);
    return fixed == null
        ? GRID_BARRIER
        : fixed + blocks * optional.getOrDefault(Figure.GRID_BARRIER_PER_BLOCK, 0.0);
  }

  /// Time from the end of the kernel before to the start of a dependent one, in microseconds.
  ///
  /// @param programmatic whether the edge is one of programmatic dependent launch; a device without
  ///   it makes the edge a serial one
  public double edge(boolean programmatic) {
    return programmatic && programmaticEdge >= 0 ? programmaticEdge : serialEdge;
  }

  /// The same figures for a relative of another compute capability.
  public DeviceDescription withComputeCapability(int capability) {
    return new DeviceDescription(
        name,
        capability,
        multiprocessors,
        clockGigahertz,
        registersPerMultiprocessor,
        sharedPerMultiprocessor,
        sharedPerBlock,
        threadsPerMultiprocessor,
        blocksPerMultiprocessor,
        l2BytesPerClock,
        l2Bandwidth,
        l2Bytes,
        dramBandwidth,
        sharedBytesPerClock,
        serialEdge,
        programmaticEdge,
        barrier,
        firstLoad,
        storeLatency,
        fmaPerClock,
        tensorPerClock,
        mmaLatency,
        optional);
  }

  /// The figures of a device file, without their sources.
  ///
  /// @throws IllegalArgumentException when one that is needed is missing
  public static DeviceDescription of(DeviceFile file) {
    Values figures = new Values(file);
    EnumMap<Figure, Double> optional = new EnumMap<>(Figure.class);
    file.figures()
        .forEach((figure, entry) -> {
          if (!figure.required()) {
            optional.put(figure, entry.value());
          }
        });
    boolean barrierMeasured =
        CLUSTER_BARRIERS.stream()
            .flatMap(figure -> file.entry(figure).stream())
            .anyMatch(entry -> entry.origin() == DeviceFile.Origin.MEASURED);
    if (barrierMeasured) {
      // What others found on another chip says nothing then.
      optional.remove(Figure.CLUSTER_BARRIER_LEAST);
    }
    return new DeviceDescription(
        file.name(),
        (int) figures.get(Figure.COMPUTE_CAPABILITY),
        (int) figures.get(Figure.MULTIPROCESSORS),
        figures.get(Figure.CLOCK),
        (int) figures.get(Figure.REGISTERS),
        (int) figures.get(Figure.SHARED_PER_MULTIPROCESSOR),
        (int) figures.get(Figure.SHARED_PER_BLOCK),
        (int) figures.get(Figure.THREADS),
        (int) figures.get(Figure.BLOCKS),
        figures.get(Figure.L2_BYTES_PER_CLOCK),
        figures.get(Figure.L2_BANDWIDTH),
        (long) figures.get(Figure.L2_BYTES),
        figures.get(Figure.DRAM_BANDWIDTH),
        figures.get(Figure.SHARED_BYTES_PER_CLOCK),
        figures.get(Figure.SERIAL_EDGE),
        figures.get(Figure.PROGRAMMATIC_EDGE),
        figures.get(Figure.BARRIER),
        figures.get(Figure.FIRST_LOAD),
        figures.get(Figure.STORE_LATENCY),
        figures.get(Figure.FMA_PER_CLOCK),
        figures.get(Figure.TENSOR_PER_CLOCK),
        figures.get(Figure.MMA_LATENCY),
        optional);
  }

  private record Values(DeviceFile file) {
    double get(Figure figure) {
      return file.entry(figure)
          .map(DeviceFile.Entry::value)
          .orElseThrow(() ->
              new IllegalArgumentException(
                  "device description " + file.name() + " lacks the figure " + figure.key()));
    }
  }
}
