//! template microbenchmark.first_load : "from the start of a kernel to its first data"
//! shape METHOD
#include "timer.cuh"
//! if METHOD == 3
//| struct alignas(64) TensorMap {
//|   unsigned char bytes[128];
//| };
//! end

// Each of 128 threads gets 16 bytes of the block's 2 KiB: by ld.global (METHOD 0), by cp.async (1),
// by one bulk copy (2), or by one tensor copy of 16 rows of 32 words (3). The clock is read first and
// again when all of the block has its data. Results: clocks of each block, sums of each thread.
extern "C" __global__ void __launch_bounds__(128) KERNEL(
    //! if METHOD == 3
    //| const __grid_constant__ TensorMap source, long long* cycles, int* sums
    //! else
    const int4* source, long long* cycles, int* sums
    //! end
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
  //! if METHOD >= 2
  //| __shared__ __align__(8) unsigned long long arrival;
  //| const unsigned barrier = static_cast<unsigned>(__cvta_generic_to_shared(&arrival));
  //| if (threadIdx.x == 0) {
  //|   asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" :: "r"(barrier) : "memory");
  //|   asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  //|   asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  //|   asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], 2048;"
  //|                :: "r"(barrier) : "memory");
  //! end
  //! if METHOD == 2
  //|   asm volatile(
  //|       "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], 2048, [%2];"
  //|       :: "r"(target), "l"(source + blockIdx.x * 128), "r"(barrier) : "memory");
  //! end
  //! if METHOD == 3
  //|   asm volatile(
  //|       "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
  //|       " [%0], [%1, {%2, %3}], [%4];"
  //|       :: "r"(target), "l"(&source), "r"(0), "r"(blockIdx.x * 16), "r"(barrier) : "memory");
  //! end
  //! if METHOD >= 2
  //| }
  //| __syncthreads();
  //| unsigned done = 0;
  //| while (!done) {
  //|   asm volatile(
  //|       "{\n .reg .pred p;\n mbarrier.try_wait.parity.shared::cta.b64 p, [%1], 0;\n"
  //|       " selp.u32 %0, 1, 0, p;\n}"
  //|       : "=r"(done) : "r"(barrier) : "memory");
  //| }
  //! end
  const int4 own = data[127 - threadIdx.x];
  const long long end = clocks();
  sums[blockIdx.x * 128 + threadIdx.x] = own.x + own.y + own.z + own.w;
  if (threadIdx.x == 0) cycles[blockIdx.x] = end - start;
}
