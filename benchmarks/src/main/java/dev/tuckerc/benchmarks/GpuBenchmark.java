package dev.tuckerc.benchmarks;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.cli.pipeline.DeviceExecutor;
import dev.tuckerc.cli.tensors.RandomTensors;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.execute.DeviceSelector;
import dev.tuckerc.execute.SessionOptions;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.zoo.Zoo;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Launches on the first NVIDIA GPU; left out where there is none.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class GpuBenchmark {

  /// An empty kernel on the GPU.
  @State(Scope.Benchmark)
  @SuppressWarnings("NullAway.Init") // JMH calls the setup first
  public static class EmptyKernel {
    private static final String SOURCE =
        "extern \"C\" __global__ void empty_kernel(float* unused) {}\n";

    private Device device;
    private DeviceModule module;
    private DeviceBuffer buffer;
    private KernelLaunch launch;

    @Setup
    public void load() {
      device = DeviceSelector.standard().select("cuda").device();
      String architecture = "sm_" + device.info().computeCapability();
      String ptx =
          NvrtcCompiler.create().compile("empty.cu", SOURCE, architecture, List.of()).ptx();
      module = device.load(ptx, "empty.cu");
      buffer = device.allocate(256, "unused");
      Dim3 one = new Dim3(1, 1, 1);
      launch =
          new KernelLaunch(
              module.kernel("empty_kernel"),
              one,
              one,
              0,
              List.of(new KernelArgument.Pointer(buffer, 0)));
    }

    @TearDown
    public void close() {
      buffer.close();
      module.close();
      device.close();
    }
  }

  /// ResNet-18 in fp16, `--ranks fixed=0.5`, batch 1, compiled for this GPU.
  @State(Scope.Benchmark)
  @SuppressWarnings("NullAway.Init") // JMH calls the setup first
  public static class Model {
    private DeviceExecutor executor;
    private Map<String, Tensor> inputs;

    @Setup
    public void compile() {
      NvrtcCompiler compiler = NvrtcCompiler.create();
      Bundle bundle = Models.bundle(Zoo.RESNET18, Precision.FP16, "fixed=0.5", compiler);
      executor =
          DeviceExecutor.open(bundle, "cuda", SessionOptions.standard().recompiling(compiler));
      inputs =
          Map.of(
              "input",
              RandomTensors.uniform("input", 1, DataType.F32, List.of(1L, 3L, 224L, 224L)));
      executor.run(inputs);
    }

    @TearDown
    public void close() {
      executor.close();
    }
  }

  /// One launch and the wait for it.
  @Benchmark
  public void launchAndWait(EmptyKernel empty) {
    empty.device.launch(empty.launch);
    empty.device.synchronize();
  }

  /// The whole model as one CUDA graph, without copies, and the wait for it.
  @Benchmark
  public long replay(Model model) {
    return model.executor.replay();
  }

  /// One inference with its copies.
  @Benchmark
  public Map<String, Tensor> run(Model model) {
    return model.executor.run(model.inputs);
  }
}
