// Kernels in the style of textbook CUDA. None was made by the project's generator.
typedef unsigned int uint;

extern "C" __global__ void saxpy(float a, const float* x, float* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = a * x[i] + y[i];
}

extern "C" __global__ void reduce_sum(const float* x, float* sums, int n) {
  __shared__ float partial[8];
  float v = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) v += x[i];
  for (int o = 16; o > 0; o >>= 1) v += __shfl_down_sync(0xffffffffu, v, o);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = v;
  __syncthreads();
  if (threadIdx.x < 32) {
    v = threadIdx.x < blockDim.x / 32 ? partial[threadIdx.x] : 0.f;
    for (int o = 4; o > 0; o >>= 1) v += __shfl_down_sync(0xffffffffu, v, o);
    if (threadIdx.x == 0) sums[blockIdx.x] = v;
  }
}

// Inclusive scan of one block (Hillis and Steele).
extern "C" __global__ void scan_block(const int* x, int* y) {
  extern __shared__ int data[];
  int t = threadIdx.x;
  data[t] = x[t];
  __syncthreads();
  for (int step = 1; step < blockDim.x; step *= 2) {
    int v = t >= step ? data[t - step] : 0;
    __syncthreads();
    data[t] += v;
    __syncthreads();
  }
  y[t] = data[t];
}

extern "C" __global__ void histogram(const unsigned char* x, int* bins, int n) {
  __shared__ int local[256];
  local[threadIdx.x] = 0;
  __syncthreads();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x)
    atomicAdd(&local[x[i]], 1);
  __syncthreads();
  atomicAdd(&bins[threadIdx.x], local[threadIdx.x]);
}

extern "C" __global__ void transpose(const float* x, float* y, int width, int height) {
  __shared__ float tile[32][33];
  int c = blockIdx.x * 32 + threadIdx.x, r = blockIdx.y * 32 + threadIdx.y;
  for (int k = 0; k < 32; k += 8)
    if (c < width && r + k < height) tile[threadIdx.y + k][threadIdx.x] = x[(r + k) * width + c];
  __syncthreads();
  c = blockIdx.y * 32 + threadIdx.x;
  r = blockIdx.x * 32 + threadIdx.y;
  for (int k = 0; k < 32; k += 8)
    if (c < height && r + k < width) y[(r + k) * height + c] = tile[threadIdx.x][threadIdx.y + k];
}

extern "C" __global__ void stencil(const float* x, float* y, int n) {
  __shared__ float s[128 + 6];
  int i = blockIdx.x * 128 + threadIdx.x;
  s[threadIdx.x + 3] = i < n ? x[i] : 0.f;
  if (threadIdx.x < 3) {
    s[threadIdx.x] = i >= 3 ? x[i - 3] : 0.f;
    s[threadIdx.x + 131] = i + 128 < n ? x[i + 128] : 0.f;
  }
  __syncthreads();
  float sum = 0;
  for (int k = -3; k <= 3; k++) sum += s[threadIdx.x + 3 + k];
  if (i < n) y[i] = sum;
}

extern "C" __global__ void bitonic_sort(int* x) {
  extern __shared__ int keys[];
  uint t = threadIdx.x;
  keys[t] = x[t];
  __syncthreads();
  for (uint k = 2; k <= blockDim.x; k *= 2)
    for (uint j = k / 2; j > 0; j /= 2) {
      uint other = t ^ j;
      if (other > t) {
        int a = keys[t], b = keys[other];
        if ((a > b) == ((t & k) == 0)) {
          keys[t] = b;
          keys[other] = a;
        }
      }
      __syncthreads();
    }
  x[t] = keys[t];
}

// Positive values are packed; one atomic for each group of converged threads.
extern "C" __global__ void compact(const int* x, int* y, int* count, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n && x[i] > 0) {
    uint group = __activemask();
    int leader = __ffs(group) - 1;
    int lane = threadIdx.x % 32;
    int base = 0;
    if (lane == leader) base = atomicAdd(count, __popc(group));
    base = __shfl_sync(group, base, leader);
    y[base + __popc(group & ((1u << lane) - 1))] = x[i];
  }
}

// All blocks wait for each other, twice.
extern "C" __global__ void grid_barrier(int* counter, int* values, int* result) {
  int block = blockIdx.x;
  if (threadIdx.x == 0) {
    values[block] = block * block + 1;
    __threadfence();
    atomicAdd(counter, 1);
    while (atomicAdd(counter, 0) < (int)gridDim.x) {}
    __threadfence();
  }
  __syncthreads();
  int sum = 0;
  for (int i = 0; i < gridDim.x; i++) sum += ((volatile int*)values)[i];
  if (threadIdx.x == 0) result[block] = sum;
}

__device__ __noinline__ int collatz(int n, int depth) {
  if (n == 1 || depth > 200) return depth;
  return collatz(n % 2 ? 3 * n + 1 : n / 2, depth + 1);
}

extern "C" __global__ void recursion(int* y) {
  int t = threadIdx.x;
  y[t] = t % 3 == 2 ? -1 : collatz(t + 1, 0);
}

// Lanes of one warp hand a lock to each other.
extern "C" __global__ void spin_lock(int* lock, int* total) {
  while (atomicCAS(lock, 0, 1) != 0) {}
  *(volatile int*)total += threadIdx.x;
  __threadfence();
  atomicExch(lock, 0);
}

// A producer lane and a consumer lane of one warp.
extern "C" __global__ void handshake(int* out) {
  __shared__ volatile int flag;
  if (threadIdx.x == 0) flag = 0;
  __syncwarp();
  if (threadIdx.x == 1) {
    while (flag == 0) {}
    out[0] = flag + 1;
  } else if (threadIdx.x == 0) {
    flag = 41;
  }
}
