#pragma once
// IEEE binary16, kept as its bits; arithmetic is done in float.
typedef unsigned short half_bits;

static __device__ __forceinline__ float half_to_float(half_bits bits) {
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
  return value;
}

static __device__ __forceinline__ half_bits float_to_half(float value) {
  half_bits bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return bits;
}

static __device__ __forceinline__ half_bits double_to_half(double value) {
  half_bits bits;
  asm("cvt.rn.f16.f64 %0, %1;" : "=h"(bits) : "d"(value));
  return bits;
}
