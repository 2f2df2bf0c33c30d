// C = A B with A row-major MxK and B row-major KxN in half precision: cp.async in two stages,
// ldmatrix, mma.sync. One block computes 64x64 with four warps of 32x32.
typedef unsigned int uint;
typedef unsigned short half_bits;

static __device__ uint shared_address(const void* p) { return (uint)__cvta_generic_to_shared(p); }

static __device__ void copy16(void* to, const void* from) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(to)), "l"(from));
}

extern "C" __global__ void __launch_bounds__(128)
gemm_mma(const half_bits* A, const half_bits* B, float* C, int M, int N, int K) {
  __shared__ __align__(16) half_bits a[2][64][40];
  __shared__ __align__(16) half_bits b[2][32][72];
  int t = threadIdx.x, lane = t % 32, warp = t / 32;
  int m0 = blockIdx.y * 64, n0 = blockIdx.x * 64, wm = warp / 2 * 32, wn = warp % 2 * 32;
  float acc[2][4][4] = {};
  auto load = [&](int stage, int k0) {
    for (int i = t; i < 256; i += 128) copy16(&a[stage][i / 4][i % 4 * 8], A + (m0 + i / 4) * K + k0 + i % 4 * 8);
    for (int i = t; i < 256; i += 128) copy16(&b[stage][i / 8][i % 8 * 8], B + (k0 + i / 8) * N + n0 + i % 8 * 8);
    asm volatile("cp.async.commit_group;");
  };
  load(0, 0);
  for (int k0 = 0; k0 < K; k0 += 32) {
    int stage = k0 / 32 % 2;
    if (k0 + 32 < K) {
      load(stage ^ 1, k0 + 32);
      asm volatile("cp.async.wait_group 1;");
    } else {
      asm volatile("cp.async.wait_group 0;");
    }
    __syncthreads();
    for (int kk = 0; kk < 32; kk += 16) {
      uint fa[2][4], fb[4][2];
      for (int i = 0; i < 2; i++)
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                     : "=r"(fa[i][0]), "=r"(fa[i][1]), "=r"(fa[i][2]), "=r"(fa[i][3])
                     : "r"(shared_address(&a[stage][wm + i * 16 + lane % 16][kk + lane / 16 * 8])));
      for (int j = 0; j < 4; j++)
        asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0,%1}, [%2];"
                     : "=r"(fb[j][0]), "=r"(fb[j][1])
                     : "r"(shared_address(&b[stage][kk + lane % 16][wn + j * 8])));
      for (int i = 0; i < 2; i++)
        for (int j = 0; j < 4; j++)
          asm volatile(
              "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3},{%4,%5,%6,%7},{%8,%9},{%0,%1,%2,%3};"
              : "+f"(acc[i][j][0]), "+f"(acc[i][j][1]), "+f"(acc[i][j][2]), "+f"(acc[i][j][3])
              : "r"(fa[i][0]), "r"(fa[i][1]), "r"(fa[i][2]), "r"(fa[i][3]), "r"(fb[j][0]), "r"(fb[j][1]));
    }
    __syncthreads();
  }
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 4; j++)
      for (int e = 0; e < 4; e++)
        C[(m0 + wm + i * 16 + lane / 4 + e / 2 * 8) * N + n0 + wn + j * 8 + lane % 4 * 2 + e % 2] = acc[i][j][e];
}
