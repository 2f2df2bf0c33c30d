//! template microbenchmark.cluster : "barriers of a cluster, and exchange through its shared memory"
//! shape CLUSTER
//! let SHARE = 128 / CLUSTER
#include "timer.cuh"

// Thread t sends, in each round, one word to block t % CLUSTER: every block receives
// SHARE words of every other. The two inboxes are used in turn. Results: clocks of each block, and
// for each thread the sum of what it received.
extern "C" __global__ void __cluster_dims__(2 /*! CLUSTER */, 1, 1) __launch_bounds__(128) KERNEL(
    long long* cycles, int* sums, int rounds) {
  //! constants
  constexpr int CLUSTER = 2, SHARE = 64;
  //! end
  __shared__ int inbox[2][128];
  unsigned rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  const unsigned slot = rank * SHARE + threadIdx.x / CLUSTER;
  unsigned remote[2];
  for (int half = 0; half < 2; half++) {
    asm volatile("mapa.shared::cluster.u32 %0, %1, %2;"
                 : "=r"(remote[half])
                 : "r"(static_cast<unsigned>(__cvta_generic_to_shared(&inbox[half][slot]))),
                   "r"(threadIdx.x % CLUSTER));
  }
  int sum = 0;
  asm volatile("barrier.cluster.arrive.release.aligned;" ::: "memory");
  asm volatile("barrier.cluster.wait.acquire.aligned;" ::: "memory");
  const long long start = clocks();
#pragma unroll 1
  for (int round = 1; round <= rounds; round++) {
    asm volatile("st.shared::cluster.u32 [%0], %1;"
                 :: "r"(remote[round & 1]), "r"(round * 16 + rank) : "memory");
    asm volatile("barrier.cluster.arrive.release.aligned;" ::: "memory");
    asm volatile("barrier.cluster.wait.acquire.aligned;" ::: "memory");
    sum += inbox[round & 1][threadIdx.x];
  }
  const long long end = clocks();
  // No block ends while another may still write to its inbox.
  asm volatile("barrier.cluster.arrive.release.aligned;" ::: "memory");
  asm volatile("barrier.cluster.wait.acquire.aligned;" ::: "memory");
  sums[blockIdx.x * 128 + threadIdx.x] = sum;
  if (threadIdx.x == 0) cycles[blockIdx.x] = end - start;
}
