//! template arg_reduce : "y[o] = index of the extreme x[o, k]; GROUP threads share one result"
//! shape COUNT, LENGTH, STRIDE, PROGRAMMATIC
//! param GROUP in {1, 32, 256}
//! let THREADS = GROUP < 128 ? 128 : GROUP
//! require GROUP <= 32 || LENGTH >= 8 * GROUP : "too few elements for a whole block"
//! let ROWS = THREADS / GROUP
//! if PROGRAMMATIC
#include "programmatic.cuh"
//! end

extern "C" __global__ void __launch_bounds__(128 /*! THREADS */) KERNEL(
    //! hole parameters
    const float* x, long long* __restrict__ y
    //! end
) {
  //! constants
  constexpr int COUNT = 16, LENGTH = 1000, STRIDE = 1, GROUP = 32, ROWS = 4;
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
  //! hole base
  const unsigned base = index * LENGTH, to = index;
  //! end

  // No element yet: position LENGTH.
  compute best = 0;
  int at = LENGTH;
  auto merge = [&](compute value, int position) {
    //! hole merge
    const bool better = value > best || (value != value && best == best);
    const bool same = value == best || (value != value && best != best);
    const bool first = position < at;
    //! end
    if (position < LENGTH && (at == LENGTH || better || (same && first))) {
      best = value;
      at = position;
    }
  };
#pragma unroll 4
  for (int k = lane; k < LENGTH; k += GROUP) {
    //! hole load
    const compute value = x[base + k * STRIDE];
    //! end
    merge(value, k);
  }
  //! if GROUP > 1
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    const compute other = __shfl_xor_sync(0xffffffffu, best, distance);
    merge(other, __shfl_xor_sync(0xffffffffu, at, distance));
  }
  //! if GROUP > 32
  //| __shared__ compute values[GROUP / 32];
  //| __shared__ int positions[GROUP / 32];
  //| if (threadIdx.x % 32 == 0) {
  //|   values[threadIdx.x / 32] = best;
  //|   positions[threadIdx.x / 32] = at;
  //| }
  //| __syncthreads();
  //! end
  if (lane != 0) return;
  //! if GROUP > 32
  //| for (int warp = 1; warp < GROUP / 32; warp++) merge(values[warp], positions[warp]);
  //! end
  //! end
  y[to] = at;
}
