package dev.tuckerc.lab.bench;

import dev.tuckerc.device.Device;
import dev.tuckerc.device.LaunchSequence;
import java.util.ArrayList;
import java.util.List;

/// Takes the times of launch sequences.
final class Stopwatch {
  private static final double NANOS_PER_MICROSECOND = 1e3;
  private static final double NANOS_PER_SECOND = 1e9;

  private final Device device;
  private final Effort effort;

  Stopwatch(Device device, Effort effort) {
    this.device = device;
    this.effort = effort;
  }

  /// Measures sequences that take turns.
  ///
  /// @param sequences of equal work on different memory
  /// @param chain runs in each
  /// @param copies of the memory they use together
  /// @param bytes of those copies
  Timing measure(List<LaunchSequence> sequences, int chain, int copies, long bytes) {
    warmUp(sequences);
    double[] deviceTimes = new double[effort.batches() * effort.batch()];
    int next = 0;
    for (int batch = 0; batch < effort.batches(); batch++) {
      List<LaunchSequence> turns = new ArrayList<>();
      for (int i = 0; i < effort.batch(); i++) {
        turns.add(sequences.get((next + i) % sequences.size()));
      }
      for (long nanos : device.time(turns)) {
        deviceTimes[next++] = nanos / NANOS_PER_MICROSECOND / chain;
      }
    }
    double[] submit = new double[effort.hostSamples()];
    double[] host = new double[effort.hostSamples()];
    for (int i = 0; i < host.length; i++) {
      LaunchSequence sequence = sequences.get(i % sequences.size());
      long start = System.nanoTime();
      sequence.replay();
      long submitted = System.nanoTime();
      device.synchronize();
      long done = System.nanoTime();
      submit[i] = (submitted - start) / NANOS_PER_MICROSECOND / chain;
      host[i] = (done - start) / NANOS_PER_MICROSECOND / chain;
    }
    return new Timing(
        chain, copies, bytes, new Samples(deviceTimes), new Samples(submit), new Samples(host));
  }

  private void warmUp(List<LaunchSequence> sequences) {
    long start = System.nanoTime();
    do {
      sequences.forEach(LaunchSequence::replay);
      device.synchronize();
    } while ((System.nanoTime() - start) / NANOS_PER_SECOND < effort.warmUpSeconds());
  }
}
