//! template reduce : "y[o] = combine over r of x[o, r]; GROUP threads share one element of the result"
//! shape COUNT, LENGTH, PROGRAMMATIC
//! param GROUP in {1, 32, 256, 1024}
//! let THREADS = GROUP < 128 ? 128 : GROUP
//! require GROUP <= 32 || LENGTH >= 8 * GROUP : "too few elements for a whole block"
//! let ROWS = THREADS / GROUP
//! if PROGRAMMATIC
#include "programmatic.cuh"
//! end

extern "C" __global__ void __launch_bounds__(128 /*! THREADS */) KERNEL(
    //! hole parameters
    const float* x, float* y
    //! end
) {
  //! constants
  constexpr int COUNT = 16, LENGTH = 1000, GROUP = 32, ROWS = 4;
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
  const unsigned index = blockIdx.x * ROWS + threadIdx.x / GROUP;
  if (index >= COUNT) return;

  // Where the first element of this reduction lies.
  //! hole base
  const unsigned base = index * LENGTH;
  float total = 0.0f;
  //! end
#pragma unroll 4
  for (unsigned r = lane; r < LENGTH; r += GROUP) {
    //! hole accumulate
    total += x[base + r];
    //! end
  }
  //! if GROUP > 1
  auto merge = [&](compute other) {
    //! hole combine
    total += other;
    //! end
  };
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    merge(__shfl_xor_sync(0xffffffffu, total, distance));
  }
  //! if GROUP > 32
  //| // Each warp's part, added up by the first thread.
  //| __shared__ compute partial[GROUP / 32];
  //| if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = total;
  //| __syncthreads();
  //! end
  if (lane != 0) return;
  //! if GROUP > 32
  //| for (int warp = 1; warp < GROUP / 32; warp++) merge(partial[warp]);
  //! end
  //! end
  //! hole store
  y[index] = total;
  //! end
}
