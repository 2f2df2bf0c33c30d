package dev.tuckerc.benchmarks;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.device.LaunchSequence;
import dev.tuckerc.execute.DeviceSelector;
import dev.tuckerc.lab.SubjectOptions;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.lab.grid.KernelGrid;
import dev.tuckerc.lab.run.CompiledProgram;
import dev.tuckerc.lab.run.LoadedProgram;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// One case of the laboratory's kernel grid: a replay of its launches on resident memory, and the
/// wait for it. On a GPU, `lab bench` takes device times; here the host's clock counts.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@SuppressWarnings("NullAway.Init") // JMH calls the setup first
public class KernelBenchmark {
  /// Name of a case, as `lab verify` prints it; others can be named with `-p`.
  @Param({
    "gemm.simt/f32/conv-28x28-64to128-k1-s2",
    "gemm.mma/f16/conv-28x28-64to128-k1-s2",
    "gemv.simt/f16/matmul-1x512x1000",
    "conv.depthwise/f16/conv-28x28-144to144-k3-s2-g144",
    "pointwise/f16/add_relu-64x28x28",
    "map/f16/max-pool-64x28x28",
    "reduce/f16/global-average-512x7x7",
    "softmax/f16/last-3x1000",
    "tdc.core/f16/32to32-28x28",
    "tdc.core/f32/32to32-28x28"
  })
  public String name;

  /// As for `lab bench --device`.
  @Param("auto")
  public String device;

  private Device opened;
  private LoadedProgram loaded;
  private LaunchSequence sequence;

  @Setup
  public void prepare() {
    opened = DeviceSelector.standard().select(device).device();
    DeviceInfo info = opened.info();
    DeviceDescription target = new SubjectOptions().target(info);
    KernelCase.Instance instance = KernelGrid.named(name).build();
    CompiledProgram program =
        CompiledProgram.of(
            CodeGenerator.generate(instance.graph(), Set.of(), target),
            CachedKernelCompiler.standard(),
            target.architecture());
    loaded = LoadedProgram.load(opened, instance.graph(), program);
    sequence = opened.record(loaded.copy(instance.inputs()).launches());
  }

  @TearDown
  public void close() {
    sequence.close();
    loaded.close();
    opened.close();
  }

  @Benchmark
  public void replay() {
    sequence.replay();
    opened.synchronize();
  }
}
