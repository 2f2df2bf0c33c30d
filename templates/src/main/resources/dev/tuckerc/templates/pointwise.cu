//! template pointwise : "y[i] = f(x0[i], x1[i], ...) with operands of any layout, broadcast to the result"
//! shape COUNT, PROGRAMMATIC
//! param VECTOR in {1, 2, 4, 8}
//! param THREADS in {128}
//! require COUNT % VECTOR == 0 : "the vector width does not divide the number of elements"
#include "packed.cuh"
//! if PROGRAMMATIC
#include "programmatic.cuh"
//! end

// Runs in the memory order of the result; each thread computes VECTOR neighbouring elements.
extern "C" __global__ void __launch_bounds__(128 /*! THREADS */) KERNEL(
    //! hole parameters
    const float* x0, const float* __restrict__ x1, float* y
    //! end
) {
  //! constants
  constexpr int COUNT = 1024, VECTOR = 4, THREADS = 128;
  //! end
  //! if PROGRAMMATIC
  // The next kernel may start; this one goes on when the one before it has ended.
  start_successor();
  await_predecessor();
  //! end
  const unsigned index = (blockIdx.x * THREADS + threadIdx.x) * VECTOR;
  if (index >= COUNT) return;

  // Operands.
  //! hole load
  const auto p0 = *reinterpret_cast<const Packed<float, VECTOR>*>(x0 + index);
  const auto v1 = x1[0];
  //! end
  //! hole result
  Packed<float, VECTOR> result;
  //! end
#pragma unroll
  for (int lane = 0; lane < VECTOR; lane++) {
    //! hole compute
    result.value[lane] = p0.value[lane] * v1;
    //! end
  }
  //! hole store
  *reinterpret_cast<Packed<float, VECTOR>*>(y + index) = result;
  //! end
}
