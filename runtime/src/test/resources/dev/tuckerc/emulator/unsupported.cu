// Instructions the emulator does not know: each kernel is refused with the line of its instruction.
extern "C" __global__ void sparse(float* out) {
  float a = 0, b = 0, c = 0, d = 0;
  asm volatile(
      "mma.sp::ordered_metadata.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%4}, {%4,%4}, {%0,%1,%2,%3}, %4, 0x0;"
      : "+f"(a), "+f"(b), "+f"(c), "+f"(d) : "r"(1));
  out[0] = a;
}

static __device__ __noinline__ int inner(int x) {
  int y;
  asm volatile("vadd.s32.s32.s32.sat %0, %1, %1;" : "=r"(y) : "r"(x));
  return y;
}

extern "C" __global__ void in_a_function(float* out) { out[0] = inner(threadIdx.x); }

extern "C" __global__ void environment(float* out) {
  int x;
  asm volatile("mov.u32 %0, %%envreg3;" : "=r"(x));
  out[0] = x;
}

extern "C" __global__ void allocate(float* out) {
  *(float**)out = (float*)malloc(4);
}
