package dev.tuckerc.benchmarks;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceKernel;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.emulator.EmulatorOptions;
import dev.tuckerc.emulator.KernelCounters;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.lab.grid.ConvolutionShape;
import dev.tuckerc.lab.run.CompiledProgram;
import dev.tuckerc.lab.run.LoadedProgram;
import dev.tuckerc.tensor.DataType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// Kernels made ready on an emulated device, and what a run of them computes.
final class EmulatedKernel implements AutoCloseable {
  private static final DeviceDescription TARGET = DeviceDescription.shipped("h200");
  private static final Dim3 LOOP_GRID = new Dim3(8, 1, 1);
  private static final Dim3 LOOP_BLOCK = new Dim3(256, 1, 1);
  private static final int LOOP_STEPS = 500;

  /// Multiply-adds of one thread (fma) or one warp (mma) in one step of loops.cu.
  private static final int CHAINS = 8;

  private static final int MULTIPLY_ADDS_OF_MMA = 16 * 8 * 16;

  private static final long CHANNELS = 64;
  private static final long POINTS = 28;

  private final EmulatedDevice device;
  private final NvrtcCompiler compiler = NvrtcCompiler.create();
  private final List<KernelLaunch> launches = new ArrayList<>();
  private long multiplyAdds;

  private EmulatedKernel(int threads, boolean translated) {
    device =
        new EmulatedDevice(EmulatorOptions.DEFAULT.withThreads(threads).withTranslated(translated));
  }

  /// @param translated whether hot code is translated to bytecode
  static EmulatedKernel open(Workload workload, int threads, boolean translated) {
    EmulatedKernel kernel = new EmulatedKernel(threads, translated);
    switch (workload) {
      case SIMT_FMA_LOOP -> kernel.addLoop("fma_loop", LOOP_BLOCK.count() * CHAINS);
      case MMA_LOOP ->
          kernel.addLoop("mma_loop", LOOP_BLOCK.count() / 32 * CHAINS * MULTIPLY_ADDS_OF_MMA);
      case CONVOLUTION_FP32 -> kernel.addConvolution(DataType.F32);
      case CONVOLUTION_FP16 -> kernel.addConvolution(DataType.F16);
    }
    kernel.checkCounters();
    return kernel;
  }

  /// Runs all launches once.
  List<KernelCounters> run() {
    List<KernelCounters> counters = new ArrayList<>(launches.size());
    for (KernelLaunch launch : launches) {
      device.launch(launch);
      counters.add(device.lastCounters());
    }
    return counters;
  }

  /// Multiply-adds of one [#run].
  long multiplyAdds() {
    return multiplyAdds;
  }

  /// The emulator counts the multiply-adds of matrix instructions itself; of a product that has
  /// them, it must count at least what the sizes say (more where a tile reaches over the edge).
  private void checkCounters() {
    long counted = run().stream().mapToLong(KernelCounters::matrixMultiplyAdds).sum();
    if (counted != 0 && counted < multiplyAdds) {
      throw new IllegalStateException(
          "the emulator counted " + counted + " multiply-adds of at least " + multiplyAdds);
    }
  }

  private void addLoop(String name, long multiplyAddsOfBlockStep) {
    DeviceKernel kernel = load(name, "loops.cu", resource("loops.cu"));
    long outputs = LOOP_GRID.count() * LOOP_BLOCK.count();
    DeviceBuffer output = device.allocate(outputs * Float.BYTES, "output");
    launches.add(
        new KernelLaunch(
            kernel,
            LOOP_GRID,
            LOOP_BLOCK,
            0,
            List.of(new KernelArgument.Pointer(output, 0), new KernelArgument.Int32(LOOP_STEPS))));
    multiplyAdds = LOOP_GRID.count() * LOOP_STEPS * multiplyAddsOfBlockStep;
  }

  private void addConvolution(DataType type) {
    CaseBuilder builder = new CaseBuilder(1);
    ConvolutionShape shape = ConvolutionShape.of(type, CHANNELS, CHANNELS, POINTS, 3);
    Graph graph = shape.build(builder);
    CompiledProgram compiled =
        CompiledProgram.of(
            CodeGenerator.generate(graph, Set.of(), TARGET), compiler, TARGET.architecture());
    // Freed with the device.
    launches.addAll(LoadedProgram.load(device, graph, compiled).copy(builder.feeds()).launches());
    multiplyAdds = shape.multiplyAdds();
  }

  private DeviceKernel load(String name, String file, String source) {
    String ptx = compiler.compile(file, source, TARGET.architecture(), List.of()).ptx();
    return device.load(ptx, file).kernel(name);
  }

  private static String resource(String name) {
    try (InputStream in = EmulatedKernel.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    device.close();
  }
}
