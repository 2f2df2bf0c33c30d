//! template recurrence : "recurrent layer: each block takes one sequence of the batch through all steps"
//! shape STEPS, BATCH, HIDDEN, GATES, STATES, REVERSE
//! shape ELEMENT_BYTES, PROGRAMMATIC
//! param THREADS in {32, 64, 128, 256, 512}
//! require THREADS == 32 || THREADS < HIDDEN + 32 : "threads without a unit"
//! require 4 * HIDDEN * ELEMENT_BYTES <= 49152 : "48 KB of static shared memory"
//! if PROGRAMMATIC
#include "programmatic.cuh"
//! end

extern "C" __global__ void __launch_bounds__(128 /*! THREADS */) KERNEL(
    //! hole parameters
    const float* gates, const float* __restrict__ weight, const float* __restrict__ bias,
    const float* initial, float* __restrict__ y
    //! end
) {
  //! constants
  constexpr int STEPS = 70, BATCH = 2, HIDDEN = 128, GATES = 1, REVERSE = 0, THREADS = 128;
  //! end
  //! hole type
  typedef float compute;
  //! end
  // The state before a step and the one after it, by turns.
  __shared__ compute hidden[2][HIDDEN];
  //! hole shared
  //! end
  //! if PROGRAMMATIC
  // The next kernel may start; this one goes on when the one before it has ended.
  start_successor();
  await_predecessor();
  //! end
  const int row = blockIdx.x;
  for (int unit = threadIdx.x; unit < HIDDEN; unit += THREADS) {
    //! hole initial
    hidden[0][unit] = initial[row * HIDDEN + unit];
    //! end
  }
  __syncthreads();

#pragma unroll 1
  for (int step = 0; step < STEPS; step++) {
    const int at = REVERSE ? STEPS - 1 - step : step;
    const compute* const before = hidden[step & 1];
    compute* const after = hidden[step + 1 & 1];
    //! hole length
    const bool runs = true;
    //! end
    //! hole prepare
    //! end
    for (int unit = threadIdx.x; unit < HIDDEN; unit += THREADS) {
      const int to = (at * BATCH + row) * HIDDEN + unit;
      //! hole step
      compute sum = gates[to] + bias[unit];
      for (int k = 0; k < HIDDEN; k++) sum += before[k] * weight[k * HIDDEN + unit];
      const compute next = tanhf(sum);
      //! end
      after[unit] = runs ? next : before[unit];
      //! hole store
      y[to] = runs ? next : compute(0);
      //! end
    }
    __syncthreads();
  }

  for (int unit = threadIdx.x; unit < HIDDEN; unit += THREADS) {
    //! hole last
    y[(STEPS * BATCH + row) * HIDDEN + unit] = hidden[STEPS & 1][unit];
    //! end
  }
}
