//! template microbenchmark.stamp : "the device's time when the kernel runs"
#include "timer.cuh"

extern "C" __global__ void KERNEL(long long* times, int index) { times[index] = nanoseconds(); }
