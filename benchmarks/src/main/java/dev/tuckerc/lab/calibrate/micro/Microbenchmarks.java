package dev.tuckerc.lab.calibrate.micro;

import dev.tuckerc.cost.Figure;
import java.util.List;

/// All microbenchmarks, the most important first: what is left out for lack of time is at the end.
public final class Microbenchmarks {
  private static final int F16_ONES = 0x3c003c00;
  private static final int BF16_ONES = 0x3f803f80;
  private static final int F32_ONE = 0x3f800000;

  private Microbenchmarks() {}

  /// The list.
  public static List<Microbenchmark> all() {
    return List.of(
        new ClockBenchmark(),
        new EdgeBenchmark(false),
        new EdgeBenchmark(true),
        new FirstLoadBenchmark(false),
        new StoreBenchmark(),
        new MmaBenchmark(
            MmaBenchmark.F16_K16,
            "mma.sync m16n8k16 f16",
            16,
            F16_ONES,
            80,
            Figure.MMA_F16_K16_PER_CLOCK,
            Figure.MMA_F16_K16_LATENCY),
        new MmaBenchmark(
            MmaBenchmark.F16_K8,
            "mma.sync m16n8k8 f16",
            8,
            F16_ONES,
            75,
            Figure.MMA_F16_K8_PER_CLOCK,
            Figure.MMA_F16_K8_LATENCY),
        new BandwidthBenchmark(),
        new FmaBenchmark(),
        new SharedMemoryBenchmark(),
        new BlockBarrierBenchmark(),
        new GridBarrierBenchmark(),
        new ClusterBenchmark(8, Figure.CLUSTER_BARRIER_8, Figure.CLUSTER_EXCHANGE_8),
        new ClusterBenchmark(4, Figure.CLUSTER_BARRIER_4, Figure.CLUSTER_EXCHANGE_4),
        new ClusterBenchmark(2, Figure.CLUSTER_BARRIER_2, Figure.CLUSTER_EXCHANGE_2),
        new ClusterBenchmark(16, Figure.CLUSTER_BARRIER_16, Figure.CLUSTER_EXCHANGE_16),
        new FirstLoadBenchmark(true),
        new ColdCodeBenchmark(),
        new LoadLatencyBenchmark(),
        new MmaBenchmark(
            1,
            "mma.sync m16n8k16 bf16",
            16,
            BF16_ONES,
            80,
            Figure.MMA_BF16_K16_PER_CLOCK,
            Figure.MMA_BF16_K16_LATENCY),
        new MmaBenchmark(
            2,
            "mma.sync m16n8k8 tf32",
            8,
            F32_ONE,
            80,
            Figure.MMA_TF32_K8_PER_CLOCK,
            Figure.MMA_TF32_K8_LATENCY),
        new WgmmaBenchmark(256, Figure.WGMMA_F16_N256_PER_CLOCK),
        new WgmmaBenchmark(128, Figure.WGMMA_F16_N128_PER_CLOCK),
        new WgmmaBenchmark(64, Figure.WGMMA_F16_N64_PER_CLOCK),
        new AtomicBenchmark());
  }
}
