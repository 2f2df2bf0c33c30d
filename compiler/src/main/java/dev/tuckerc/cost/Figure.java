package dev.tuckerc.cost;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The figures of a device file, in the order in which they are written. Rates "per clock" are of
/// one multiprocessor.
public enum Figure {
  COMPUTE_CAPABILITY("computeCapability", "", Need.REQUIRED, "major * 10 + minor"),
  MULTIPROCESSORS("multiprocessors", "", Need.REQUIRED, "streaming multiprocessors"),
  CLOCK("clockGigahertz", "GHz", Need.REQUIRED, "sustained clock"),
  REGISTERS("registersPerMultiprocessor", "", Need.REQUIRED, "32-bit registers"),
  SHARED_PER_MULTIPROCESSOR("sharedPerMultiprocessor", "bytes", Need.REQUIRED, "shared memory"),
  SHARED_PER_BLOCK("sharedPerBlock", "bytes", Need.REQUIRED, "most shared memory of one block"),
  THREADS("threadsPerMultiprocessor", "", Need.REQUIRED, "most resident threads"),
  BLOCKS("blocksPerMultiprocessor", "", Need.REQUIRED, "most resident blocks"),
  L2_BYTES_PER_CLOCK(
      "l2BytesPerClock", "B/clk", Need.REQUIRED, "second-level cache to one multiprocessor"),
  L2_BANDWIDTH("l2Bandwidth", "GB/s", Need.REQUIRED, "second-level cache, whole device, read"),
  L2_BYTES("l2Bytes", "bytes", Need.REQUIRED, "size of the second-level cache"),
  DRAM_BANDWIDTH("dramBandwidth", "GB/s", Need.REQUIRED, "device memory, copy, both ways counted"),
  SHARED_BYTES_PER_CLOCK("sharedBytesPerClock", "B/clk", Need.REQUIRED, "shared memory"),
  SERIAL_EDGE("serialEdge", "us", Need.REQUIRED, "between dependent kernels of a CUDA graph"),
  PROGRAMMATIC_EDGE(
      "programmaticEdge",
      "us",
      Need.REQUIRED,
      "the same with programmatic dependent launch; negative where unsupported"),
  BARRIER("barrier", "us", Need.REQUIRED, "barrier of all threads of a block of 8 warps"),
  FIRST_LOAD("firstLoad", "us", Need.REQUIRED, "start of a kernel to its first arithmetic"),
  STORE_LATENCY("storeLatency", "us", Need.REQUIRED, "last arithmetic to visible result"),
  FMA_PER_CLOCK("fmaPerClock", "/clk", Need.REQUIRED, "f32 multiply-adds"),
  TENSOR_PER_CLOCK(
      "tensorPerClock", "/clk", Need.REQUIRED, "f16 multiply-adds of the tensor cores by mma.sync"),
  MMA_LATENCY("mmaLatency", "clk", Need.REQUIRED, "one dependent tensor-core step"),

  CLUSTER_BARRIER_2("clusterBarrier2", "us", Need.OPTIONAL, "barrier of a cluster of 2 blocks"),
  CLUSTER_BARRIER_4("clusterBarrier4", "us", Need.OPTIONAL, "barrier of a cluster of 4 blocks"),
  CLUSTER_BARRIER_8("clusterBarrier8", "us", Need.OPTIONAL, "barrier of a cluster of 8 blocks"),
  CLUSTER_BARRIER_16("clusterBarrier16", "us", Need.OPTIONAL, "barrier of a cluster of 16 blocks"),
  CLUSTER_EXCHANGE_2(
      "clusterExchange2", "us", Need.OPTIONAL, "exchange through shared memory, cluster of 2"),
  CLUSTER_EXCHANGE_4(
      "clusterExchange4", "us", Need.OPTIONAL, "exchange through shared memory, cluster of 4"),
  CLUSTER_EXCHANGE_8(
      "clusterExchange8", "us", Need.OPTIONAL, "exchange through shared memory, cluster of 8"),
  CLUSTER_EXCHANGE_16(
      "clusterExchange16", "us", Need.OPTIONAL, "exchange through shared memory, cluster of 16"),
  CLUSTER_BARRIER_LEAST(
      "clusterBarrierLeast", "us", Need.OPTIONAL, "barrier of a cluster, most favourable figure"),
  CLUSTER_BYTES_PER_CLOCK(
      "clusterBytesPerClock", "B/clk", Need.OPTIONAL, "writes to shared memory of other blocks"),
  RESIDENT_CLUSTERS_2(
      "residentClusters2", "", Need.OPTIONAL, "clusters of 2 blocks, one block a multiprocessor"),
  RESIDENT_CLUSTERS_4(
      "residentClusters4", "", Need.OPTIONAL, "clusters of 4 blocks, one block a multiprocessor"),
  RESIDENT_CLUSTERS_8(
      "residentClusters8", "", Need.OPTIONAL, "clusters of 8 blocks, one block a multiprocessor"),
  RESIDENT_CLUSTERS_16(
      "residentClusters16", "", Need.OPTIONAL, "clusters of 16 blocks, one block a multiprocessor"),
  GRID_BARRIER("gridBarrier", "us", Need.OPTIONAL, "barrier of all blocks of a grid, fixed part"),
  GRID_BARRIER_PER_BLOCK(
      "gridBarrierPerBlock", "us", Need.OPTIONAL, "barrier of all blocks of a grid, each block"),
  STREAM_EDGE("streamEdge", "us", Need.OPTIONAL, "between dependent kernels of a stream"),
  LAUNCH_OVERHEAD("launchOverhead", "us", Need.OPTIONAL, "host time of one launch"),
  REPLAY_OVERHEAD("replayOverhead", "us", Need.OPTIONAL, "host time of one graph replay"),
  FIRST_LOAD_DIRECT(
      "firstLoadDirect", "us", Need.OPTIONAL, "as firstLoad, into registers by ld.global"),
  FIRST_LOAD_ASYNC("firstLoadAsync", "us", Need.OPTIONAL, "as firstLoad, by cp.async"),
  FIRST_LOAD_BULK("firstLoadBulk", "us", Need.OPTIONAL, "as firstLoad, by cp.async.bulk"),
  FIRST_LOAD_TENSOR("firstLoadTensor", "us", Need.OPTIONAL, "as firstLoad, by a tensor copy"),
  FIRST_LOAD_COLD(
      "firstLoadCold", "us", Need.OPTIONAL, "as firstLoad, from device memory (cold cache)"),
  L1_LATENCY("l1Latency", "clk", Need.OPTIONAL, "dependent load, first-level cache"),
  L2_LATENCY("l2Latency", "clk", Need.OPTIONAL, "dependent load, near second-level cache"),
  L2_FAR_LATENCY(
      "l2FarLatency", "clk", Need.OPTIONAL, "dependent load, far half of the second-level cache"),
  DRAM_BYTES_PER_CLOCK(
      "dramBytesPerClock", "B/clk", Need.OPTIONAL, "device memory to one multiprocessor"),
  DRAM_LATENCY("dramLatency", "clk", Need.OPTIONAL, "dependent load, device memory"),
  SHARED_LATENCY("sharedLatency", "clk", Need.OPTIONAL, "dependent load, shared memory"),
  DRAM_READ_BANDWIDTH("dramReadBandwidth", "GB/s", Need.OPTIONAL, "device memory, read"),
  HALF2_FMA_PER_CLOCK(
      "half2FmaPerClock", "/clk", Need.OPTIONAL, "f16 multiply-adds of the paired scalar units"),
  FMA_LATENCY("fmaLatency", "clk", Need.OPTIONAL, "one dependent f32 multiply-add"),
  MMA_F16_K16_PER_CLOCK("mmaF16K16PerClock", "/clk", Need.OPTIONAL, "mma.sync m16n8k16 f16"),
  MMA_F16_K16_LATENCY("mmaF16K16Latency", "clk", Need.OPTIONAL, "mma.sync m16n8k16 f16"),
  MMA_BF16_K16_PER_CLOCK("mmaBf16K16PerClock", "/clk", Need.OPTIONAL, "mma.sync m16n8k16 bf16"),
  MMA_BF16_K16_LATENCY("mmaBf16K16Latency", "clk", Need.OPTIONAL, "mma.sync m16n8k16 bf16"),
  MMA_TF32_K8_PER_CLOCK("mmaTf32K8PerClock", "/clk", Need.OPTIONAL, "mma.sync m16n8k8 tf32"),
  MMA_TF32_K8_LATENCY("mmaTf32K8Latency", "clk", Need.OPTIONAL, "mma.sync m16n8k8 tf32"),
  MMA_F16_K8_PER_CLOCK("mmaF16K8PerClock", "/clk", Need.OPTIONAL, "mma.sync m16n8k8 f16"),
  MMA_F16_K8_LATENCY("mmaF16K8Latency", "clk", Need.OPTIONAL, "mma.sync m16n8k8 f16"),
  WGMMA_F16_N64_PER_CLOCK("wgmmaF16N64PerClock", "/clk", Need.OPTIONAL, "wgmma m64n64k16 f16"),
  WGMMA_F16_N128_PER_CLOCK("wgmmaF16N128PerClock", "/clk", Need.OPTIONAL, "wgmma m64n128k16 f16"),
  WGMMA_F16_N256_PER_CLOCK("wgmmaF16N256PerClock", "/clk", Need.OPTIONAL, "wgmma m64n256k16 f16"),
  ATOMIC_SHARED_SAME(
      "atomicSharedSame", "/clk", Need.OPTIONAL, "shared atomic adds, all to one address"),
  ATOMIC_SHARED_SPREAD(
      "atomicSharedSpread", "/clk", Need.OPTIONAL, "shared atomic adds, own addresses"),
  ATOMIC_GLOBAL_SAME(
      "atomicGlobalSame", "1/us", Need.OPTIONAL, "global atomic adds of the device, one address"),
  ATOMIC_GLOBAL_SPREAD(
      "atomicGlobalSpread",
      "1/us",
      Need.OPTIONAL,
      "global atomic adds of the device, own addresses"),
  ATOMIC_GLOBAL_LATENCY(
      "atomicGlobalLatency", "clk", Need.OPTIONAL, "one global atomic add whose result is awaited"),
  BARRIER_PER_WARP("barrierPerWarp", "clk", Need.OPTIONAL, "growth of a block's barrier by warp"),
  COLD_CODE("coldCodePerKilobyte", "clk", Need.OPTIONAL, "extra clocks of first execution, 1 KiB");

  private enum Need {
    REQUIRED,
    OPTIONAL
  }

  private static final Map<String, Figure> BY_KEY =
      Arrays.stream(values()).collect(Collectors.toMap(Figure::key, Function.identity()));

  private final String key;
  private final String unit;
  private final Need need;
  private final String meaning;

  Figure(String key, String unit, Need need, String meaning) {
    this.key = key;
    this.unit = unit;
    this.need = need;
    this.meaning = meaning;
  }

  /// The name in a device file.
  public String key() {
    return key;
  }

  /// Unit of the value; empty for plain numbers.
  public String unit() {
    return unit;
  }

  /// Whether a device file must have it.
  public boolean required() {
    return need == Need.REQUIRED;
  }

  /// What it says, in a few words.
  public String meaning() {
    return meaning;
  }

  /// The figure of this name.
  public static Optional<Figure> of(String key) {
    return Optional.ofNullable(BY_KEY.get(key));
  }
}
