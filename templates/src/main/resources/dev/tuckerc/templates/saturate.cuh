#pragma once
// Float to integer, truncated towards zero and saturated; NaN gives 0. The bounds are compared in
// double where float cannot hold them.
static __device__ __forceinline__ int saturate_to_i32(double x) {
  return x != x ? 0 : __double2int_rz(x);
}

static __device__ __forceinline__ int saturate_to_i32(float x) {
  return x != x ? 0 : __float2int_rz(x);
}

static __device__ __forceinline__ unsigned saturate_to_u32(double x) {
  return x != x ? 0u : __double2uint_rz(x);
}

static __device__ __forceinline__ unsigned saturate_to_u32(float x) {
  return x != x ? 0u : __float2uint_rz(x);
}

static __device__ __forceinline__ long long saturate_to_i64(double x) {
  return x != x ? 0ll : __double2ll_rz(x);
}

static __device__ __forceinline__ long long saturate_to_i64(float x) {
  return x != x ? 0ll : __float2ll_rz(x);
}

static __device__ __forceinline__ unsigned long long saturate_to_u64(double x) {
  return x != x ? 0ull : __double2ull_rz(x);
}

static __device__ __forceinline__ unsigned long long saturate_to_u64(float x) {
  return x != x ? 0ull : __float2ull_rz(x);
}

template <typename F>
static __device__ __forceinline__ short saturate_to_i16(F x) {
  const int i = saturate_to_i32(x);
  return static_cast<short>(i < -32768 ? -32768 : i > 32767 ? 32767 : i);
}

template <typename F>
static __device__ __forceinline__ unsigned short saturate_to_u16(F x) {
  const int i = saturate_to_i32(x);
  return static_cast<unsigned short>(i < 0 ? 0 : i > 65535 ? 65535 : i);
}

template <typename F>
static __device__ __forceinline__ signed char saturate_to_i8(F x) {
  const int i = saturate_to_i32(x);
  return static_cast<signed char>(i < -128 ? -128 : i > 127 ? 127 : i);
}

template <typename F>
static __device__ __forceinline__ unsigned char saturate_to_u8(F x) {
  const int i = saturate_to_i32(x);
  return static_cast<unsigned char>(i < 0 ? 0 : i > 255 ? 255 : i);
}
