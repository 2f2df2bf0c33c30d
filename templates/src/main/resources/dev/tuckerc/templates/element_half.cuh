#pragma once
#include "half.cuh"
// Elements in memory, and two neighbouring ones: IEEE binary16.
typedef half_bits Element;
typedef unsigned ElementPair;

static __device__ __forceinline__ float load_element(Element element) {
  return half_to_float(element);
}

static __device__ __forceinline__ Element round_element(float value) { return float_to_half(value); }

static __device__ __forceinline__ ElementPair round_pair(float first, float second) {
  return float_to_half(first) | unsigned(float_to_half(second)) << 16;
}
