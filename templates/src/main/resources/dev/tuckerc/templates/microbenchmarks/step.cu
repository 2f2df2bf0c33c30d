//! template microbenchmark.step : "one step of a chain of dependent kernels"
//! shape PROGRAMMATIC

// Every block passes one number on, as a kernel of a network does: it loads what the kernel before
// stored, and stores what the next one loads.
// PROGRAMMATIC lets the next kernel start early and waits for the one before to be complete.
extern "C" __global__ void __launch_bounds__(128) KERNEL(int* value) {
  //! if PROGRAMMATIC
  //| asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
  //| asm volatile("griddepcontrol.wait;" ::: "memory");
  //! end
  if (threadIdx.x == 0) value[blockIdx.x] = value[blockIdx.x] + 1;
}
