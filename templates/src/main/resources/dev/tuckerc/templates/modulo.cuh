#pragma once
// Remainder with the divisor's sign.
static __device__ __forceinline__ float floored_modulo(float a, float b) {
  const float r = fmodf(a, b);
  return r != 0.0f && (r < 0.0f) != (b < 0.0f) ? r + b : r;
}

static __device__ __forceinline__ double floored_modulo(double a, double b) {
  const double r = fmod(a, b);
  return r != 0.0 && (r < 0.0) != (b < 0.0) ? r + b : r;
}

static __device__ __forceinline__ int floored_modulo(int a, int b) {
  const int r = a % b;
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

static __device__ __forceinline__ long long floored_modulo(long long a, long long b) {
  const long long r = a % b;
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
