package dev.tuckerc.benchmarks;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.KernelSource;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.memory.Aliases;
import dev.tuckerc.transform.memory.MemoryPlan;
import dev.tuckerc.transform.memory.MemoryPlanner;
import dev.tuckerc.zoo.Zoo;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What happens to ResNet-18, `--ranks fixed=0.5`, between the passes and the bundle: memory
/// planning, code generation (choice of parameters and packing of weights included), and NVRTC
/// without any cache, on all cores.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
@SuppressWarnings("NullAway.Init") // JMH calls the setup first
public class CompileStagesBenchmark {
  @Param({"FP32", "FP16"})
  public Precision precision;

  private Graph graph;
  private List<KernelSource> sources;
  private NvrtcCompiler compiler;

  @Setup(Level.Trial)
  public void prepare() {
    graph = Models.optimized(Zoo.RESNET18, precision, "fixed=0.5");
    sources =
        generate().kernels().stream()
            .map(kernel ->
                new KernelSource(
                    kernel.name() + ".cu",
                    kernel.source(),
                    Models.TARGET.architecture(),
                    List.of()))
            .toList();
    compiler = NvrtcCompiler.create();
  }

  @Benchmark
  public MemoryPlan planMemory() {
    return MemoryPlanner.plan(graph);
  }

  @Benchmark
  public Program generate() {
    return CodeGenerator.generate(graph, Aliases.of(graph).values(), Models.TARGET);
  }

  /// All kernels of the model.
  @Benchmark
  @Warmup(iterations = 1, time = 1)
  @Measurement(iterations = 3, time = 1)
  public List<CompiledKernel> compileWithNvrtc() {
    return compiler.compileAll(sources);
  }
}
