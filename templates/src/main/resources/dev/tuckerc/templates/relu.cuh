#pragma once
// The larger of a value and 0; NaN stays NaN.
static __device__ __forceinline__ float relu(float value) {
  if constexpr (__CUDA_ARCH__ >= 800) {
    float larger;
    asm("max.NaN.f32 %0, %1, 0f00000000;" : "=f"(larger) : "f"(value));
    return larger;
  } else {
    return value < 0.0f ? 0.0f : value;
  }
}
