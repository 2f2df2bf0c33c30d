#pragma once
// Elements in memory, and two neighbouring ones: f32, as they are.
typedef float Element;
typedef uint2 ElementPair;

static __device__ __forceinline__ float load_element(Element element) { return element; }

static __device__ __forceinline__ Element round_element(float value) { return value; }

static __device__ __forceinline__ ElementPair round_pair(float first, float second) {
  return make_uint2(__float_as_uint(first), __float_as_uint(second));
}
