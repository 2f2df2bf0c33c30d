package dev.tuckerc.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.bundle.ArenaValue;
import dev.tuckerc.bundle.BufferReference;
import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.BundleException;
import dev.tuckerc.bundle.ElementType;
import dev.tuckerc.bundle.EntryPoint;
import dev.tuckerc.bundle.HostTensor;
import dev.tuckerc.bundle.KernelRecord;
import dev.tuckerc.bundle.Manifest;
import dev.tuckerc.bundle.Plan;
import dev.tuckerc.bundle.PlannedLaunch;
import dev.tuckerc.bundle.TensorSignature;
import dev.tuckerc.bundle.WeightPlacement;
import dev.tuckerc.bundle.file.BundleReader;
import dev.tuckerc.bundle.file.BundleReader.EditedKernels;
import dev.tuckerc.bundle.file.BundleWriter;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.cuda.KernelCache;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Hand-written CUDA all the way: NVRTC, bundle, disk, session, emulator.
class EndToEndTest {
  private static final int ROWS = 5;
  private static final int COLUMNS = 300;

  /// y[r][c] = max(0, x[r][c] * scale[c] + bias[c])
  private static final String AFFINE =
      """
      extern "C" __global__ void __launch_bounds__(128)
      affine(const float* __restrict__ x, const float* __restrict__ scale,
             const float* __restrict__ bias, float* __restrict__ y) {
        int i = blockIdx.x * 128 + threadIdx.x;
        if (i >= %d) return;
        int c = i %% %d;
        y[i] = fmaxf(0.0f, fmaf(x[i], scale[c], bias[c]));
      }
      """
          .formatted(ROWS * COLUMNS, COLUMNS);

  /// sums[r] = sum over c of y[r][c]; one block a row, dynamic shared memory.
  private static final String ROW_SUMS =
      """
      extern "C" __global__ void __launch_bounds__(128)
      row_sums(const float* __restrict__ y, float* __restrict__ sums) {
        extern __shared__ float partial[];
        float sum = 0.0f;
        for (int c = threadIdx.x; c < %d; c += 128) sum += y[blockIdx.x * %d + c];
        partial[threadIdx.x] = sum;
        __syncthreads();
        for (int half = 64; half > 0; half /= 2) {
          if (threadIdx.x < half) partial[threadIdx.x] += partial[threadIdx.x + half];
          __syncthreads();
        }
        if (threadIdx.x == 0) sums[blockIdx.x] = partial[0];
      }
      """
          .formatted(COLUMNS, COLUMNS);

  @TempDir Path folder;

  private CachedKernelCompiler compiler() {
    return new CachedKernelCompiler(
        NvrtcCompiler.create(), new KernelCache(folder.resolve("cache"), 1 << 20));
  }

  private static float[] random(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }

  private static final float[] SCALE = random(COLUMNS, 1);
  private static final float[] BIAS = random(COLUMNS, 2);
  private static final float[] X = random(ROWS * COLUMNS, 3);

  private Bundle bundle() {
    List<String> names = List.of("affine", "row_sums");
    List<CompiledKernel> compiled =
        compiler()
            .compileAll(
                List.of(
                    new KernelSource("affine.cu", AFFINE, "sm_90", List.of()),
                    new KernelSource("row_sums.cu", ROW_SUMS, "sm_90", List.of())));
    List<KernelRecord> kernels =
        List.of(
            record(names.get(0), AFFINE, compiled.get(0)),
            record(names.get(1), ROW_SUMS, compiled.get(1)));
    long all = 4L * ROWS * COLUMNS;
    long columns = 4L * COLUMNS;
    Plan plan =
        new Plan(
            all + 256,
            List.of(new ArenaValue("%affine", 0, all, 0, 1)),
            4096,
            List.of(new WeightPlacement("scale", 0), new WeightPlacement("bias", 2048)),
            List.of(
                new PlannedLaunch(
                    "affine",
                    new Dim3((ROWS * COLUMNS + 127) / 128, 1, 1),
                    new Dim3(128, 1, 1),
                    0,
                    List.of(
                        BufferReference.input(0, all),
                        BufferReference.weights(0, columns),
                        BufferReference.weights(2048, columns),
                        BufferReference.arena(0, all))),
                new PlannedLaunch(
                    "row_sums",
                    new Dim3(ROWS, 1, 1),
                    new Dim3(128, 1, 1),
                    512,
                    List.of(BufferReference.arena(0, all), BufferReference.output(0, 4L * ROWS)))));
    return new Bundle(
        new Manifest(
            "test",
            "sm_90",
            "none",
            "00".repeat(32),
            List.of(),
            new EntryPoint(
                "main",
                List.of(
                    new TensorSignature(
                        "x", ElementType.F32, List.of((long) ROWS, (long) COLUMNS))),
                List.of(new TensorSignature("sums", ElementType.F32, List.of((long) ROWS))))),
        "",
        plan,
        kernels,
        Map.of(
            "scale", HostTensor.ofFloats(List.of((long) COLUMNS), SCALE),
            "bias", HostTensor.ofFloats(List.of((long) COLUMNS), BIAS)),
        Map.of());
  }

  private static KernelRecord record(String name, String source, CompiledKernel compiled) {
    return new KernelRecord(
        name, name, source, compiled.code("sm_90"), compiled.resources().get(name), "{}");
  }

  private static void check(Map<String, HostTensor> outputs, double factor) {
    float[] sums = outputs.get("sums").toFloats();
    for (int r = 0; r < ROWS; r++) {
      double sum = 0;
      for (int c = 0; c < COLUMNS; c++) {
        sum += Math.max(0, (double) X[r * COLUMNS + c] * SCALE[c] + BIAS[c]);
      }
      assertThat((double) sums[r]).as("row " + r).isCloseTo(factor * sum, within(1e-3));
    }
  }

  private static Map<String, HostTensor> inputs() {
    return Map.of("x", HostTensor.ofFloats(List.of((long) ROWS, (long) COLUMNS), X));
  }

  private static Device device() {
    return DeviceSelector.standard().select("emulator").device();
  }

  @ParameterizedTest
  @CsvSource({"m.bundle,false", "m.zip,false", "m.bundle,true"})
  void writtenReadAndRun(String name, boolean isolate) {
    Path path = folder.resolve(name);
    BundleWriter.write(bundle(), path);
    SessionOptions options =
        isolate ? SessionOptions.standard().isolating() : SessionOptions.standard();
    try (Device device = device();
        Session session = Session.open(BundleReader.read(path), device, options)) {
      check(session.run(inputs()), 1);
      check(session.run(inputs()), 1);
      assertThat(session.lastRunNanos()).isPositive();
    }
  }

  @Test
  void editedSourceRunsAfterRecompiling() throws Exception {
    Path path = folder.resolve("m.bundle");
    BundleWriter.write(bundle(), path);
    Path source = path.resolve("kernels/row_sums/kernel.cu");
    Files.writeString(
        source,
        ROW_SUMS.replace("sums[blockIdx.x] = partial[0]", "sums[blockIdx.x] = 3 * partial[0]"));
    assertThatThrownBy(() -> BundleReader.read(path))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("--recompile");
    Bundle edited = BundleReader.read(path, EditedKernels.ACCEPT);
    SessionOptions options = SessionOptions.standard().recompiling(compiler());
    try (Device device = device();
        Session session = Session.open(edited, device, options)) {
      check(session.run(inputs()), 3);
    }
    Files.writeString(source, ROW_SUMS.replace("partial[0];", "partial[0]"));
    Bundle broken = BundleReader.read(path, EditedKernels.ACCEPT);
    try (Device device = device()) {
      assertThatThrownBy(() -> Session.open(broken, device, options))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("row_sums.cu(13): error: expected a \";\"")
          .hasMessageContaining(
              "    12 |   if (threadIdx.x == 0) sums[blockIdx.x] = partial[0]\n  > 13 | }");
    }
  }

  /// The arena has room after the value, so only a buffer of its own shows the fault.
  @Test
  void isolationShowsAKernelThatLeavesItsValue() throws Exception {
    Path path = folder.resolve("m.bundle");
    BundleWriter.write(bundle(), path);
    Files.writeString(
        path.resolve("kernels/affine/kernel.cu"), AFFINE.replace("y[i] =", "y[i + 1] ="));
    Bundle edited = BundleReader.read(path, EditedKernels.ACCEPT);
    SessionOptions options = SessionOptions.standard().recompiling(compiler());
    try (Device device = device();
        Session session = Session.open(edited, device, options)) {
      session.run(inputs());
    }
    try (Device device = device();
        Session session = Session.open(edited, device, options.isolating())) {
      assertThatThrownBy(() -> session.run(inputs()))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("affine")
          .hasMessageContaining("value %affine");
    }
  }
}
