//! template microbenchmark.stream : "reading or copying memory with 16-byte accesses"
//! shape COPY
//! param THREADS in {512}
//! let UNROLL = 8
#include "timer.cuh"

// The grid goes `passes` times over `chunks` chunks of 16 bytes, a multiple of its threads * UNROLL.
// Loads bypass the first-level cache. Results: the sum of all words each thread read, and the clocks
// of each block.
extern "C" __global__ void __launch_bounds__(512 /*! THREADS */) KERNEL(
    const int4* source, int4* target, int* sums, long long* cycles, int chunks, int passes) {
  //! constants
  constexpr int THREADS = 512, UNROLL = 8;
  //! end
  const int thread = blockIdx.x * THREADS + threadIdx.x;
  const int step = gridDim.x * THREADS;
  int sum = 0;
  __syncthreads();
  const long long start = clocks();
#pragma unroll 1
  for (int pass = 0; pass < passes; pass++) {
#pragma unroll 1
    for (int chunk = thread; chunk < chunks; chunk += step * UNROLL) {
      int4 value[UNROLL];
#pragma unroll
      for (int i = 0; i < UNROLL; i++) {
        asm volatile("ld.global.cg.v4.u32 {%0, %1, %2, %3}, [%4];"
                     : "=r"(value[i].x), "=r"(value[i].y), "=r"(value[i].z), "=r"(value[i].w)
                     : "l"(source + chunk + i * step));
      }
#pragma unroll
      for (int i = 0; i < UNROLL; i++) {
        //! if COPY
        //| target[chunk + i * step] = value[i];
        //! end
        sum += value[i].x + value[i].y + value[i].z + value[i].w;
      }
    }
  }
  // What the block read is complete when every thread has added it up.
  __syncthreads();
  const long long end = clocks();
  sums[thread] = sum;
  if (threadIdx.x == 0) cycles[blockIdx.x] = end - start;
}
