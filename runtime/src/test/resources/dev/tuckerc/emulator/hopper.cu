// Clusters, distributed shared memory and memory barriers of sm_90.
typedef unsigned int uint;
typedef unsigned long long ulong64;

static __device__ uint shared_address(const void* p) { return (uint)__cvta_generic_to_shared(p); }
static __device__ uint cluster_rank() { uint r; asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(r)); return r; }
static __device__ void cluster_sync() {
  asm volatile("barrier.cluster.arrive.aligned;\n barrier.cluster.wait.aligned;" ::: "memory");
}

// The four blocks of a cluster add up through each other's shared memory.
extern "C" __global__ void __cluster_dims__(4, 1, 1) cluster_sum(const int* x, int* y) {
  __shared__ int part[64];
  part[threadIdx.x] = x[blockIdx.x * 64 + threadIdx.x];
  cluster_sync();
  int sum = 0;
  for (uint r = 0; r < 4; r++) {
    uint remote;
    int v;
    asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(remote) : "r"(shared_address(&part[threadIdx.x])), "r"(r));
    asm volatile("ld.shared::cluster.u32 %0, [%1];" : "=r"(v) : "r"(remote));
    sum += v;
  }
  cluster_sync();
  if (cluster_rank() == 0) y[blockIdx.x / 4 * 64 + threadIdx.x] = sum;
}

static __device__ void wait_parity(uint barrier, uint parity) {
  uint done = 0;
  while (!done)
    asm volatile("{.reg .pred p; mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2; selp.u32 %0, 1, 0, p;}"
                 : "=r"(done) : "r"(barrier), "r"(parity) : "memory");
}

// One warp fetches tiles with bulk copies, the others consume them; two stages.
extern "C" __global__ void pipeline(const int* x, int* y, int tiles) {
  __shared__ __align__(128) int data[2][96];
  __shared__ __align__(8) ulong64 full[2], empty[2];
  if (threadIdx.x == 0)
    for (int s = 0; s < 2; s++) {
      asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(shared_address(&full[s])));
      asm volatile("mbarrier.init.shared::cta.b64 [%0], 96;" ::"r"(shared_address(&empty[s])));
    }
  __syncthreads();
  if (threadIdx.x < 32) {
    if (threadIdx.x == 0)
      for (int i = 0; i < tiles; i++) {
        int s = i % 2;
        if (i >= 2) wait_parity(shared_address(&empty[s]), (i / 2 - 1) % 2);
        asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], 384;" ::"r"(shared_address(&full[s])) : "memory");
        asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], 384, [%2];"
                     ::"r"(shared_address(data[s])), "l"(x + i * 96), "r"(shared_address(&full[s])) : "memory");
      }
  } else {
    int t = threadIdx.x - 32, sum = 0;
    for (int i = 0; i < tiles; i++) {
      int s = i % 2;
      wait_parity(shared_address(&full[s]), i / 2 % 2);
      sum = sum * 3 + data[s][t];
      asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(&empty[s])) : "memory");
    }
    y[t] = sum;
  }
}

// Which of the generic addresses of its own and of its neighbour's shared memory a block calls its own.
extern "C" __global__ void __cluster_dims__(2, 1, 1) windows(int* y) {
  __shared__ int here;
  unsigned long long own, other;
  asm volatile("cvta.shared.u64 %0, %1;" : "=l"(own) : "l"((unsigned long long)shared_address(&here)));
  asm volatile("mapa.u64 %0, %1, %2;" : "=l"(other) : "l"(own), "r"(cluster_rank() ^ 1));
  int bits;
  asm volatile(
      "{.reg .pred p, q, r, s; .reg .b32 t;\n"
      "isspacep.shared::cta p, %1; isspacep.shared::cta q, %2; isspacep.shared::cluster r, %2; isspacep.global s, %2;\n"
      "selp.u32 %0, 1, 0, p; selp.u32 t, 2, 0, q; or.b32 %0, %0, t; selp.u32 t, 4, 0, r; or.b32 %0, %0, t; selp.u32 t, 8, 0, s; or.b32 %0, %0, t;}"
      : "=r"(bits) : "l"(own), "l"(other));
  y[blockIdx.x] = bits;
  cluster_sync();
}
