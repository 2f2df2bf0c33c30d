//! template microbenchmark.grid_barrier : "a barrier of all blocks of a grid: one atomic each, then spinning"
#include "timer.cuh"

// `arrived` starts at zero. result of a block: clocks, barriers that did not open. All blocks must be
// resident. The first barrier that does not open is given up after a while and
// those after it at once, so that no GPU hangs.
extern "C" __global__ void __launch_bounds__(128) KERNEL(
    unsigned* arrived, long long* result, int rounds) {
  int closed = 0;
  __syncthreads();
  const long long start = clocks();
#pragma unroll 1
  for (int round = 1; round <= rounds; round++) {
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
  }
  const long long end = clocks();
  if (threadIdx.x == 0) {
    result[blockIdx.x * 2] = end - start;
    result[blockIdx.x * 2 + 1] = closed;
  }
}
