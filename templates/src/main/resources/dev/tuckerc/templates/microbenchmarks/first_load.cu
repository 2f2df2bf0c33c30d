//! template microbenchmark.first_load : "from the start of a kernel to its first data"
//! shape METHOD
#include "timer.cuh"

// Each of 128 threads gets 16 bytes of the block's 2 KiB: by ld.global (METHOD 0) or by cp.async
// (1). The clock is read first and again when all of the block has its data. Results: clocks of each
// block, sums of each thread.
extern "C" __global__ void __launch_bounds__(128) KERNEL(
    const int4* source, long long* cycles, int* sums
) {
  const long long start = clocks();
  __shared__ __align__(128) int4 data[128];
  const unsigned target = static_cast<unsigned>(__cvta_generic_to_shared(data));
  //! if METHOD == 0
  data[threadIdx.x] = source[blockIdx.x * 128 + threadIdx.x];
  __syncthreads();
  //! end
  //! if METHOD == 1
  //| asm volatile("cp.async.cg.shared.global [%0], [%1], 16;"
  //|              :: "r"(target + threadIdx.x * 16), "l"(source + blockIdx.x * 128 + threadIdx.x)
  //|              : "memory");
  //| asm volatile("cp.async.commit_group;" ::: "memory");
  //| asm volatile("cp.async.wait_group 0;" ::: "memory");
  //| __syncthreads();
  //! end
  const int4 own = data[127 - threadIdx.x];
  const long long end = clocks();
  sums[blockIdx.x * 128 + threadIdx.x] = own.x + own.y + own.z + own.w;
  if (threadIdx.x == 0) cycles[blockIdx.x] = end - start;
}
