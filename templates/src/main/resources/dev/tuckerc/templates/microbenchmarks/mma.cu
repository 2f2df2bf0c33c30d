//! template microbenchmark.mma : "mma.sync in independent chains"
//! shape KIND
//! param CHAINS in {1, 2, 4}
#include "timer.cuh"

// Every warp runs CHAINS chains of `steps` products of constant fragments, all of whose elements
// are `a` and `b` (as bits, two to a register but for tf32). KIND 0 is m16n8k16 f16, 1 m16n8k16
// bf16, 2 m16n8k8 tf32, 3 m16n8k8 f16; sums are f32. Results: clocks of the block, and each
// thread's sum over its accumulators.
extern "C" __global__ void __launch_bounds__(512) KERNEL(
    long long* cycles, float* results, unsigned a, unsigned b, int steps) {
  //! constants
  constexpr int CHAINS = 2;
  //! end
  float sum[CHAINS][4];
  for (int c = 0; c < CHAINS; c++) {
    for (int i = 0; i < 4; i++) sum[c][i] = c;
  }
  __syncthreads();
  const long long start = clocks();
#pragma unroll 1
  for (int step = 0; step < steps; step++) {
#pragma unroll
    for (int i = 0; i < 8; i++) {
#pragma unroll
      for (int c = 0; c < CHAINS; c++) {
        //! if KIND == 0
        //| asm volatile(
        //|     "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %4, %4, %4}, "
        //|     "{%5, %5}, {%0, %1, %2, %3};"
        //! end
        //! if KIND == 1
        //| asm volatile(
        //|     "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, "
        //|     "{%4, %4, %4, %4}, {%5, %5}, {%0, %1, %2, %3};"
        //! end
        //! if KIND == 2
        //| asm volatile(
        //|     "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, "
        //|     "{%4, %4, %4, %4}, {%5, %5}, {%0, %1, %2, %3};"
        //! end
        //! if KIND == 3
        asm volatile(
            "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %4}, {%5}, "
            "{%0, %1, %2, %3};"
        //! end
            : "+f"(sum[c][0]), "+f"(sum[c][1]), "+f"(sum[c][2]), "+f"(sum[c][3])
            : "r"(a), "r"(b));
      }
    }
  }
  float all = 0;
  for (int c = 0; c < CHAINS; c++) {
    for (int i = 0; i < 4; i++) all += sum[c][i];
  }
  // A barrier that needs the results: the chains end before the clock is read.
  const int waited = __syncthreads_or(all < 0);
  const long long end = clocks();
  results[threadIdx.x] = all + waited;
  if (threadIdx.x == 0) cycles[0] = end - start;
}
