package dev.tuckerc.lab.calibrate.micro;

import dev.tuckerc.cost.Figure;
import java.util.List;

/// All microbenchmarks, the most important first: what is left out for lack of time is at the end.
/// Every one measures a figure that the performance model reads.
public final class Microbenchmarks {
  private Microbenchmarks() {}

  /// The clock, by which all clocks of a session become time.
  public static final Microbenchmark CLOCK = new ClockBenchmark();

  /// The list.
  public static List<Microbenchmark> all() {
    return List.of(
        CLOCK,
        new EdgeBenchmark(false),
        new EdgeBenchmark(true),
        new FirstLoadBenchmark(),
        new StoreBenchmark(),
        new MmaBenchmark(16),
        new MmaBenchmark(8),
        new BandwidthBenchmark(),
        new FmaBenchmark(),
        new BlockBarrierBenchmark(),
        new GridBarrierBenchmark(),
        new ClusterBenchmark(8, Figure.CLUSTER_EXCHANGE_8),
        new ClusterBenchmark(4, Figure.CLUSTER_EXCHANGE_4),
        new ClusterBenchmark(2, Figure.CLUSTER_EXCHANGE_2),
        new ClusterBenchmark(16, Figure.CLUSTER_EXCHANGE_16));
  }
}
