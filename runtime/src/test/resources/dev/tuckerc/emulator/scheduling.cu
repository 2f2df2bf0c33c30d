// Kernels that meet at barriers, talk to each other or begin early: right ones and broken ones.
typedef unsigned int uint;

// Threads that return early, after a store, do not take part in the barrier.
extern "C" __global__ void early_return(int* out, const int* in) {
  __shared__ int data[64];
  int t = threadIdx.x;
  if (t % 32 >= 20) {
    out[t] = -1;
    if (in[t] > 1000000) out[t] = -2;
    return;
  }
  data[t] = in[t];
  __syncthreads();
  out[t] = data[t / 32 * 32];
}

// Threads that skip the barrier, and then have nothing more to do.
extern "C" __global__ void skipped_at_end(int* out, const int* in) {
  __shared__ int data[64];
  int t = threadIdx.x;
  data[t] = in[t];
  if (t < 40) {
    __syncthreads();
    out[t] = data[39 - t];
  }
}

// Every round, twenty threads more have left.
extern "C" __global__ void shedding(int* out, const int* in) {
  int t = threadIdx.x;
  out[t] = 0;
  for (int round = 0; round < 7; round++) {
    if (t < round * 20) return;
    out[t] += 1;
    __syncthreads();
  }
}

extern "C" __global__ void read_of_exited(int* out, const int* in) {
  int t = threadIdx.x;
  if (t % 32 >= 16) return;
  out[t] = __shfl_down_sync(0xffffffffu, in[t], 16);
}

extern "C" __global__ void read_of_unnamed(int* out, const int* in) {
  int t = threadIdx.x;
  unsigned mask = t % 32 < 16 ? 0xffffu : 0xffff0000u;
  out[t] = __shfl_xor_sync(mask, in[t], 16);
}

// A reduction by one warp that relies on its lanes keeping step.
__device__ __noinline__ void in_step(volatile int* s, int t) {
  for (int d = 32; d > 0; d /= 2) s[t] += s[t + d];
}
extern "C" __global__ void keeping_step(int* out) {
  __shared__ int s[96];
  int t = threadIdx.x;
  s[t] = t + out[0];
  if (t < 32) s[64 + t] = 0;
  __syncthreads();
  if (t < 32) in_step(s, t);
  if (t == 0) out[1] = s[0];
}

// The same, with the order said.
extern "C" __global__ void said_order(int* out) {
  __shared__ volatile int s[96];
  int t = threadIdx.x;
  s[t] = t + out[0];
  if (t < 32) s[64 + t] = 0;
  __syncthreads();
  if (t < 32) {
    int v = s[t];
    for (int d = 32; d > 0; d /= 2) {
      v += s[t + d];
      __syncwarp();
      s[t] = v;
      __syncwarp();
    }
  }
  if (t == 0) out[1] = s[0];
}

// The condition is true for all threads, but some find out on another way.
extern "C" __global__ void short_circuit(int* out, const int* in) {
  int t = threadIdx.x;
  out[t] = 1;
  if (t % 7 == 3 || in[0] + in[1] != 12345678) {
    __syncthreads();
    out[t + 64] = out[t ^ 1] + t;
  }
  out[t + 128] = out[t + 64] + 1;
}

extern "C" __global__ void short_circuit_shuffle(int* out, const int* in) {
  int t = threadIdx.x, v = in[t];
  if (t % 7 == 3 || in[0] + in[1] != 12345678) {
    v += __shfl_xor_sync(0xffffffffu, v, 1);
    out[t + 64] = v;
    __syncwarp();
    v += out[(t ^ 2) + 64];
  }
  out[t] = v + 1;
}

extern "C" __global__ void divergent_barrier(int* out, const int* in) {
  int t = threadIdx.x;
  if (t % 32 < 16) {
    out[t] = in[t];
    __syncthreads();
  }
  out[t + 64] = t;
}

// Warps on different ways meet at a barrier with a thread count.
extern "C" __global__ void specialised(int* out, const int* in) {
  __shared__ int data[32];
  int t = threadIdx.x;
  if (t < 32) {
    for (int i = 0; i < 4; i++) {
      data[t] = in[t] + i;
      asm volatile("bar.sync 1, 64;" ::: "memory");
      asm volatile("bar.sync 2, 64;" ::: "memory");
    }
  } else {
    int sum = 0;
    for (int i = 0; i < 4; i++) {
      asm volatile("bar.sync 1, 64;" ::: "memory");
      sum += data[63 - t];
      asm volatile("bar.arrive 2, 64;" ::: "memory");
    }
    out[t] = sum;
  }
}

// Each half of a warp exchanges values on its own.
extern "C" __global__ void half_masks(int* out, const int* in) {
  int t = threadIdx.x;
  uint half = 0xffffu << (t & 16);
  int v = __shfl_sync(half, in[t], 3, 16);
  out[t] = v + __popc(__ballot_sync(half, v > 0)) * 100 + __all_sync(half, (t & 16) == 0);
}

extern "C" __global__ void absent_lanes(int* out, const int* in) {
  int t = threadIdx.x;
  int v = in[t];
  if (t < 16) v += __shfl_sync(0xffffffffu, v, 0);
  out[t] = v;
}

// The block that comes last wins.
extern "C" __global__ void last_wins(int* out) {
  int mine = blockIdx.x;
  asm volatile("st.relaxed.gpu.global.u32 [%0], %1;" ::"l"(out), "r"(mine) : "memory");
}

// Every warp adds to what is there, without an atomic.
extern "C" __global__ void lost_updates(int* out) {
  int old;
  asm volatile("ld.relaxed.gpu.global.u32 %0, [%1];" : "=r"(old) : "l"(out) : "memory");
  __syncwarp();
  asm volatile("st.relaxed.gpu.global.u32 [%0], %1;" ::"l"(out), "r"(old * 3 + (int)threadIdx.x / 32) : "memory");
}

// The order of blocks does not matter.
extern "C" __global__ void any_order(int* out, const int* in, int* sum) {
  __shared__ int data[64];
  int t = threadIdx.x, i = blockIdx.x * 64 + t;
  data[t] = in[i];
  __syncthreads();
  int v = 0;
  for (int k = 0; k < 64; k++) v = v * 31 + data[(t + k) % 64];
  out[i] = v;
  atomicAdd(sum, v);
}

// Flags instead of atomics: a block goes on when all blocks have come.
extern "C" __global__ void flag_barrier(int* out, int* flags) {
  int n = gridDim.x;
  if (threadIdx.x == 0) {
    asm volatile("st.release.gpu.global.u32 [%0], %1;" ::"l"(flags + blockIdx.x), "r"(1) : "memory");
    for (int b = 0; b < n; b++) {
      int seen;
      do asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(seen) : "l"(flags + b) : "memory");
      while (seen == 0);
    }
  }
  __syncthreads();
  out[blockIdx.x * blockDim.x + threadIdx.x] = n;
}

static __device__ void wait_for_launches() { asm volatile("griddepcontrol.wait;" ::: "memory"); }
static __device__ void let_dependents_begin() { asm volatile("griddepcontrol.launch_dependents;" ::: "memory"); }

extern "C" __global__ void produce(int* out, const int* in) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  out[i] = in[i] * 2;
}

extern "C" __global__ void consume(int* out, const int* in, const int* weights) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  int w = weights[i];
  let_dependents_begin();
  wait_for_launches();
  out[i] = in[i] + w;
}

extern "C" __global__ void consume_too_early(int* out, const int* in, const int* weights) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  int v = in[i];
  wait_for_launches();
  out[i] = v + weights[i];
}

// Clears its output, which the kernel before may still read.
extern "C" __global__ void clear_too_early(int* out, const int* in, const int* weights) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  out[i] = 0;
  wait_for_launches();
  out[i] += in[i] + weights[i];
}

// One warp waits for the launches before; the others wait for that warp.
extern "C" __global__ void consume_by_one_warp(int* out, const int* in, const int* weights) {
  __shared__ int staged[64];
  int t = threadIdx.x, i = blockIdx.x * 64 + t;
  staged[t] = weights[i];
  if (t < 32) wait_for_launches();
  __syncthreads();
  out[i] = in[i] + staged[t ^ 1];
}
