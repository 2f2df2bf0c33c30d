package dev.tuckerc.benchmarks;

import dev.tuckerc.bundle.HostTensor;
import dev.tuckerc.cli.tensors.RandomTensors;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.emulator.EmulatorOptions;
import dev.tuckerc.emulator.check.Check;
import dev.tuckerc.execute.Session;
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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What the emulator's checks cost: the launches of one inference, decomposed with `--ranks
/// fixed=0.5`, batch 1: ResNet-20 on 32x32 pixels, ResNet-18 on 224x224.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 1)
@Measurement(iterations = 3)
@SuppressWarnings("NullAway.Init") // JMH calls the setup first
public class CheckedModelBenchmark {
  /// Architecture and precision.
  @Param({"resnet20/fp32", "resnet20/fp16", "resnet18/fp16"})
  public String model;

  /// As [Check#parse] reads it.
  @Param({"none", "initialization", "races", "async-copies", "order", "early-start", "all"})
  public String checks;

  private EmulatedDevice device;
  private Session session;

  @Setup
  public void open() {
    Zoo zoo = model.startsWith("resnet20") ? Zoo.RESNET20 : Zoo.RESNET18;
    Precision precision = model.endsWith("fp16") ? Precision.FP16 : Precision.FP32;
    long extent = zoo == Zoo.RESNET20 ? 32 : 224;
    device = new EmulatedDevice(EmulatorOptions.DEFAULT.withChecks(Check.parse(checks)));
    session =
        Session.open(
            Models.bundle(zoo, precision, "fixed=0.5", NvrtcCompiler.create()),
            device,
            SessionOptions.standard());
    Tensor image = RandomTensors.uniform("input", 1, DataType.F32, List.of(1L, 3L, extent, extent));
    session.run(
        Map.of("input", HostTensor.ofFloats(List.of(1L, 3L, extent, extent), pixels(image))));
  }

  private static float[] pixels(Tensor image) {
    float[] values = new float[(int) image.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) image.getDouble(i);
    }
    return values;
  }

  @TearDown
  public void close() {
    session.close();
    device.close();
  }

  @Benchmark
  public long inference() {
    return session.replay();
  }
}
