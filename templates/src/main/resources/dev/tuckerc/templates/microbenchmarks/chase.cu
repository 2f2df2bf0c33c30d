//! template microbenchmark.chase : "latency of a load: each gives the place of the next"
//! shape LEVEL
#include "timer.cuh"

// One thread follows a ring of addresses: `warm` steps untimed, then `steps` timed. LEVEL 0 loads
// through the first-level cache, 1 through the second only, 2 from a copy of the ring's `nodes`
// elements in shared memory. result: clocks, and the element at which the walk ended, counted from
// where it began.
extern "C" __global__ void KERNEL(
    const unsigned long long* ring, long long* result, int nodes, int warm, int steps) {
  const unsigned long long first = reinterpret_cast<unsigned long long>(ring);
  //! if LEVEL == 2
  //| extern __shared__ unsigned copy[];
  //| const unsigned base = static_cast<unsigned>(__cvta_generic_to_shared(copy));
  //| for (int i = 0; i < nodes; i++) copy[i] = base + unsigned(ring[i] - first) / 2;
  //| unsigned place = base;
  //! else
  unsigned long long place = first;
  //! end
  long long start = 0;
#pragma unroll 1
  for (int i = 0; i < warm + steps; i++) {
    if (i == warm) start = clocks();
    //! if LEVEL == 0
    asm volatile("ld.global.ca.u64 %0, [%0];" : "+l"(place) :: "memory");
    //! end
    //! if LEVEL == 1
    //| asm volatile("ld.global.cg.u64 %0, [%0];" : "+l"(place) :: "memory");
    //! end
    //! if LEVEL == 2
    //| asm volatile("ld.shared.u32 %0, [%0];" : "+r"(place) :: "memory");
    //! end
  }
  // The store needs the last address, so the clock is read after it arrived.
  //! if LEVEL == 2
  //| result[1] = (place - base) / 4;
  //! else
  result[1] = static_cast<long long>(place - first) / 8;
  //! end
  result[0] = clocks() - start;
}
