package dev.tuckerc.benchmarks;

import dev.tuckerc.cli.tensors.RandomTensors;
import dev.tuckerc.linalg.Tucker2;
import dev.tuckerc.linalg.TuckerDecomposer;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
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
import org.openjdk.jmh.annotations.Warmup;

/// Tucker-2 decomposition of one 3x3 convolution at half of its channels, on one thread. Random
/// weights are the slow case: their spectrum is flat, so the iteration converges late.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
@SuppressWarnings("NullAway.Init") // JMH calls the setup first
public class DecompositionBenchmark {
  /// Input and output channels.
  @Param({"64", "128", "256", "512"})
  public int channels;

  private Tensor weight;

  @Setup
  public void draw() {
    weight =
        RandomTensors.uniform(
            "weight", 1, DataType.F32, List.of((long) channels, (long) channels, 3L, 3L));
  }

  @Benchmark
  public Tucker2 halfOfTheChannels() {
    try (TuckerDecomposer decomposer = new TuckerDecomposer(weight)) {
      return decomposer.decompose(channels / 2, channels / 2);
    }
  }
}
