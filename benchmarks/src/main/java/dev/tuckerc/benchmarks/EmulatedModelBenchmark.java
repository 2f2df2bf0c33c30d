package dev.tuckerc.benchmarks;

import dev.tuckerc.cli.pipeline.DeviceExecutor;
import dev.tuckerc.cli.tensors.RandomTensors;
import dev.tuckerc.cuda.NvrtcCompiler;
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

/// One inference of ResNet-20 (one 32x32 image), fp32, `--ranks fixed=0.5`, on the emulator with
/// all cores, copies included.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
@SuppressWarnings("NullAway.Init") // JMH calls the setup first
public class EmulatedModelBenchmark {
  private DeviceExecutor executor;
  private Map<String, Tensor> inputs;

  @Setup
  public void compile() {
    executor =
        DeviceExecutor.open(
            Models.bundle(Zoo.RESNET20, Precision.FP32, "fixed=0.5", NvrtcCompiler.create()),
            "emulator",
            SessionOptions.standard());
    inputs =
        Map.of("input", RandomTensors.uniform("input", 1, DataType.F32, List.of(1L, 3L, 32L, 32L)));
  }

  @TearDown
  public void close() {
    executor.close();
  }

  @Benchmark
  public Map<String, Tensor> resnet20() {
    return executor.run(inputs);
  }
}
