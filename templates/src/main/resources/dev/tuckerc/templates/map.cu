//! template map : "y[i] = f(coordinates of i): one element of the result per thread"
//! shape COUNT, PROGRAMMATIC
//! param THREADS in {128}
//! if PROGRAMMATIC
#include "programmatic.cuh"
//! end

// Runs in the memory order of the result.
extern "C" __global__ void __launch_bounds__(128 /*! THREADS */) KERNEL(
    //! hole parameters
    const float* x0, float* y
    //! end
) {
  //! constants
  constexpr int COUNT = 1024, THREADS = 128;
  //! end
  //! if PROGRAMMATIC
  // The next kernel may start; this one goes on when the one before it has ended.
  start_successor();
  await_predecessor();
  //! end
  const unsigned index = blockIdx.x * THREADS + threadIdx.x;
  if (index >= COUNT) return;
  //! hole body
  y[index] = x0[index];
  //! end
}
