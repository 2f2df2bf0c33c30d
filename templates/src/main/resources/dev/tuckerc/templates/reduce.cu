//! template reduce : "y[o] = combine over r of x[o, r]; GROUP threads share one element of the result"
//! shape COUNT, LENGTH, PROGRAMMATIC
//! param GROUP in {1, 32}
//! param THREADS in {128}
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
  constexpr int COUNT = 16, LENGTH = 1000, GROUP = 32, THREADS = 128, ROWS = 4;
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
#pragma unroll
  for (int distance = GROUP / 2; distance > 0; distance /= 2) {
    //! hole combine
    total += __shfl_xor_sync(0xffffffffu, total, distance);
    //! end
  }
  if (lane != 0) return;
  //! end
  //! hole store
  y[index] = total;
  //! end
}
