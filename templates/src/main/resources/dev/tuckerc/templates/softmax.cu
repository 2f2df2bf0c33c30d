//! template softmax : "y = exp(x - max x) / sum exp(x - max x) along one axis; GROUP threads share a row"
//! shape COUNT, LENGTH, STRIDE_X, STRIDE_Y, PROGRAMMATIC
//! param GROUP in {1, 32, 256}
//! let THREADS = GROUP < 128 ? 128 : GROUP
//! let ROWS = THREADS / GROUP
//! let WARPS = THREADS / 32
//! if PROGRAMMATIC
#include "programmatic.cuh"
//! end

extern "C" __global__ void __launch_bounds__(128 /*! THREADS */) KERNEL(
    //! hole parameters
    const float* x, float* y
    //! end
) {
  //! constants
  constexpr int COUNT = 16, LENGTH = 1000, STRIDE_X = 1, STRIDE_Y = 1, GROUP = 32, ROWS = 4;
  //! end
  //! hole type
  typedef float compute;
  //! end
  //! if PROGRAMMATIC
  // The next kernel may start; this one goes on when the one before it has ended.
  start_successor();
  await_predecessor();
  //! end
  const unsigned lane = threadIdx.x % GROUP;
  const unsigned row = blockIdx.x * ROWS + threadIdx.x / GROUP;
  if (row >= COUNT) return;
  //! hole base
  const unsigned from = row * LENGTH, to = row * LENGTH;
  //! end
  //! if GROUP > 32
  __shared__ compute exchange[8 /*! WARPS */];
  //! end

  //! hole first
  compute largest = __int_as_float(0xff800000);
  //! end
  for (unsigned k = lane; k < LENGTH; k += GROUP) {
    //! hole load
    const compute value = x[from + k * STRIDE_X];
    //! end
    largest = value > largest || value != value ? value : largest;
  }
  //! if GROUP > 1
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    const compute other = __shfl_xor_sync(0xffffffffu, largest, distance);
    largest = other > largest || other != other ? other : largest;
  }
  //! end
  //! if GROUP > 32
  if (threadIdx.x % 32 == 0) exchange[threadIdx.x / 32] = largest;
  __syncthreads();
  largest = exchange[0];
#pragma unroll
  for (int warp = 1; warp < WARPS; warp++) {
    const compute other = exchange[warp];
    largest = other > largest || other != other ? other : largest;
  }
  __syncthreads();
  //! end

  compute total = 0;
  for (unsigned k = lane; k < LENGTH; k += GROUP) {
    //! hole accumulate
    const compute value = x[from + k * STRIDE_X];
    total += expf(value - largest);
    //! end
  }
  //! if GROUP > 1
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    total += __shfl_xor_sync(0xffffffffu, total, distance);
  }
  //! end
  //! if GROUP > 32
  if (threadIdx.x % 32 == 0) exchange[threadIdx.x / 32] = total;
  __syncthreads();
  total = exchange[0];
#pragma unroll
  for (int warp = 1; warp < WARPS; warp++) total += exchange[warp];
  //! end

  for (unsigned k = lane; k < LENGTH; k += GROUP) {
    //! hole store
    const compute value = x[from + k * STRIDE_X];
    y[to + k * STRIDE_Y] = expf(value - largest) / total;
    //! end
  }
}
