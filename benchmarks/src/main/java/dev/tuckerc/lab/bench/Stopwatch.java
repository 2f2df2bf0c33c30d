package dev.tuckerc.lab.bench;

import dev.tuckerc.device.Device;
import dev.tuckerc.device.LaunchSequence;
import dev.tuckerc.lab.results.Samples;
import java.util.ArrayList;
import java.util.List;

/// Takes the times of launch sequences.
///
/// @param device of the sequences
record Stopwatch(Device device, Effort effort) {
  private static final double NANOS_PER_MICROSECOND = 1e3;
  private static final double NANOS_PER_SECOND = 1e9;

  /// Measures sequences that take turns.
  ///
  /// @param sequences of equal work on different memory
  /// @param chain runs in each
  /// @param copies of the memory they use together
  /// @param bytes of one copy
  Timing measure(List<LaunchSequence> sequences, int chain, int copies, long bytes) {
    warmUp(sequences);
    List<Double> deviceTimes = new ArrayList<>();
    for (int batch = 0; batch < effort.batches(); batch++) {
      List<LaunchSequence> turns = new ArrayList<>();
      for (int i = 0; i < effort.batch(); i++) {
        turns.add(sequences.get((deviceTimes.size() + i) % sequences.size()));
      }
      for (long nanos : device.time(turns)) {
        deviceTimes.add(nanos / NANOS_PER_MICROSECOND / chain);
      }
    }
    List<Double> host = new ArrayList<>();
    for (int i = 0; i < effort.hostSamples(); i++) {
      long start = System.nanoTime();
      sequences.get(i % sequences.size()).replay();
      device.synchronize();
      host.add((System.nanoTime() - start) / NANOS_PER_MICROSECOND / chain);
    }
    return new Timing(chain, copies, copies * bytes, new Samples(deviceTimes), new Samples(host));
  }

  private void warmUp(List<LaunchSequence> sequences) {
    long start = System.nanoTime();
    do {
      sequences.forEach(LaunchSequence::replay);
      device.synchronize();
    } while ((System.nanoTime() - start) / NANOS_PER_SECOND < effort.warmUpSeconds());
  }
}
