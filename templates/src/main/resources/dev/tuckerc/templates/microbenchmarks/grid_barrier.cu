//! template microbenchmark.grid_barrier : "a barrier of all blocks of a grid: one atomic each, then spinning"
//! shape EXCHANGE
#include "timer.cuh"

// `arrived` starts at zero. With EXCHANGE every block reads, after each barrier, what its neighbour
// stored before it; the two halves of `slots` are used in turn, so that no value is overwritten
// before it is read. result of a block: clocks, sum of what it read, barriers that did not open.
// All blocks must be resident. The first barrier that does not open is given up after a while and
// those after it at once, so that no GPU hangs.
extern "C" __global__ void __launch_bounds__(128) KERNEL(
    unsigned* arrived, int* slots, long long* result, int rounds) {
  int sum = 0;
  int closed = 0;
  __syncthreads();
  const long long start = clocks();
#pragma unroll 1
  for (int round = 1; round <= rounds; round++) {
    //! if EXCHANGE
    int* const half = slots + (round & 1) * gridDim.x;
    if (threadIdx.x == 0) half[blockIdx.x] = round;
    //! end
    __syncthreads();
    if (threadIdx.x == 0) {
      const unsigned wanted = round * gridDim.x;
      unsigned seen;
      asm volatile("atom.add.acq_rel.gpu.global.u32 %0, [%1], 1;"
                   : "=r"(seen) : "l"(arrived) : "memory");
      seen++;
      int polls = 0;
      while (seen < wanted && closed == 0 && polls++ < 1 << 22) {
        asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(seen) : "l"(arrived) : "memory");
      }
      closed += seen < wanted;
    }
    __syncthreads();
    //! if EXCHANGE
    if (threadIdx.x == 0) {
      int value;
      asm volatile("ld.relaxed.gpu.global.s32 %0, [%1];"
                   : "=r"(value) : "l"(half + (blockIdx.x + 1) % gridDim.x) : "memory");
      sum += value;
    }
    //! end
  }
  const long long end = clocks();
  if (threadIdx.x == 0) {
    result[blockIdx.x * 3] = end - start;
    result[blockIdx.x * 3 + 1] = sum;
    result[blockIdx.x * 3 + 2] = closed;
  }
}
