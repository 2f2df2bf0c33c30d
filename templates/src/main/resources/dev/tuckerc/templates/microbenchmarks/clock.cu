//! template microbenchmark.clock : "clocks against nanoseconds over a chain of dependent operations"
#include "timer.cuh"

// result: clocks, nanoseconds, and the last value of a linear congruence.
extern "C" __global__ void KERNEL(long long* result, int steps) {
  unsigned value = 1;
  const long long time = nanoseconds();
  const long long start = clocks();
#pragma unroll 1
  for (int i = 0; i < steps; i++) value = value * 1664525u + 1013904223u;
  // The clock is read once the value is there: the store needs it.
  result[2] = value;
  result[0] = clocks() - start;
  result[1] = nanoseconds() - time;
}
