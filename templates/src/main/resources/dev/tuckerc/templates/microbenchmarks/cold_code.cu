//! template microbenchmark.cold_code : "a long run of straight code, executed more than once"
//! shape STATEMENTS
#include "timer.cuh"

// The statements differ, so they cannot become a loop. Passes after the first find the code in the
// instruction caches. Results: clocks of each pass, then the value computed.
extern "C" __global__ void KERNEL(long long* result, int passes) {
  //! constants
  constexpr int STATEMENTS = 64;
  //! end
  unsigned value = passes;
#pragma unroll 1
  for (int pass = 0; pass < passes; pass++) {
    const long long start = clocks();
#pragma unroll
    for (unsigned i = 0; i < STATEMENTS; i++) {
      value = value * 5 ^ (i * 2654435761u + 1);
    }
    // The store needs the value, so the clock is read once the pass is done.
    result[passes] = value;
    result[pass] = clocks() - start;
  }
}
