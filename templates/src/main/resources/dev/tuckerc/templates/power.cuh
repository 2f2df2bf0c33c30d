#pragma once
// Integer power by squaring; a negative exponent gives the truncated reciprocal.
template <typename T>
static __device__ __forceinline__ T integer_power(T base, T exponent) {
  if (exponent < T(0)) {
    if (base == T(1)) return T(1);
    if (base == T(-1)) return exponent % T(2) == T(0) ? T(1) : T(-1);
    return T(0);
  }
  T result = T(1);
  while (exponent > T(0)) {
    if (exponent % T(2) != T(0)) result = static_cast<T>(result * base);
    base = static_cast<T>(base * base);
    exponent = static_cast<T>(exponent / T(2));
  }
  return result;
}
