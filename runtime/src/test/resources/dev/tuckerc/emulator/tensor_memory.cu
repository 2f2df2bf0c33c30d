// Tensor copies, multicast and warpgroup matrix products of sm_90a, as a textbook would write them.
typedef unsigned int uint;
typedef unsigned long long ulong64;
struct __align__(64) TensorMap { unsigned char opaque[128]; };

static __device__ uint shared_address(const void* p) { return (uint)__cvta_generic_to_shared(p); }

static __device__ void barrier_init(ulong64* barrier, uint count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(count));
}
static __device__ void barrier_expect(ulong64* barrier, uint bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)), "r"(bytes) : "memory");
}
static __device__ void barrier_arrive(ulong64* barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");
}
// Spins in PTX, with a label of its own, as CUTLASS-style code does.
static __device__ void barrier_wait(ulong64* barrier, uint parity) {
  asm volatile(
      "{\n"
      ".reg .pred done;\n"
      "AGAIN:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1, 1000;\n"
      "@done bra FINISHED;\n"
      "bra AGAIN;\n"
      "FINISHED:\n"
      "}" ::"r"(shared_address(barrier)), "r"(parity) : "memory");
}
static __device__ void load_2d(void* to, const TensorMap* map, ulong64* barrier, int x, int y) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4}], [%2];" ::
          "r"(shared_address(to)), "l"(map), "r"(shared_address(barrier)), "r"(x), "r"(y) : "memory");
}
static __device__ void store_2d(const TensorMap* map, const void* from, int x, int y) {
  asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group [%0, {%2, %3}], [%1];" ::
                   "l"(map), "r"(shared_address(from)), "r"(x), "r"(y) : "memory");
}
static __device__ void cluster_sync() {
  asm volatile("barrier.cluster.arrive.release.aligned;\n barrier.cluster.wait.acquire.aligned;" ::: "memory");
}

// Index of an element of a 32x32 float tile stored with the 128-byte swizzle.
static __device__ int swizzled(int row, int column) {
  return row * 32 + ((column / 4 ^ row % 8) * 4 + column % 4);
}

// y = 2 x^T + 1, tile by tile; while one tile is worked on the next one is on its way.
extern "C" __global__ void transpose(const __grid_constant__ TensorMap x, const __grid_constant__ TensorMap y, int tiles_x, int tiles) {
  __shared__ __align__(1024) float in[2][1024];
  __shared__ __align__(1024) float out[2][1024];
  __shared__ __align__(8) ulong64 full[2];
  if (threadIdx.x == 0) {
    asm volatile("prefetch.tensormap [%0];" ::"l"(&x) : "memory");
    barrier_init(&full[0], 1);
    barrier_init(&full[1], 1);
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  }
  __syncthreads();
  int step = gridDim.x;
  if (threadIdx.x == 0 && blockIdx.x < tiles) {
    barrier_expect(&full[0], 4096);
    load_2d(in[0], &x, &full[0], blockIdx.x % tiles_x * 32, blockIdx.x / tiles_x * 32);
  }
  int stage = 0, parity = 0;
  for (int tile = blockIdx.x; tile < tiles; tile += step) {
    int next = tile + step;
    if (threadIdx.x == 0 && next < tiles) {
      barrier_expect(&full[stage ^ 1], 4096);
      load_2d(in[stage ^ 1], &x, &full[stage ^ 1], next % tiles_x * 32, next / tiles_x * 32);
    }
    barrier_wait(&full[stage], parity);
    // The store of two tiles ago must have read its buffer.
    if (threadIdx.x == 0) asm volatile("cp.async.bulk.wait_group.read 1;" ::: "memory");
    __syncthreads();
    for (int i = threadIdx.x; i < 1024; i += blockDim.x)
      out[stage][swizzled(i % 32, i / 32)] = 2 * in[stage][swizzled(i / 32, i % 32)] + 1;
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    __syncthreads();
    if (threadIdx.x == 0) {
      store_2d(&y, out[stage], tile / tiles_x * 32, tile % tiles_x * 32);
      asm volatile("cp.async.bulk.commit_group;" ::: "memory");
    }
    stage ^= 1;
    parity ^= stage == 0;
  }
  if (threadIdx.x == 0) asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
}

// Both blocks of a cluster need the whole row of x; each fetches half and sends it to both.
extern "C" __global__ void __cluster_dims__(2, 1, 1) multicast(const __grid_constant__ TensorMap x, float* y) {
  __shared__ __align__(128) float row[256];
  __shared__ __align__(8) ulong64 full;
  uint rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  if (threadIdx.x == 0) {
    barrier_init(&full, 1);
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    barrier_expect(&full, 1024);
  }
  cluster_sync();
  if (threadIdx.x == 0) {
    unsigned short both = 3;
    asm volatile(
        "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster.L2::cache_hint"
        " [%0], [%1, {%3, %4}], [%2], %5, %6;" ::"r"(shared_address(row + 128 * rank)), "l"(&x),
        "r"(shared_address(&full)), "r"(128 * rank), "r"(blockIdx.x / 2), "h"(both), "l"(0x14F0000000000000ull) : "memory");
  }
  barrier_wait(&full, 0);
  // Block 0 adds up the row, block 1 its squares.
  float sum = 0;
  for (int i = threadIdx.x; i < 256; i += 32) sum += rank == 0 ? row[i] : row[i] * row[i];
  for (int d = 16; d > 0; d /= 2) sum += __shfl_xor_sync(~0u, sum, d);
  if (threadIdx.x == 0) y[blockIdx.x] = sum;
  cluster_sync();
}

// Matrix descriptor of a tile with the 128-byte swizzle.
static __device__ ulong64 descriptor(const void* tile, uint leading, uint stride) {
  return (ulong64)1 << 62 | (ulong64)(stride >> 4) << 32 | (ulong64)(leading >> 4) << 16 | (shared_address(tile) & 0x3ffff) >> 4;
}

#define ACC4(i) "+f"(c[i]), "+f"(c[i + 1]), "+f"(c[i + 2]), "+f"(c[i + 3])
#define WGMMA(TRANSPOSE_B)                                                                       \
  asm volatile(                                                                                  \
      "{\n"                                                                                      \
      ".reg .pred add;\n"                                                                        \
      "setp.ne.b32 add, %34, 0;\n"                                                               \
      "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 "                                      \
      "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "                  \
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, "        \
      "%32, %33, add, 1, 1, 0, " TRANSPOSE_B ";\n"                                               \
      "}"                                                                                        \
      : ACC4(0), ACC4(4), ACC4(8), ACC4(12), ACC4(16), ACC4(20), ACC4(24), ACC4(28)              \
      : "l"(a), "l"(b), "r"(add))

static __device__ void multiply(float (&c)[32], ulong64 a, ulong64 b, int add) { WGMMA("0"); }
static __device__ void multiply_transposed(float (&c)[32], ulong64 a, ulong64 b, int add) { WGMMA("1"); }

// c = a b for a of m x k and b of n x k (or k x n), f16 in, f32 out: a block makes 64 x 64; the
// first warpgroup's first thread fetches tiles of 64 along k, the second warpgroup multiplies.
template <bool TRANSPOSED>
static __device__ void gemm(const TensorMap* a, const TensorMap* b, float* c, int n, int k) {
  constexpr int STAGES = 3;
  extern __shared__ __align__(1024) unsigned char tiles[];
  __shared__ __align__(8) ulong64 full[STAGES], empty[STAGES];
  if (threadIdx.x == 0) {
    for (int s = 0; s < STAGES; s++) {
      barrier_init(&full[s], 1);
      barrier_init(&empty[s], 128);
    }
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  }
  __syncthreads();
  int steps = (k + 63) / 64;
  if (threadIdx.x < 128) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
    if (threadIdx.x == 0)
      for (int i = 0; i < steps; i++) {
        int s = i % STAGES;
        if (i >= STAGES) barrier_wait(&empty[s], (i / STAGES - 1) % 2);
        unsigned char* tile = tiles + s * 16384;
        barrier_expect(&full[s], 16384);
        load_2d(tile, a, &full[s], i * 64, blockIdx.y * 64);
        if (TRANSPOSED) load_2d(tile + 8192, b, &full[s], blockIdx.x * 64, i * 64);
        else load_2d(tile + 8192, b, &full[s], i * 64, blockIdx.x * 64);
      }
    return;
  }
  asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
  float acc[32];
  for (int i = 0; i < steps; i++) {
    int s = i % STAGES;
    barrier_wait(&full[s], i / STAGES % 2);
    const unsigned char* tile = tiles + s * 16384;
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
    for (int step = 0; step < 4; step++) {
      // Along k a step is 32 bytes of a line; across it, 16 lines.
      ulong64 left = descriptor(tile + 32 * step, 16, 1024);
      if (TRANSPOSED) multiply_transposed(acc, left, descriptor(tile + 8192 + 2048 * step, 8192, 1024), i + step > 0);
      else multiply(acc, left, descriptor(tile + 8192 + 32 * step, 16, 1024), i + step > 0);
    }
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    // The group before this one is done, so its tiles may be overwritten.
    asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
    if (i > 0) barrier_arrive(&empty[(i - 1) % STAGES]);
  }
  asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
  int thread = threadIdx.x - 128;
  int row = blockIdx.y * 64 + thread / 32 * 16 + thread % 32 / 4;
  int column = blockIdx.x * 64 + thread % 4 * 2;
#pragma unroll
  for (int j = 0; j < 32; j++) c[(row + j % 4 / 2 * 8) * n + column + j / 4 * 8 + j % 2] = acc[j];
}

extern "C" __global__ void gemm_nk(const __grid_constant__ TensorMap a, const __grid_constant__ TensorMap b, float* c, int n, int k) {
  gemm<false>(&a, &b, c, n, k);
}
extern "C" __global__ void gemm_kn(const __grid_constant__ TensorMap a, const __grid_constant__ TensorMap b, float* c, int n, int k) {
  gemm<true>(&a, &b, c, n, k);
}

// A ring: every block of the cluster stores its values into the next block's shared memory, which
// waits for the bytes; then it tells its neighbour, by an arrival there, that it is done with them.
extern "C" __global__ void __cluster_dims__(4, 1, 1) ring(const int* x, int* y, int rounds) {
  __shared__ int box[32];
  __shared__ __align__(8) ulong64 full, empty;
  uint rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  if (threadIdx.x == 0) {
    barrier_init(&full, 1);
    barrier_init(&empty, 32);
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  }
  cluster_sync();
  uint next_box, next_full, before_empty;
  asm("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(next_box) : "r"(shared_address(&box[threadIdx.x])), "r"((rank + 1) % 4));
  asm("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(next_full) : "r"(shared_address(&full)), "r"((rank + 1) % 4));
  asm("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(before_empty) : "r"(shared_address(&empty)), "r"((rank + 3) % 4));
  int value = x[blockIdx.x * 32 + threadIdx.x];
  int sum = value;
  for (int i = 0; i < rounds; i++) {
    if (threadIdx.x == 0) barrier_expect(&full, 128);
    if (i > 0) barrier_wait(&empty, (i - 1) % 2);
    asm volatile("st.async.shared::cluster.mbarrier::complete_tx::bytes.u32 [%0], %1, [%2];" ::"r"(next_box), "r"(value), "r"(next_full) : "memory");
    barrier_wait(&full, i % 2);
    value = box[threadIdx.x];
    asm volatile("mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%0];" ::"r"(before_empty) : "memory");
    sum = sum * 3 + value;
  }
  y[blockIdx.x * 32 + threadIdx.x] = sum;
  cluster_sync();
}
