//! template microbenchmark.store : "a store, until the whole device can see it"
#include "timer.cuh"

// Every thread stores 16 bytes and waits at a fence, `rounds` times. Results: clocks of each block,
// and the last values stored.
extern "C" __global__ void __launch_bounds__(128) KERNEL(
    int4* target, long long* cycles, int rounds) {
  int4* const own = target + blockIdx.x * 128 + threadIdx.x;
  __syncthreads();
  const long long start = clocks();
#pragma unroll 1
  for (int round = 1; round <= rounds; round++) {
    *own = make_int4(round, threadIdx.x, blockIdx.x, round * 3);
    __threadfence();
  }
  __syncthreads();
  const long long end = clocks();
  if (threadIdx.x == 0) cycles[blockIdx.x] = end - start;
}
