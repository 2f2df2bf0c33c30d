//! template microbenchmark.fma : "scalar multiply-adds in independent chains"
//! param CHAINS in {1, 8}
#include "timer.cuh"

// Every thread runs CHAINS chains of value = value * factor + term, `steps` * 16 long. Results:
// clocks of the block, and the sum of every thread's chains.
extern "C" __global__ void __launch_bounds__(1024) KERNEL(
    long long* cycles, unsigned* results, unsigned factor, unsigned term, int steps) {
  //! constants
  constexpr int CHAINS = 8;
  //! end
  float value[CHAINS];
  for (int c = 0; c < CHAINS; c++) value[c] = c;
  const float scale = __uint_as_float(factor);
  const float shift = __uint_as_float(term);
  __syncthreads();
  const long long start = clocks();
#pragma unroll 1
  for (int step = 0; step < steps; step++) {
#pragma unroll
    for (int i = 0; i < 16; i++) {
#pragma unroll
      for (int c = 0; c < CHAINS; c++) {
        asm volatile("fma.rn.f32 %0, %0, %1, %2;" : "+f"(value[c]) : "f"(scale), "f"(shift));
      }
    }
  }
  float sum = 0;
  for (int c = 0; c < CHAINS; c++) sum += value[c];
  const unsigned all = __float_as_uint(sum);
  // A barrier that needs the results: the chains end before the clock is read.
  const int waited = __syncthreads_or(all == 0xffffffffu);
  const long long end = clocks();
  results[threadIdx.x] = all + waited;
  if (threadIdx.x == 0) cycles[0] = end - start;
}
