// Arithmetic in registers and next to nothing else, to measure how fast the emulator executes it.
// Eight chains are independent, as in an unrolled kernel.

constexpr int chains = 8;

extern "C" __global__ void __launch_bounds__(256) fma_loop(float* output, int steps) {
  const int thread = blockIdx.x * 256 + threadIdx.x;
  const float factor = 0.5f + 1e-4f * threadIdx.x;
  float sums[chains];
#pragma unroll
  for (int c = 0; c < chains; c++) sums[c] = thread + c;
#pragma unroll 1
  for (int step = 0; step < steps; step++) {
#pragma unroll
    for (int c = 0; c < chains; c++) sums[c] = fmaf(sums[c], factor, 1.0f);
  }
  float total = 0;
#pragma unroll
  for (int c = 0; c < chains; c++) total += sums[c];
  output[thread] = total;
}

// The sums of every warp are tiles of 16x8; halves come in pairs.
extern "C" __global__ void __launch_bounds__(256) mma_loop(float* output, int steps) {
  const int thread = blockIdx.x * 256 + threadIdx.x;
  // 0.5 and a small number that differs from lane to lane, as two halves each.
  const unsigned left = 0x38003800u;
  const unsigned right = 0x20002000u + threadIdx.x % 32;
  float sums[chains][4] = {};
#pragma unroll 1
  for (int step = 0; step < steps; step++) {
#pragma unroll
    for (int c = 0; c < chains; c++) {
      asm volatile(
          "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
          "{%0, %1, %2, %3}, {%4, %4, %4, %4}, {%5, %5}, {%0, %1, %2, %3};"
          : "+f"(sums[c][0]), "+f"(sums[c][1]), "+f"(sums[c][2]), "+f"(sums[c][3])
          : "r"(left), "r"(right));
    }
  }
  float total = 0;
#pragma unroll
  for (int c = 0; c < chains; c++) total += sums[c][0] + sums[c][1] + sums[c][2] + sums[c][3];
  output[thread] = total;
}
