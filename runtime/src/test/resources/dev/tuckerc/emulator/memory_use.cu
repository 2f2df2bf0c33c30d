// Kernels that need much memory beside their buffers.

// Many registers and a tile in shared memory.
extern "C" __global__ void layer(float* out, const float* weights) {
  extern __shared__ float tile[];
  int t = threadIdx.x, n = blockDim.x;
  int block = blockIdx.y * gridDim.x + blockIdx.x;
  for (int i = t; i < 4 * n; i += n) tile[i] = weights[block * 4096 + i];
  __syncthreads();
  float sum[32];
#pragma unroll
  for (int k = 0; k < 32; k++) sum[k] = tile[(t + k) % (4 * n)];
#pragma unroll
  for (int k = 0; k < 32; k++) sum[k] = sum[k] * sum[(k + 5) % 32] + sum[(k + 11) % 32];
  float total = 0;
#pragma unroll
  for (int k = 0; k < 32; k++) total += sum[k];
  out[block * n + t] = total;
}

// Eight blocks with 128 KiB of shared memory each are under way together.
extern "C" __global__ void __cluster_dims__(8, 1, 1) clusters(float* out, const float* weights) {
  extern __shared__ float tile[];
  tile[threadIdx.x] = weights[blockIdx.x * 512 + threadIdx.x];
  asm volatile("barrier.cluster.arrive.aligned;\n barrier.cluster.wait.aligned;" ::: "memory");
  out[blockIdx.x * 512 + threadIdx.x] = tile[threadIdx.x ^ 1];
}

// 16 KiB of local memory for each thread, that is 16 MiB for each block.
extern "C" __global__ void locals(float* out, const float* weights) {
  float array[4096];
  int t = threadIdx.x, i = blockIdx.x * 1024 + t;
  for (int k = 0; k < 16; k++) array[(k * 251 + t) % 4096] = weights[i + k];
  out[i] = array[t * 4 % 4096] + array[(251 + t) % 4096];
}

// Every block waits for all others: 256 are under way together.
extern "C" __global__ void wait_for_all(float* out, int* flags) {
  extern __shared__ float tile[];
  int n = gridDim.x;
  tile[threadIdx.x] = threadIdx.x;
  if (threadIdx.x == 0) {
    asm volatile("st.release.gpu.global.u32 [%0], %1;" ::"l"(flags + blockIdx.x), "r"(1) : "memory");
    for (int b = 0; b < n; b++) {
      int seen;
      do asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(seen) : "l"(flags + b) : "memory");
      while (seen == 0);
    }
  }
  __syncthreads();
  out[blockIdx.x * 256 + threadIdx.x] = tile[threadIdx.x ^ 1];
}
