package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;
import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.KernelLaunch;
import java.util.Arrays;

/// Reading or copying memory in chunks of 16 bytes.
final class MemoryStream {
  static final int THREADS = 512;
  private static final int UNROLL = 8;
  private static final int CHUNK = 16;

  private MemoryStream() {}

  static Microkernel stream(boolean copy) {
    return Microkernel.of("stream").with("COPY", copy ? 1 : 0).with("THREADS", THREADS);
  }

  /// The most chunks a grid goes over whole that take no more than these bytes, at least one round.
  static int chunks(long bytes, int blocks) {
    long round = (long) blocks * THREADS * UNROLL;
    return Math.toIntExact(Math.max(1, bytes / CHUNK / round) * round);
  }

  static long bytes(int chunks) {
    return (long) chunks * CHUNK;
  }

  /// @param source at least `chunks` chunks
  /// @param target the same for a copy, anything otherwise
  /// @param results for each block clocks, then for each thread a sum
  static KernelLaunch launch(
      Workbench bench,
      boolean copy,
      int blocks,
      DeviceBuffer source,
      DeviceBuffer target,
      DeviceBuffer sums,
      DeviceBuffer cycles,
      int chunks,
      int passes) {
    return bench.launch(
        stream(copy),
        blocks,
        THREADS,
        pointer(source),
        pointer(target),
        pointer(sums),
        pointer(cycles),
        number(chunks),
        number(passes));
  }

  /// Two blocks go twice over two rounds of chunks.
  static void check(Workbench bench, boolean copy) {
    int blocks = 2;
    int chunks = 2 * chunks(0, blocks);
    int passes = 2;
    int[] values = new int[4 * chunks];
    Arrays.setAll(values, i -> i * 31 + 5);
    DeviceBuffer source = bench.ints("source", values);
    DeviceBuffer target = bench.zeros("target", bytes(chunks));
    DeviceBuffer sums = bench.zeros("sums", 4L * blocks * THREADS);
    DeviceBuffer cycles = bench.zeros("cycles", 8L * blocks);
    bench.run(launch(bench, copy, blocks, source, target, sums, cycles, chunks, passes));
    int[] found = bench.ints(sums, blocks * THREADS);
    int[] copied = bench.ints(target, values.length);
    int[] expected = new int[blocks * THREADS];
    for (int i = 0; i < values.length; i++) {
      expected[i / 4 % expected.length] += passes * values[i];
      WrongResultException.require(
          copied[i], copy ? values[i] : 0, "stream: word " + i + " of the target");
    }
    for (int thread = 0; thread < found.length; thread++) {
      WrongResultException.require(
          found[thread], expected[thread], "stream: sum of thread " + thread);
    }
  }
}
