package dev.tuckerc.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuckerc.cli.tensors.NpyFile;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `tuckerc ptx`: the emulator as a tool.
class PtxCommandTest {
  private static final String SAXPY =
      "ptx run {kernels.cu} --kernel saxpy --arch sm_80 --grid 8 --block 128 --arg a=2.5"
          + " --arg x={x.npy} --arg y=f32[1000]:iota --arg n=1000";

  @TempDir static Path folder;

  @BeforeAll
  static void writeFiles() throws IOException {
    Files.writeString(
        folder.resolve("kernels.cu"),
        """
        extern "C" __global__ void saxpy(float a, const float* x, float* y, int n) {
          int i = blockIdx.x * blockDim.x + threadIdx.x;
          if (i < n) y[i] = a * x[i] + y[i];
        }
        extern "C" __global__ void __launch_bounds__(64) reverse(double scale, double* y) {
          __shared__ double line[64];
          line[threadIdx.x] = scale * threadIdx.x;
          __syncthreads();
          y[threadIdx.x] = line[63 - threadIdx.x];
        }
        """);
    Files.writeString(
        folder.resolve("one.cu"), "extern \"C\" __global__ void one(int* y) { *y = 1; }");
    Files.writeString(folder.resolve("none.cu"), "__device__ int unused;");
    Files.writeString(
        folder.resolve("broken.cu"), "extern \"C\" __global__ void k(int* y) { *y = z; }");
    Files.writeString(folder.resolve("broken.ptx"), ".version 8.0\n.target sm_80\n.entry (");
    Files.writeString(folder.resolve("kernel.txt"), "");
    Files.writeString(folder.resolve("headerless.cu"), "#include <no/such.cuh>\n");
    Files.writeString(
        folder.resolve("pointer.cu"),
        """
        typedef int (*function)(int);
        __device__ __noinline__ int twice(int i) { return 2 * i; }
        __device__ __noinline__ int thrice(int i) { return 3 * i; }
        __device__ function table[] = {twice, thrice};
        extern "C" __global__ void k(int* y) { *y = table[*y](*y); }
        """);
    Files.writeString(
        folder.resolve("heap.cu"),
        "extern \"C\" __global__ void k(int** y) { *y = (int*)malloc(4); }");
    Files.writeString(
        folder.resolve("assertion.cu"),
        """
        #include <cassert>
        extern "C" __global__ void k(int* y) { assert(y[threadIdx.x] < 5); }
        """);
    Files.writeString(folder.resolve("mine.h"), "#define MINE 7\n");
    Files.writeString(
        folder.resolve("headers.cu"),
        """
        #include <cooperative_groups.h>
        #include <cooperative_groups/reduce.h>
        #include <cfloat>
        #include <climits>
        #include <cmath>
        #include <cstdint>
        #include <cstdio>
        #include <cuda_fp16.h>
        #include <cuda_runtime.h>
        #include "mine.h"
        namespace cg = cooperative_groups;
        extern "C" __global__ void k(float* y, const __half* x) {
          auto block = cg::this_thread_block();
          auto tile = cg::tiled_partition<8>(cg::tiled_partition<32>(block));
          float sum = cg::reduce(tile, (float)block.thread_rank(), cg::plus<float>());
          block.sync();
          __half2 pair = __floats2half2_rn(1.5f, 2.5f);
          pair = pair * pair + __float2half2_rn(0.25f);
          __half root = hsqrt(x[threadIdx.x] + __half(1));
          y[threadIdx.x] = sum + __low2float(pair) + __half2float(root) + MINE;
          if (block.thread_rank() == 0)
            printf("%d|%5.2f|%-4s|%+04d|%#x|%e|%g|%g|%c|%%|%llu|%lld|%u\\n", INT_MAX, M_PI, "ab", -7, 255,
                   12345.678, 1e-7, 100000.0, 'z', 1ull << 40, -(1ll << 40), UINT32_MAX);
        }
        """);
    Tensor x = Tensor.zeros(DataType.F32, List.of(1000L));
    Tensor expected = Tensor.zeros(DataType.F32, List.of(1000L));
    for (int i = 0; i < 1000; i++) {
      x.setDouble(i, 1.0 / (i + 1));
      expected.setDouble(i, 2.5 * (float) (1.0 / (i + 1)) + i);
    }
    NpyFile.write(folder.resolve("x.npy"), x);
    NpyFile.write(folder.resolve("expected.npy"), expected);
  }

  private static CommandRun run(String command) {
    return CommandRun.of(folder, command);
  }

  @Test
  void runsAndCompares() throws IOException {
    CommandRun right =
        run(SAXPY + " --expect y={expected.npy} --save y={got.npy} --counters --check all");
    assertThat(right.exit()).as(right.err()).isZero();
    assertThat(right.out()).contains("agrees with the expected values", "instructions.float");
    assertThat(NpyFile.read(folder.resolve("got.npy")).getDouble(999))
        .isCloseTo(999.0025, within(1e-4));

    CommandRun wrong = run(SAXPY + " --expect y={x.npy}");
    assertThat(wrong.exit()).isEqualTo(1);
    assertThat(wrong.out()).contains("DIFFERS from the expected values");

    JsonNode json = new ObjectMapper().readTree(run(SAXPY + " --json").out());
    assertThat(json.at("/counters/globalStoreBytes").asLong()).isEqualTo(4000);
    assertThat(json.at("/buffers/y/argMax").asInt()).isEqualTo(999);
  }

  @Test
  void doublesAndTheOnlyKernel() {
    CommandRun doubles =
        run(
            "ptx run {kernels.cu} --kernel reverse --grid 1 --block 64 --arg s=0.5 --arg y=f64[64]");
    assertThat(doubles.out()).as(doubles.err()).startsWith("y f64[64] = 31.5000 31.0000");
    CommandRun one = run("ptx run {one.cu} --grid 1 --block 1 --arg y=i32[1]:fill=7");
    assertThat(one.out()).as(one.err()).startsWith("y i32[1] = 1\n");
  }

  @Test
  void lists() throws IOException {
    CommandRun text = run("ptx list {kernels.cu} --arch sm_80");
    assertThat(text.out())
        .contains(
            "saxpy(f32 saxpy_param_0, u64 saxpy_param_1, u64 saxpy_param_2, u32 saxpy_param_3)",
            "at most 64 threads a block",
            "static shared memory 512 bytes");
    JsonNode json = new ObjectMapper().readTree(run("ptx list {kernels.cu} --json").out());
    assertThat(json.at("/kernels/1/name").asText()).isEqualTo("reverse");
    assertThat(json.at("/kernels/1/mostThreads").asInt()).isEqualTo(64);
  }

  @Test
  void anAccessOutsideABufferNamesEverything() {
    CommandRun result =
        run(
            "ptx run {kernels.cu} --kernel saxpy --grid 8 --block 128 --arg a=1 --arg x=f32[100]:iota"
                + " --arg y=f32[1000]:zeros --arg n=1000");
    assertThat(result.exit()).isEqualTo(4);
    assertThat(result.err())
        .contains("kernel saxpy", "kernels.cu:3", "thread (", "past the end of buffer x");
    assertThat(result.out()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ptx | 2 | list or run",
        "ptx run {one.cu} --grid 0 --block 1 --arg y=i32[1] | 2 | --grid: '0' is no size",
        "ptx run {one.cu} --grid 1x1x1x1 --block 1 --arg y=i32[1] | 2 | no size such as",
        "ptx run {one.cu} --grid 1 --block 1 | 2 | takes 1 arguments (u64), 0 were given",
        "ptx run {one.cu} --grid 1 --block 1 --arg y | 2 | not of the form NAME=VALUE",
        "ptx run {one.cu} --grid 1 --block 1 --arg y=i33[1] | 2 | 'i33' is no element type",
        "ptx run {one.cu} --grid 1 --block 1 --arg y=i32[0] | 2 | [0] is no shape",
        "ptx run {one.cu} --grid 1 --block 1 --arg y=i32[1]:ones | 2 | 'ones' is none of zeros",
        "ptx run {one.cu} --grid 1 --block 1 --arg y={none.npy} | 2 | none.npy",
        "ptx run {one.cu} --grid 1 --block 1 --arg y=abc | 2 | 'abc' is no u64",
        "ptx run {one.cu} --grid 1 --block 1 --arg y=i32[1] --save z={z.npy} | 2 | no buffer is called 'z'",
        "ptx run {one.cu} --grid 1 --block 1 --arg y=i32[1] --rtol 1 | 2 | without --expect",
        "ptx run {one.cu} --grid 1 --block 1 --arg y=i32[1] --check most | 2 | no check 'most'",
        "ptx run {one.cu} --grid 1 --block 1 --arg y=i32[1] --threads 0 | 2 | threads must be",
        "ptx run {one.cu} --grid 1 --block 1 --arg y=i32[1] --arch z80 | 2 | 'z80' is no architecture",
        "ptx run {one.cu} --kernel two --grid 1 --block 1 --arg y=i32[1] | 2 | there are: one",
        "ptx run {kernels.cu} --grid 1 --block 1 --arg y=i32[1] | 2 | choose one with --kernel",
        "ptx run {kernels.cu} --kernel saxpy --grid 1 --block 1 --arg a=f32[1] --arg x=f32[1]"
            + " --arg y=f32[1] --arg n=1 | 2 | which is no pointer but f32",
        "ptx run {none.cu} --grid 1 --block 1 | 2 | has no kernel",
        "ptx list {kernel.txt} | 2 | neither a .ptx nor a .cu file",
        "ptx list {broken.cu} | 2 | CLI014: broken.cu does not compile",
        "ptx list {headerless.cu} | 2 | those of --include",
        "ptx list {one.cu} --include {nowhere} | 2 | no such folder",
        "ptx list {broken.ptx} --include {.} | 2 | --include has no effect",
        "ptx run {pointer.cu} --grid 1 --block 32 --arg y=i32[1] | 4 | function pointers",
        "ptx run {heap.cu} --grid 1 --block 32 --arg y=i32[1] | 4 | malloc in a kernel is not supported",
        "ptx run {assertion.cu} --grid 1 --block 32 --arg y=i32[32]:iota | 4 | assertion 'y[threadIdx.x] < 5' failed at assertion.cu:2",
        "ptx list {broken.ptx} | 4 | broken.ptx",
        "ptx list {broken.ptx} --arch sm_80 | 2 | compiled already",
      })
  void badInput(String command, int exit, String says) {
    CommandRun result = run(command);
    assertThat(result.exit()).as(result.err()).isEqualTo(exit);
    assertThat(result.err().lines().filter(line -> line.startsWith("tuckerc: error"))).hasSize(1);
    assertThat(result.err()).contains(says).doesNotContain("\tat ", "Exception");
    assertThat(result.out()).isEmpty();
  }

  @Test
  void usualHeadersAndPrintf() throws IOException {
    String command =
        "ptx run {headers.cu} --grid 1 --block 64 --arg y=f32[64] --arg x=f16[64]:iota --check all";
    CommandRun text = run(command);
    assertThat(text.exit()).as(text.err()).isZero();
    assertThat(text.out())
        .startsWith(
            "2147483647| 3.14|ab  |-007|0xff|1.234568e+04|1e-07|100000|z|%|1099511627776|"
                + "-1099511627776|4294967295\n")
        // 28 + 2.5 + sqrt(1) + 7; the last tile's sum is 476, sqrt(64) is 8.
        .contains("y f32[64] = 38.5000", "max 493.500 at 63");
    JsonNode json = new ObjectMapper().readTree(run(command + " --json").out());
    assertThat(json.path("printed").asText()).startsWith("2147483647|");
    Files.createDirectories(folder.resolve("include"));
    Files.writeString(folder.resolve("include/other.h"), "#define OTHER 5\n");
    Files.writeString(
        folder.resolve("other.cu"),
        "#include <other.h>\nextern \"C\" __global__ void k(int* y) { *y = OTHER; }");
    CommandRun included = run("ptx run {other.cu} -I {include} --grid 1 --block 1 --arg y=i32[1]");
    assertThat(included.out()).as(included.err()).startsWith("y i32[1] = 5\n");
  }

  @Test
  void endlessLoopsEnd() throws IOException {
    Files.writeString(
        folder.resolve("loop.cu"),
        "extern \"C\" __global__ void loop(volatile int* y) { while (*y == 0) {} }");
    CommandRun result =
        run(
            "ptx run {loop.cu} --grid 1 --block 1 --arg y=i32[1]:zeros --instruction-budget 100000");
    assertThat(result.exit()).isEqualTo(4);
    assertThat(result.err()).contains("executed more than 100000 instructions", "loop.cu:1");
  }
}
