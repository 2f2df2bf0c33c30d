//! template microbenchmark.wgmma : "wgmma m64nNk16 f16 with f32 sums, both factors in shared memory"
//! shape COLUMNS
//! let REGISTERS = COLUMNS / 2
//! let WORDS = (64 + COLUMNS) * 8
#include "timer.cuh"

// A group of four warps adds up `steps` * 4 products of a 64 x 16 and a 16 x COLUMNS tile, all of
// whose elements are one (`ones`: two f16), so that the order of elements in shared memory, which is
// that of the format without swizzle, does not matter. Results: clocks of the block, and the sum of
// each thread's accumulators.
extern "C" __global__ void __launch_bounds__(128) KERNEL(
    long long* cycles, float* results, unsigned ones, int steps) {
  //! constants
  constexpr int REGISTERS = 4, WORDS = 576;
  //! end
  __shared__ __align__(128) unsigned tiles[WORDS];
  for (int i = threadIdx.x; i < WORDS; i += 128) tiles[i] = ones;
  // Core matrices of 8 x 16 bytes lie one after another: 128 bytes between neighbours along the sum,
  // 256 along rows and columns.
  const unsigned address = static_cast<unsigned>(__cvta_generic_to_shared(tiles));
  const unsigned long long layout = (8ull << 16) | (16ull << 32);
  const unsigned long long left = layout | (address >> 4 & 0x3fff);
  const unsigned long long right = layout | (address + 64 * 32 >> 4 & 0x3fff);
  float sum[REGISTERS];
#pragma unroll
  for (int i = 0; i < REGISTERS; i++) sum[i] = 0;
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  __syncthreads();
  const long long start = clocks();
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll 1
  for (int step = 0; step < steps; step++) {
    //! hole multiply
    for (int i = 0; i < 4; i++) {
      asm volatile(
          "wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {%0, %1, %2, %3}, %4, %5, 1, 1, 1, 0, 0;"
          : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
          : "l"(left), "l"(right));
    }
    //! end
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
  }
  asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
  const long long end = clocks();
  float all = 0;
  // The accumulators are valid only after the wait; nothing may read them before.
#pragma unroll
  for (int i = 0; i < REGISTERS; i++) asm volatile("" : "+f"(sum[i]) :: "memory");
#pragma unroll
  for (int i = 0; i < REGISTERS; i++) all += sum[i];
  results[threadIdx.x] = all;
  if (threadIdx.x == 0) cycles[0] = end - start;
}
