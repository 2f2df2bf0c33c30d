#pragma once
// The hyperbolic tangent of a value that is rounded to 16 bits next. Its relative error is at most
// 2^-11 (PTX ISA, tanh.approx), as is that of rounding to half precision.
static __device__ __forceinline__ float tanh_to_round(float value) {
  float tangent;
  asm("tanh.approx.f32 %0, %1;" : "=f"(tangent) : "f"(value));
  return tangent;
}
