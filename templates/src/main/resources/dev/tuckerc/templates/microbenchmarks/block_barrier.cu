//! template microbenchmark.block_barrier : "barriers of a block"
//! shape EXCHANGE
#include "timer.cuh"

// With EXCHANGE each thread reads, after every barrier, what the thread one warp further on stored
// before it; the two halves of the buffer are used in turn. Results: clocks of the block, and the
// sum of what each thread read (without EXCHANGE, of the rounds).
extern "C" __global__ void __launch_bounds__(1024) KERNEL(long long* cycles, int* sums, int rounds) {
  //! if EXCHANGE
  __shared__ int slots[2][1024];
  const int neighbour = (threadIdx.x + 32) % blockDim.x;
  //! end
  int sum = 0;
  __syncthreads();
  const long long start = clocks();
#pragma unroll 1
  for (int round = 1; round <= rounds; round++) {
    //! if EXCHANGE
    slots[round & 1][threadIdx.x] = round + threadIdx.x;
    //! end
    __syncthreads();
    //! if EXCHANGE
    sum += slots[round & 1][neighbour];
    //! else
    //| sum += round;
    //! end
  }
  const long long end = clocks();
  sums[threadIdx.x] = sum;
  if (threadIdx.x == 0) cycles[0] = end - start;
}
