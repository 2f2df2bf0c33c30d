#pragma once
// Programmatic dependent launch: a kernel may start while its predecessor still runs, and waits here
// until everything that kernel wrote can be seen.
static __device__ __forceinline__ void await_predecessor() {
  asm volatile("griddepcontrol.wait;" ::: "memory");
}

// Lets the successor start; it waits for this kernel's end before it reads what this kernel writes.
static __device__ __forceinline__ void start_successor() {
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
}
