// Half-precision numbers: the types, conversions, arithmetic and comparisons of <cuda_fp16.h> that kernels use most.
// Each operation is the PTX instruction of its name, rounded once.
#pragma once

struct __half {
  unsigned short bits;
  __half() = default;
  __device__ __half(float value) { asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value)); }
  __device__ __half(double value) { asm("cvt.rn.f16.f64 %0, %1;" : "=h"(bits) : "d"(value)); }
  __device__ __half(int value) { asm("cvt.rn.f16.s32 %0, %1;" : "=h"(bits) : "r"(value)); }
  __device__ __half(unsigned value) { asm("cvt.rn.f16.u32 %0, %1;" : "=h"(bits) : "r"(value)); }
  __device__ operator float() const {
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
    return value;
  }
};
typedef __half half;

struct __align__(4) __half2 {
  __half x;
  __half y;
  __half2() = default;
  __device__ __half2(__half low, __half high) : x(low), y(high) {}
};
typedef __half2 half2;

static __device__ __forceinline__ __half __ushort_as_half(unsigned short bits) {
  __half value;
  value.bits = bits;
  return value;
}
static __device__ __forceinline__ unsigned short __half_as_ushort(__half value) { return value.bits; }
static __device__ __forceinline__ __half __float2half(float value) { return __half(value); }
static __device__ __forceinline__ __half __float2half_rn(float value) { return __half(value); }
static __device__ __forceinline__ __half __double2half(double value) { return __half(value); }
static __device__ __forceinline__ __half __int2half_rn(int value) { return __half(value); }
static __device__ __forceinline__ __half __uint2half_rn(unsigned value) { return __half(value); }
static __device__ __forceinline__ float __half2float(__half value) { return (float)value; }
static __device__ __forceinline__ int __half2int_rn(__half value) {
  int result;
  asm("cvt.rni.s32.f16 %0, %1;" : "=r"(result) : "h"(value.bits));
  return result;
}
static __device__ __forceinline__ int __half2int_rz(__half value) {
  int result;
  asm("cvt.rzi.s32.f16 %0, %1;" : "=r"(result) : "h"(value.bits));
  return result;
}

#define TUCKERC_HALF_BINARY(NAME, INSTRUCTION)                                                 \
  static __device__ __forceinline__ __half NAME(__half a, __half b) {                          \
    __half result;                                                                             \
    asm(INSTRUCTION " %0, %1, %2;" : "=h"(result.bits) : "h"(a.bits), "h"(b.bits));            \
    return result;                                                                             \
  }                                                                                            \
  static __device__ __forceinline__ __half2 NAME##2(__half2 a, __half2 b) {                    \
    return __half2(NAME(a.x, b.x), NAME(a.y, b.y));                                            \
  }
TUCKERC_HALF_BINARY(__hadd, "add.rn.f16")
TUCKERC_HALF_BINARY(__hsub, "sub.rn.f16")
TUCKERC_HALF_BINARY(__hmul, "mul.rn.f16")
#undef TUCKERC_HALF_BINARY

static __device__ __forceinline__ __half __hfma(__half a, __half b, __half c) {
  __half result;
  asm("fma.rn.f16 %0, %1, %2, %3;"
      : "=h"(result.bits) : "h"(a.bits), "h"(b.bits), "h"(c.bits));
  return result;
}
static __device__ __forceinline__ __half2 __hfma2(__half2 a, __half2 b, __half2 c) {
  return __half2(__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y));
}
// A quotient of two halves computed in float is rounded correctly: 24 digits are more than twice 11.
static __device__ __forceinline__ __half __hdiv(__half a, __half b) {
  return __half(__fdiv_rn((float)a, (float)b));
}
static __device__ __forceinline__ __half2 __h2div(__half2 a, __half2 b) {
  return __half2(__hdiv(a.x, b.x), __hdiv(a.y, b.y));
}
static __device__ __forceinline__ __half __hneg(__half a) {
  return __ushort_as_half(a.bits ^ 0x8000);
}
static __device__ __forceinline__ __half __habs(__half a) {
  return __ushort_as_half(a.bits & 0x7fff);
}
static __device__ __forceinline__ bool __hisnan(__half a) { return (a.bits & 0x7fff) > 0x7c00; }
static __device__ __forceinline__ int __hisinf(__half a) {
  return (a.bits & 0x7fff) != 0x7c00 ? 0 : (a.bits & 0x8000) != 0 ? -1 : 1;
}

static __device__ __forceinline__ bool __heq(__half a, __half b) { return (float)a == (float)b; }
static __device__ __forceinline__ bool __hne(__half a, __half b) {
  return (float)a < (float)b || (float)a > (float)b;
}
static __device__ __forceinline__ bool __hlt(__half a, __half b) { return (float)a < (float)b; }
static __device__ __forceinline__ bool __hle(__half a, __half b) { return (float)a <= (float)b; }
static __device__ __forceinline__ bool __hgt(__half a, __half b) { return (float)a > (float)b; }
static __device__ __forceinline__ bool __hge(__half a, __half b) { return (float)a >= (float)b; }
static __device__ __forceinline__ __half __hmin(__half a, __half b) {
  return __half(fminf((float)a, (float)b));
}
static __device__ __forceinline__ __half __hmax(__half a, __half b) {
  return __half(fmaxf((float)a, (float)b));
}

static __device__ __forceinline__ __half hsqrt(__half a) { return __half(__fsqrt_rn((float)a)); }
static __device__ __forceinline__ __half hrcp(__half a) { return __half(__frcp_rn((float)a)); }
static __device__ __forceinline__ __half hrsqrt(__half a) { return __half(rsqrtf((float)a)); }
static __device__ __forceinline__ __half hexp(__half a) { return __half(expf((float)a)); }
static __device__ __forceinline__ __half hlog(__half a) { return __half(logf((float)a)); }
static __device__ __forceinline__ __half hsin(__half a) { return __half(sinf((float)a)); }
static __device__ __forceinline__ __half hcos(__half a) { return __half(cosf((float)a)); }
static __device__ __forceinline__ __half hfloor(__half a) { return __half(floorf((float)a)); }
static __device__ __forceinline__ __half hceil(__half a) { return __half(ceilf((float)a)); }

static __device__ __forceinline__ __half2 __halves2half2(__half a, __half b) { return __half2(a, b); }
static __device__ __forceinline__ __half2 __half2half2(__half a) { return __half2(a, a); }
static __device__ __forceinline__ __half2 __float2half2_rn(float a) { return __half2(__half(a), __half(a)); }
static __device__ __forceinline__ __half2 __floats2half2_rn(float a, float b) {
  return __half2(__half(a), __half(b));
}
static __device__ __forceinline__ __half2 __float22half2_rn(float2 a) {
  return __half2(__half(a.x), __half(a.y));
}
static __device__ __forceinline__ float2 __half22float2(__half2 a) {
  return make_float2((float)a.x, (float)a.y);
}
static __device__ __forceinline__ __half __low2half(__half2 a) { return a.x; }
static __device__ __forceinline__ __half __high2half(__half2 a) { return a.y; }
static __device__ __forceinline__ float __low2float(__half2 a) { return (float)a.x; }
static __device__ __forceinline__ float __high2float(__half2 a) { return (float)a.y; }
static __device__ __forceinline__ __half2 make_half2(__half a, __half b) { return __half2(a, b); }

static __device__ __forceinline__ __half operator+(__half a, __half b) { return __hadd(a, b); }
static __device__ __forceinline__ __half operator-(__half a, __half b) { return __hsub(a, b); }
static __device__ __forceinline__ __half operator*(__half a, __half b) { return __hmul(a, b); }
static __device__ __forceinline__ __half operator/(__half a, __half b) { return __hdiv(a, b); }
static __device__ __forceinline__ __half operator-(__half a) { return __hneg(a); }
static __device__ __forceinline__ __half& operator+=(__half& a, __half b) { return a = __hadd(a, b); }
static __device__ __forceinline__ __half& operator-=(__half& a, __half b) { return a = __hsub(a, b); }
static __device__ __forceinline__ __half& operator*=(__half& a, __half b) { return a = __hmul(a, b); }
static __device__ __forceinline__ __half& operator/=(__half& a, __half b) { return a = __hdiv(a, b); }
static __device__ __forceinline__ bool operator==(__half a, __half b) { return __heq(a, b); }
static __device__ __forceinline__ bool operator!=(__half a, __half b) { return !__heq(a, b); }
static __device__ __forceinline__ bool operator<(__half a, __half b) { return __hlt(a, b); }
static __device__ __forceinline__ bool operator<=(__half a, __half b) { return __hle(a, b); }
static __device__ __forceinline__ bool operator>(__half a, __half b) { return __hgt(a, b); }
static __device__ __forceinline__ bool operator>=(__half a, __half b) { return __hge(a, b); }
static __device__ __forceinline__ __half2 operator+(__half2 a, __half2 b) { return __hadd2(a, b); }
static __device__ __forceinline__ __half2 operator-(__half2 a, __half2 b) { return __hsub2(a, b); }
static __device__ __forceinline__ __half2 operator*(__half2 a, __half2 b) { return __hmul2(a, b); }
static __device__ __forceinline__ __half2 operator/(__half2 a, __half2 b) { return __h2div(a, b); }

static __device__ __forceinline__ __half __shfl_sync(unsigned mask, __half a, int from, int width = 32) {
  return __ushort_as_half((unsigned short)__shfl_sync(mask, (int)a.bits, from, width));
}
static __device__ __forceinline__ __half __shfl_xor_sync(unsigned mask, __half a, int by, int width = 32) {
  return __ushort_as_half((unsigned short)__shfl_xor_sync(mask, (int)a.bits, by, width));
}
static __device__ __forceinline__ __half __shfl_down_sync(unsigned mask, __half a, unsigned by, int width = 32) {
  return __ushort_as_half((unsigned short)__shfl_down_sync(mask, (int)a.bits, by, width));
}
static __device__ __forceinline__ __half __shfl_up_sync(unsigned mask, __half a, unsigned by, int width = 32) {
  return __ushort_as_half((unsigned short)__shfl_up_sync(mask, (int)a.bits, by, width));
}
