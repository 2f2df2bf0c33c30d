//! template microbenchmark.shared_stream : "reading shared memory with 16-byte accesses, no bank conflicts"
//! let UNROLL = 8
#include "timer.cuh"

// Every thread reads UNROLL times `steps` chunks; a warp reads 512 neighbouring bytes at a time.
// Results: clocks of the block, and the sum each thread read.
extern "C" __global__ void __launch_bounds__(512) KERNEL(long long* cycles, int* sums, int steps) {
  //! constants
  constexpr int UNROLL = 8;
  //! end
  __shared__ __align__(16) int4 data[1024];
  for (int i = threadIdx.x; i < 1024; i += blockDim.x) data[i] = make_int4(i, 1, 2, 3);
  int sum = 0;
  const unsigned own = static_cast<unsigned>(__cvta_generic_to_shared(data + threadIdx.x));
  __syncthreads();
  const long long start = clocks();
#pragma unroll 1
  for (int step = 0; step < steps; step++) {
    int4 value[UNROLL];
#pragma unroll
    for (int i = 0; i < UNROLL; i++) {
      asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                   : "=r"(value[i].x), "=r"(value[i].y), "=r"(value[i].z), "=r"(value[i].w)
                   : "r"(own + i * 1024));
    }
#pragma unroll
    for (int i = 0; i < UNROLL; i++) sum += value[i].x + value[i].y + value[i].z + value[i].w;
  }
  __syncthreads();
  const long long end = clocks();
  sums[threadIdx.x] = sum;
  if (threadIdx.x == 0) cycles[0] = end - start;
}
