//! template microbenchmark.block_barrier : "barriers of a block"
#include "timer.cuh"

// Results: clocks of the block, and for each thread the sum of the rounds.
extern "C" __global__ void __launch_bounds__(1024) KERNEL(long long* cycles, int* sums, int rounds) {
  int sum = 0;
  __syncthreads();
  const long long start = clocks();
#pragma unroll 1
  for (int round = 1; round <= rounds; round++) {
    __syncthreads();
    sum += round;
  }
  const long long end = clocks();
  sums[threadIdx.x] = sum;
  if (threadIdx.x == 0) cycles[0] = end - start;
}
