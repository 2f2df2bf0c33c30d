// Functions of CUDA's math library, each at every point: y[f * count + i] = f(x[i]).
#define F(i, expression) y[(i) * count + t] = (expression);

extern "C" __global__ void single(const float* x, float* y, int count) {
  int t = blockIdx.x * blockDim.x + threadIdx.x;
  if (t >= count) return;
  float a = x[t];
  float b = fabsf(a) + 0.01f;
  F(0, sinf(a)) F(1, cosf(a)) F(2, tanf(a)) F(3, expf(a)) F(4, logf(b)) F(5, log2f(b)) F(6, exp2f(a))
  F(7, powf(b, 1.7f)) F(8, tanhf(a)) F(9, atanf(a)) F(10, cbrtf(a)) F(11, sqrtf(b)) F(12, 1.0f / a) F(13, a / 3.7f)
  F(14, hypotf(a, 2.5f)) F(15, atan2f(a, 1.5f)) F(16, log1pf(b)) F(17, expm1f(a)) F(18, sinhf(a)) F(19, rintf(a))
  F(20, fmodf(a, 0.7f)) F(21, rsqrtf(b)) F(22, floorf(a)) F(23, __fdiv_rz(a, 3.0f)) F(24, fmaf(a, a, -b))
}

extern "C" __global__ void twice(const float* x, double* y, int count) {
  int t = blockIdx.x * blockDim.x + threadIdx.x;
  if (t >= count) return;
  double a = x[t];
  double b = fabs(a) + 0.01;
  F(0, sin(a)) F(1, cos(a)) F(2, tan(a)) F(3, exp(a)) F(4, log(b)) F(5, pow(b, 1.7)) F(6, tanh(a)) F(7, atan(a))
  F(8, cbrt(a)) F(9, sqrt(b)) F(10, 1.0 / a) F(11, a / 3.7) F(12, hypot(a, 2.5)) F(13, atan2(a, 1.5)) F(14, log1p(b))
  F(15, expm1(a)) F(16, sinh(a)) F(17, rint(a)) F(18, fmod(a, 0.7)) F(19, log10(b)) F(20, asin(a / 200)) F(21, floor(a))
}
