package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.TensorElement;
import dev.tuckerc.lab.calibrate.fit.Samples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/// From the start of a kernel to its first data, by each way of loading. Tensor copies are a
/// microbenchmark of their own: a driver that has no tensor maps must not keep the others from
/// being measured.
///
/// @param tensor whether it is the one of tensor copies
record FirstLoadBenchmark(boolean tensor) implements Microbenchmark {
  private static final int THREADS = 128;
  private static final int INTS_PER_BLOCK = 4 * THREADS;
  private static final int ROW_INTS = 32;
  private static final int ROWS = INTS_PER_BLOCK / ROW_INTS;

  /// Ways of loading, with the first capability that has them.
  private enum Method {
    DIRECT(0, 75, "ld.global", Figure.FIRST_LOAD_DIRECT),
    ASYNC(1, 80, "cp.async", Figure.FIRST_LOAD_ASYNC),
    BULK(2, 90, "cp.async.bulk", Figure.FIRST_LOAD_BULK),
    TENSOR(3, 90, "cp.async.bulk.tensor", Figure.FIRST_LOAD_TENSOR);

    private final int number;
    private final int capability;
    private final String instruction;
    private final Figure figure;

    Method(int number, int capability, String instruction, Figure figure) {
      this.number = number;
      this.capability = capability;
      this.instruction = instruction;
      this.figure = figure;
    }

    Microkernel kernel() {
      return Microkernel.of("first_load").with("METHOD", number);
    }

    static List<Method> of(Target target, boolean tensor) {
      return Arrays.stream(values())
          .filter(m -> target.capability() >= m.capability && (m == TENSOR) == tensor)
          .toList();
    }

    /// What the generated kernels load with.
    static Method usual(Target target) {
      return target.capability() >= ASYNC.capability ? ASYNC : DIRECT;
    }
  }

  @Override
  public String name() {
    return tensor ? "first-load-tensor" : "first-load";
  }

  @Override
  public String method() {
    return "%clock64 as the first instruction and when a block of 128 threads has its 2 KiB, median"
        + " of one block on each multiprocessor; the data are in the second-level cache from the"
        + " run before, or were displaced from it by reading four times its size";
  }

  @Override
  public Optional<String> obstacle(Target target) {
    return tensor
        ? Microbenchmark.below(target, Method.TENSOR.capability, "a tensor copy")
        : Optional.empty();
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    List<Microkernel> kernels = new ArrayList<>();
    Method.of(target, tensor).forEach(m -> kernels.add(m.kernel()));
    if (!tensor) {
      kernels.add(Flush.KERNEL);
    }
    return kernels;
  }

  private record Memory(DeviceBuffer source, DeviceBuffer cycles, DeviceBuffer sums, int blocks) {
    static Memory of(Workbench bench, int blocks) {
      int[] values = new int[blocks * INTS_PER_BLOCK];
      Arrays.setAll(values, i -> i * 7);
      return new Memory(
          bench.ints("source", values),
          bench.zeros("cycles", 8L * blocks),
          bench.zeros("sums", 4L * blocks * THREADS),
          blocks);
    }

    KernelLaunch launch(Workbench bench, Method method) {
      return bench.launch(
          method.kernel(), blocks, THREADS, argument(method), pointer(cycles), pointer(sums));
    }

    /// The tensor is a matrix of rows of 32 words, of which a block gets 16.
    private KernelArgument argument(Method method) {
      return switch (method) {
        case DIRECT, ASYNC, BULK -> pointer(source);
        case TENSOR ->
            KernelArgument.TensorMap.dense(
                TensorElement.INT32,
                List.of((long) ROW_INTS, (long) blocks * ROWS),
                List.of(ROW_INTS, ROWS),
                KernelArgument.TensorMap.Swizzle.NONE,
                source);
      };
    }

    double clocks(Workbench bench, KernelLaunch launch) {
      bench.run(launch);
      return Samples.of(LongStream.of(bench.longs(cycles, blocks)).asDoubleStream().toArray())
          .median();
    }
  }

  @Override
  public void check(Workbench bench) {
    Memory memory = Memory.of(bench, 3);
    for (Method method : Method.of(bench.target(), tensor)) {
      bench.clear(memory.sums());
      bench.run(memory.launch(bench, method));
      int[] sums = bench.ints(memory.sums(), 3 * THREADS);
      for (int i = 0; i < sums.length; i++) {
        int first = (i / THREADS * THREADS + THREADS - 1 - i % THREADS) * 4;
        WrongResultException.require(
            sums[i],
            7 * (4 * first + 6),
            "first-load by " + method.instruction + ": sum of thread " + i);
      }
    }
    if (!tensor) {
      Flush.check(bench);
    }
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    Memory memory = Memory.of(bench, bench.multiprocessors());
    Method usual = Method.usual(bench.target());
    for (Method method : Method.of(bench.target(), tensor)) {
      String label = "first load by " + method.instruction;
      KernelLaunch launch = memory.launch(bench, method);
      Optional<Samples> warm =
          probe
              .samples(label, () -> memory.clocks(bench, launch))
              .map(s -> s.map(bench::microseconds));
      warm.ifPresent(s -> {
        probe.figure(method.figure, label + ", second-level cache", s);
        if (method == usual) {
          probe.figure(Figure.FIRST_LOAD, label + ", as generated kernels load", s);
        }
      });
    }
    if (!tensor) {
      cold(bench, probe, memory, usual);
    }
  }

  private static void cold(Workbench bench, Probe probe, Memory memory, Method usual) {
    Flush flush = Flush.of(bench);
    KernelLaunch launch = memory.launch(bench, usual);
    probe
        .samples(
            "first load, cold",
            () -> {
              flush.run(bench);
              return memory.clocks(bench, launch);
            })
        .ifPresent(s ->
            probe.figure(
                Figure.FIRST_LOAD_COLD,
                "first load by " + usual.instruction + ", device memory",
                s.map(bench::microseconds)));
  }
}
