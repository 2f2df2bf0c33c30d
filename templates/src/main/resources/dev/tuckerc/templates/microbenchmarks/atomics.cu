//! template microbenchmark.atomics : "atomic adds to one address or to own addresses"
//! shape SHARED, SPREAD, AWAITED
#include "timer.cuh"

// Every thread adds 1, `steps` times, to one counter of all or (SPREAD) to its own. AWAITED adds
// wait for the old value of each before the next. Results: the counters, the sum of the old values of
// each thread where they are awaited, and the clocks of each block.
extern "C" __global__ void __launch_bounds__(512) KERNEL(
    unsigned* counters, unsigned* olds, long long* cycles, int steps) {
  unsigned sum = 0;
  //! if SPREAD
  unsigned index = threadIdx.x;
  //! else
  //| unsigned index = 0;
  //! end
  //! if SHARED
  //| __shared__ unsigned local[512];
  //| local[threadIdx.x] = 0;
  //| const unsigned place = static_cast<unsigned>(__cvta_generic_to_shared(local + index));
  //! else
  //! if SPREAD
  index += blockIdx.x * blockDim.x;
  //! end
  unsigned* const place = counters + index;
  //! end
  __syncthreads();
  const long long start = clocks();
#pragma unroll 1
  for (int step = 0; step < steps; step++) {
    //! if AWAITED
    //| unsigned old;
    //! if SHARED
    //| asm volatile("atom.shared.add.u32 %0, [%1], %2;"
    //|              : "=r"(old) : "r"(place), "r"(1 + (sum == 0xffffffffu)) : "memory");
    //! else
    //| asm volatile("atom.global.add.u32 %0, [%1], %2;"
    //|              : "=r"(old) : "l"(place), "r"(1 + (sum == 0xffffffffu)) : "memory");
    //! end
    //| sum += old;
    //! else
    //! if SHARED
    //| asm volatile("red.shared.add.u32 [%0], 1;" :: "r"(place) : "memory");
    //! else
    asm volatile("red.global.add.u32 [%0], 1;" :: "l"(place) : "memory");
    //! end
    //! end
  }
  // Adds that nobody waits for are done when a fence has passed.
  __threadfence();
  __syncthreads();
  const long long end = clocks();
  //! if SHARED
  //| counters[blockIdx.x * blockDim.x + threadIdx.x] = local[threadIdx.x];
  //! end
  olds[blockIdx.x * blockDim.x + threadIdx.x] = sum;
  if (threadIdx.x == 0) cycles[blockIdx.x] = end - start;
}
