#pragma once
// bfloat16, kept as its bits: the upper half of a float. Rounding in integer arithmetic, because
// the conversion instruction exists only from sm_80 on.
typedef unsigned short bfloat16_bits;

static __device__ __forceinline__ float bfloat16_to_float(bfloat16_bits bits) {
  return __uint_as_float(static_cast<unsigned>(bits) << 16);
}

static __device__ __forceinline__ bfloat16_bits float_to_bfloat16(float value) {
  const unsigned bits = __float_as_uint(value);
  if (value != value) return 0x7fc0;
  return static_cast<bfloat16_bits>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}
