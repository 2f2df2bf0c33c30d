package dev.tuckerc.benchmarks;

/// What [EmulatorBenchmark] runs.
public enum Workload {
  /// Chains of single-precision `fma` in registers, hand-written.
  SIMT_FMA_LOOP,
  /// Chains of `mma.sync` m16n8k16 (fp16 in, fp32 accumulated) in registers, hand-written.
  MMA_LOOP,
  /// The kernel generated for a 3x3 convolution, 64 to 64 channels, 28x28 points, fp32.
  CONVOLUTION_FP32,
  /// The same in fp16, on tensor cores.
  CONVOLUTION_FP16
}
