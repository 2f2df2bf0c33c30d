// Pairs of kernels: one with a defect that one of the memory checks must find, and its correct twin.
typedef unsigned int uint;
typedef unsigned long long ulong64;

#define TWINS_OF(name, attributes)                                                              \
  template <bool CORRECT> static __device__ __forceinline__ void name(const int* x, int* y);    \
  extern "C" __global__ void attributes name##_broken(const int* x, int* y) { name<false>(x, y); } \
  extern "C" __global__ void attributes name##_correct(const int* x, int* y) { name<true>(x, y); } \
  template <bool CORRECT> static __device__ __forceinline__ void name(const int* x, int* y)
#define TWINS(name) TWINS_OF(name, )

static __device__ uint shared_address(const void* p) { return (uint)__cvta_generic_to_shared(p); }
static __device__ void copy4(void* to, const void* from) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" ::"r"(shared_address(to)), "l"(from) : "memory");
}
static __device__ void commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int N> static __device__ void await() { asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory"); }
static __device__ void init_barrier(ulong64* b, int count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(b)), "r"(count) : "memory");
}
static __device__ void arrive(ulong64* b) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(b)) : "memory");
}
static __device__ void await_parity(ulong64* b, uint parity) {
  uint done = 0;
  while (!done)
    asm volatile("{.reg .pred p; mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2; selp.u32 %0, 1, 0, p;}"
                 : "=r"(done) : "r"(shared_address(b)), "r"(parity) : "memory");
}
static __device__ void expect_and_fetch(void* to, const void* from, int bytes, ulong64* b) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(b)), "r"(bytes) : "memory");
  asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];"
               ::"r"(shared_address(to)), "l"(from), "r"(bytes), "r"(shared_address(b)) : "memory");
}
static __device__ void proxy_fence() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }
static __device__ void bulk_store(void* to, const void* from, int bytes) {
  asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;"
               ::"l"(to), "r"(shared_address(from)), "r"(bytes) : "memory");
  asm volatile("cp.async.bulk.commit_group;" ::: "memory");
}
static __device__ void cluster_sync() {
  asm volatile("barrier.cluster.arrive.aligned;\n barrier.cluster.wait.aligned;" ::: "memory");
}

// ---- uninitialised memory

TWINS(init_shared) {
  __shared__ int s[65];
  int t = threadIdx.x;
  s[t] = x[t];
  if (CORRECT && t == 0) s[64] = 5;
  __syncthreads();
  y[t] = s[t + 1];
}
TWINS(init_half_word) {
  __shared__ short s[128];
  int t = threadIdx.x;
  s[2 * t] = (short)x[t];
  if (CORRECT) s[2 * t + 1] = 1;
  __syncthreads();
  y[t] = *(int*)&s[2 * (63 - t)];
}
TWINS(init_local) {
  int a[8];
  int t = threadIdx.x;
  int n = CORRECT ? 8 : 7;
  for (int i = 0; i < n; i++) a[x[i] / 3 & 7] = x[t + i];
  y[t] = a[x[7] / 3 & 7];
}
TWINS(init_copy) {
  __shared__ int s[64], z[64];
  int t = threadIdx.x;
  if (CORRECT) y[t + 64] = t;
  copy4(&s[t], y + t + 64);
  commit();
  await<0>();
  if (CORRECT) y[t] = s[t];
}
TWINS(init_atomic) {
  __shared__ int sum;
  if (CORRECT && threadIdx.x == 0) sum = 0;
  __syncthreads();
  atomicAdd(&sum, x[threadIdx.x]);
  __syncthreads();
  y[threadIdx.x] = sum;
}

// ---- races

TWINS(race_no_barrier) {
  __shared__ int s[64];
  int t = threadIdx.x;
  s[t] = 0;
  __syncthreads();
  s[t] = x[t];
  if (CORRECT) __syncthreads();
  y[t] = s[63 - t];
}
TWINS(race_reused_tile) {
  __shared__ int s[64];
  int t = threadIdx.x, sum = 0;
  for (int i = 0; i < 4; i++) {
    s[t] = x[(t + i) & 63];
    __syncthreads();
    sum += s[63 - t];
    if (CORRECT) __syncthreads();
  }
  y[t] = sum;
}
TWINS(race_no_syncwarp) {
  __shared__ int s[32];
  int t = threadIdx.x;
  s[t] = 0;
  __syncwarp();
  s[t] = x[t];
  if (CORRECT) __syncwarp();
  y[t] = s[t ^ 1];
}
TWINS(race_partial_syncwarp) {
  __shared__ int s[32];
  int t = threadIdx.x;
  s[t] = 0;
  __syncwarp();
  s[t] = x[t];
  if (t < 16) {
    __syncwarp(0xffffu);
    y[t] = s[CORRECT ? t ^ 1 : t + 16];
  }
}
TWINS(race_same_place) {
  __shared__ int s[2];
  int t = threadIdx.x;
  s[0] = CORRECT ? 7 : t;
  __syncthreads();
  y[t] = s[0];
}
TWINS(race_blocks_write) {
  int t = threadIdx.x;
  y[CORRECT ? blockIdx.x * 64 + t : t] = blockIdx.x * 100 + t;
}
TWINS(race_in_place_stencil) {
  int t = threadIdx.x;
  int v = y[t] + y[(t + 1) & 63];
  if (CORRECT) __syncthreads();
  y[t] = v;
}
TWINS(race_bytes) {
  unsigned char* b = (unsigned char*)y;
  int t = threadIdx.x;
  b[CORRECT ? t : t & 62] = (unsigned char)(t + 1);
}
TWINS(race_atomic_and_read) {
  __shared__ int count;
  int t = threadIdx.x;
  if (t == 0) count = 0;
  __syncthreads();
  atomicAdd(&count, 1);
  if (CORRECT) __syncthreads();
  y[t] = count;
}
TWINS(race_named_barrier) {
  __shared__ int s[32];
  int t = threadIdx.x;
  if (t < 32) s[t] = 0;
  __syncthreads();
  if (t < 32) {
    s[t] = x[t];
    if (CORRECT) asm volatile("bar.arrive 1, 64;" ::: "memory");
    else asm volatile("bar.arrive 2, 64;" ::: "memory");
    asm volatile("bar.sync 3, 64;" ::: "memory");
    if (!CORRECT) asm volatile("bar.arrive 1, 64;" ::: "memory");
  } else {
    if (CORRECT) asm volatile("bar.sync 1, 64;" ::: "memory");
    y[t] = s[t - 32];
    asm volatile("bar.arrive 3, 64;" ::: "memory");
    if (!CORRECT) asm volatile("bar.sync 2, 64;\n bar.sync 1, 64;" ::: "memory");
  }
}
TWINS(race_memory_barrier) {
  __shared__ int s[32];
  __shared__ __align__(8) ulong64 full;
  int t = threadIdx.x;
  if (t < 32) s[t] = 0;
  if (t == 0) init_barrier(&full, 32);
  __syncthreads();
  if (t < 32) {
    s[t] = x[t];
    arrive(&full);
  } else {
    if (CORRECT) await_parity(&full, 0);
    y[t] = s[t - 32];
  }
}
TWINS(race_barrier_init) {
  __shared__ __align__(8) ulong64 full;
  if (threadIdx.x == 0) init_barrier(&full, 64);
  if (CORRECT) __syncthreads();
  arrive(&full);
  await_parity(&full, 0);
  y[threadIdx.x] = 1;
}
TWINS(race_fence_before) {
  int* counter = y;
  int* values = y + 1;
  int* result = y + 64;
  if (threadIdx.x == 0) {
    values[blockIdx.x] = blockIdx.x + 5;
    if (CORRECT) __threadfence();
    atomicAdd(counter, 1);
    while (atomicAdd(counter, 0) < (int)gridDim.x) {}
    __threadfence();
    int sum = 0;
    for (int b = 0; b < gridDim.x; b++) sum += values[b];
    result[blockIdx.x] = sum;
  }
}
TWINS(race_fence_after) {
  int* counter = y;
  int* values = y + 1;
  int* result = y + 64;
  int t = threadIdx.x;
  if (t == 0) {
    values[blockIdx.x] = blockIdx.x + 5;
    __threadfence();
    atomicAdd(counter, 1);
    while (*(volatile int*)counter < (int)gridDim.x) {}
    if (CORRECT) __threadfence();
  }
  __syncthreads();
  int sum = 0;
  for (int b = 0; b < gridDim.x; b++) sum += values[b];
  if (t == 0) result[blockIdx.x] = sum;
}
TWINS(race_spin_lock) {
  if (threadIdx.x == 0) {
    while (atomicCAS(y, 0, 1) != 0) {}
    if (CORRECT) __threadfence();
    y[1] += blockIdx.x + 1;
    __threadfence();
    atomicExch(y, 0);
  }
}
TWINS(race_release_acquire) {
  int t = threadIdx.x;
  if (blockIdx.x == 0) {
    y[1 + t] = t + 3;
    __syncthreads();
    if (t == 0) {
      if (CORRECT) asm volatile("st.release.gpu.global.u32 [%0], 1;" ::"l"(y) : "memory");
      else asm volatile("st.relaxed.gpu.global.u32 [%0], 1;" ::"l"(y) : "memory");
    }
  } else {
    int flag = 0;
    while (!flag) asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(flag) : "l"(y) : "memory");
    y[65 + t] = y[1 + t] * 2;
  }
}
TWINS_OF(race_cluster, __cluster_dims__(2, 1, 1)) {
  __shared__ int s[64];
  int t = threadIdx.x;
  s[t] = 0;
  cluster_sync();
  s[t] = x[blockIdx.x * 64 + t];
  if (CORRECT) cluster_sync(); else __syncthreads();
  uint remote;
  int v;
  asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(remote) : "r"(shared_address(&s[t])), "r"(blockIdx.x ^ 1));
  asm volatile("ld.shared::cluster.u32 %0, [%1];" : "=r"(v) : "r"(remote) : "memory");
  cluster_sync();
  y[blockIdx.x * 64 + t] = v;
}
TWINS(race_copy_without_barrier) {
  __shared__ int s[64];
  int t = threadIdx.x;
  s[t] = 0;
  __syncthreads();
  copy4(&s[t], x + t);
  commit();
  await<0>();
  if (CORRECT) __syncthreads();
  y[t] = s[63 - t];
}
TWINS(race_copy_overwrites) {
  __shared__ int s[64];
  int t = threadIdx.x;
  s[t] = x[t];
  __syncthreads();
  y[t] = s[63 - t];
  if (CORRECT) __syncthreads();
  copy4(&s[t], x + t + 1);
  commit();
  await<0>();
  __syncthreads();
  y[t] += s[63 - t];
}

// ---- asynchronous copies

TWINS(async_no_wait) {
  __shared__ int s[64];
  int t = threadIdx.x;
  s[t] = 0;
  copy4(&s[t], x + t);
  commit();
  if (CORRECT) await<0>();
  y[t] = s[t];
  await<0>();
}
TWINS(async_wrong_group) {
  __shared__ int s[2][64];
  int t = threadIdx.x;
  copy4(&s[0][t], x + t);
  commit();
  copy4(&s[1][t], x + t + 1);
  commit();
  await<CORRECT ? 0 : 1>();
  __syncthreads();
  y[t] = s[1][63 - t];
}
TWINS(async_overwritten) {
  __shared__ int s[64];
  int t = threadIdx.x;
  copy4(&s[t], x + t);
  commit();
  if (CORRECT) await<0>();
  s[t] = 1;
  await<0>();
  y[t] = s[t];
}
TWINS(async_bulk_no_wait) {
  __shared__ __align__(128) int s[64];
  __shared__ __align__(8) ulong64 full;
  int t = threadIdx.x;
  s[t] = 0;
  proxy_fence();
  if (t == 0) init_barrier(&full, 1);
  __syncthreads();
  if (t == 0) expect_and_fetch(s, x, 256, &full);
  if (CORRECT) await_parity(&full, 0);
  __syncthreads();
  y[t] = s[t];
  await_parity(&full, 0);
}
TWINS(async_store_source) {
  __shared__ __align__(128) int s[64];
  int t = threadIdx.x;
  s[t] = x[t];
  proxy_fence();
  __syncthreads();
  if (t == 0) {
    bulk_store(y, s, 256);
    if (CORRECT) asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
  }
  __syncthreads();
  s[t] = 9;
  if (t == 0) asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
}
TWINS(async_store_result) {
  __shared__ __align__(128) int s[64];
  int t = threadIdx.x;
  s[t] = x[t];
  proxy_fence();
  __syncthreads();
  if (t == 0) {
    bulk_store(y, s, 256);
    if (CORRECT) asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
    else asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
    y[64] = y[3];
    asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
  }
}
TWINS(async_no_proxy_fence) {
  __shared__ __align__(128) int s[64];
  int t = threadIdx.x;
  s[t] = x[t];
  if (CORRECT) proxy_fence();
  __syncthreads();
  if (t == 0) {
    bulk_store(y, s, 256);
    asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
  }
}
