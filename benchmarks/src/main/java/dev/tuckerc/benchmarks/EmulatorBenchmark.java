package dev.tuckerc.benchmarks;

import dev.tuckerc.emulator.KernelCounters;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// How fast the emulator executes PTX, with optional checks off.
///
/// The score is kernel launches a second; the secondary results are what the launches did a second,
/// from the emulator's own counters. With one thread, the default, they are figures of one core.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 3)
@Measurement(iterations = 5, time = 3)
@SuppressWarnings("NullAway.Init") // JMH calls the setup first
public class EmulatorBenchmark {
  /// Threads of the emulated device.
  @Param({"1"})
  public int threads;

  @Param public Workload kernel;

  /// Whether hot code is translated to bytecode.
  @Param({"false", "true"})
  public boolean translated;

  private EmulatedKernel emulated;

  /// Work done in the measured time.
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Work {
    /// Instructions times active threads, all kinds of instructions.
    public long laneInstructions;

    /// Multiply-adds of the computation: `fma` of every thread, or those inside matrix
    /// instructions.
    public long multiplyAdds;

    /// Zero at the start of every iteration.
    @Setup(Level.Iteration)
    public void clear() {
      laneInstructions = 0;
      multiplyAdds = 0;
    }
  }

  @Setup
  public void open() {
    emulated = EmulatedKernel.open(kernel, threads, translated);
  }

  @TearDown
  public void close() {
    emulated.close();
  }

  @Benchmark
  public void launch(Work work) {
    for (KernelCounters counters : emulated.run()) {
      work.laneInstructions += counters.laneInstructions();
    }
    work.multiplyAdds += emulated.multiplyAdds();
  }
}
