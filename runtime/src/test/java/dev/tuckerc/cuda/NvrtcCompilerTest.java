package dev.tuckerc.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.KernelSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NvrtcCompilerTest {
  private static final NvrtcCompiler NVRTC = NvrtcCompiler.create();

  static final String SCALE =
      """
      extern "C" __global__ void __launch_bounds__(128) scale(const float* x, float* y) {
        __shared__ float tile[128];
        tile[threadIdx.x] = x[threadIdx.x];
        __syncthreads();
        y[threadIdx.x] = tile[127 - threadIdx.x] * 2.0f;
      }
      """;

  @ParameterizedTest
  @ValueSource(strings = {"sm_75", "sm_80", "sm_89", "sm_90", "sm_90a", "sm_120"})
  void compilesForEveryArchitecture(String architecture) {
    CompiledKernel kernel = NVRTC.compile("scale.cu", SCALE, architecture, List.of());
    assertThat(kernel.ptx()).contains(".target " + architecture).doesNotContain("\0");
    assertThat(kernel.cubin()).startsWith(0x7f, 'E', 'L', 'F');
    assertThat(kernel.resources()).containsOnlyKeys("scale");
    assertThat(kernel.resources().get("scale").registers()).isPositive();
    // From sm_100 on, ptxas counts 1 KiB that it reserves itself.
    assertThat(kernel.resources().get("scale").sharedBytes()).isIn(512, 1536);
    assertThat(kernel.resources().get("scale").spillLoadBytes()).isZero();
  }

  @Test
  void codeNamesTheSourceLineAndNoFolderOfThisMachine() {
    CompiledKernel kernel = NVRTC.compile("scale.cu", SCALE, "sm_90", List.of());
    String ptx = kernel.ptx();
    String cubin = new String(kernel.cubin(), StandardCharsets.ISO_8859_1);
    assertThat(cubin).contains("/scale.cu");
    assertThat(cubin).doesNotContain(Path.of("").toAbsolutePath().toString());
    assertThat(ptx).contains(".loc").contains("\"scale.cu\"");
    assertThat(ptx).doesNotContain(Path.of("").toAbsolutePath().toString());
  }

  @Test
  void theVersionKnownBeforehandIsTheLibrarysOwn() {
    assertThat(NvrtcCompiler.knownVersion()).contains(NVRTC.version());
    assertThat(NvrtcCompiler.fromLibrary(NativeLibraries.nvrtc(TuckercCache.standard())).version())
        .isEqualTo(NVRTC.version());
  }

  @Test
  void sameSourceGivesSameBytes() {
    CompiledKernel first = NVRTC.compile("scale.cu", SCALE, "sm_90", List.of());
    CompiledKernel second = NVRTC.compile("scale.cu", SCALE, "sm_90", List.of());
    assertThat(second.ptx()).isEqualTo(first.ptx());
    assertThat(second.log()).isEqualTo(first.log());
    assertThat(second.cubin()).isEqualTo(first.cubin());
  }

  @Test
  void errorsShowTheLinesAround() {
    String broken = SCALE.replace("x[threadIdx.x];", "z[threadIdx.x];");
    assertThatThrownBy(() -> NVRTC.compile("scale.cu", broken, "sm_90", List.of()))
        .isInstanceOf(DeviceException.class)
        .hasMessage(
            """
            scale.cu does not compile for sm_90 (NVRTC_ERROR_COMPILATION)
            scale.cu(3): error: identifier "z" is undefined
                2 |   __shared__ float tile[128];
              > 3 |   tile[threadIdx.x] = z[threadIdx.x];
                4 |   __syncthreads();\
            """);
  }

  @Test
  void tooMuchSharedMemoryIsAnErrorOfTheArchitecture() {
    String big = SCALE.replace("tile[128]", "tile[20000]");
    assertThatThrownBy(() -> NVRTC.compile("scale.cu", big, "sm_90", List.of()))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining(
            "scale declares 80000 bytes of static shared memory, more than 49152");
  }

  @Test
  void unknownArchitectureAndOption() {
    assertThatThrownBy(() -> NVRTC.compile("scale.cu", SCALE, "sm90", List.of()))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("unknown architecture 'sm90'");
    assertThatThrownBy(() -> NVRTC.compile("scale.cu", SCALE, "sm_90", List.of("--nonsense")))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("nonsense");
  }

  @Test
  void spillsAreReported() {
    CompiledKernel kernel =
        NVRTC.compile(
            "spill.cu",
            """
            extern "C" __global__ void spill(const float* x, float* y) {
              float a[96];
              #pragma unroll
              for (int i = 0; i < 96; i++) a[i] = x[i * 37 + threadIdx.x];
              __syncthreads();
              #pragma unroll
              for (int i = 0; i < 96; i++) y[i * 41 + threadIdx.x] = a[95 - i] * a[(i * 7) % 96];
            }
            """,
            "sm_90",
            List.of("--maxrregcount=32"));
    CompiledKernel.Resources spill = kernel.resources().get("spill");
    assertThat(spill.registers()).isLessThanOrEqualTo(32);
    assertThat(spill.spillStoreBytes()).isPositive();
    assertThat(spill.spillLoadBytes()).isPositive();
    assertThat(spill.stackBytes()).isPositive();
  }

  @Test
  void compilesManyInOrder() {
    List<KernelSource> sources =
        IntStream.range(0, 12)
            .mapToObj(i ->
                new KernelSource(
                    "k" + i + ".cu", SCALE.replace("scale", "scale" + i), "sm_90", List.of()))
            .toList();
    List<CompiledKernel> kernels = NVRTC.compileAll(sources);
    for (int i = 0; i < kernels.size(); i++) {
      assertThat(kernels.get(i).resources()).containsOnlyKeys("scale" + i);
    }
  }

  @Test
  void anotherLibraryByPathGivesTheSame() {
    Path library = NativeLibraries.nvrtc(TuckercCache.standard());
    CompiledKernel other =
        NvrtcCompiler.fromLibrary(library).compile("scale.cu", SCALE, "sm_90", List.of());
    CompiledKernel own = NVRTC.compile("scale.cu", SCALE, "sm_90", List.of());
    assertThat(other.ptx()).isEqualTo(own.ptx());
    assertThat(other.resources()).isEqualTo(own.resources());
    assertThatThrownBy(() ->
            NvrtcCompiler.fromLibrary(library).compile("a.cu", "int f( {", "sm_90", List.of()))
        .hasMessageContaining("a.cu(1): error");
  }

  @Test
  void wrongLibraryIsRefused(@TempDir Path folder) throws Exception {
    assertThatThrownBy(() -> NvrtcCompiler.fromLibrary(folder.resolve("libnvrtc.so")))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("is not a file");
    Path text = Files.writeString(folder.resolve("libnvrtc.so.12"), "no library");
    assertThatThrownBy(() -> NvrtcCompiler.fromLibrary(text))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("cannot open " + text);
  }

  @Test
  void unwritableCacheFolderSaysWhatToDo(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    assertThatThrownBy(
            () -> NativeLibraries.unpack(new TuckercCache(file), NativeLibraries.NVRTC_BUILTINS))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("TUCKERC_CACHE");
  }
}
